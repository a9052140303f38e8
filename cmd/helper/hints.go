package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/desktop"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/statefile"
	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/trust"
	"hotspot-helper/secrets"
)

// The exit codes. 0, 1 and 2 mean the same in every command. The others mean what is said here in
// the commands that are named: 3 is a portal in one and no claim in another. The help of each
// command lists those that it uses.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2
	exitPortal   = 3 // probe: a portal
	exitLimited  = 4 // probe: limited
	exitNone     = 5 // probe: no network
	exitDenied   = 6 // login, pack run: the portal refused
	exitNeedUser = 7 // login, pack run: only the user can pass
	exitNobody   = 8 // login, pack run: no helper claims the network
	exitNoClaim  = 3 // claim: no helper claims the network
)

// failure is an error with an exit code and a hint.
type failure struct {
	code int
	err  error  // nil: only the code matters
	hint string // what the user can do; empty: see [app.hintFor]
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit %d", f.code)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// hinted adds a hint to an error.
func hinted(err error, format string, args ...any) error {
	return &failure{code: exitError, err: err, hint: fmt.Sprintf(format, args...)}
}

// report prints an error with its hint, and returns the exit code.
func (a *app) report(err error) int {
	if err == nil {
		return exitOK
	}
	f, ok := errors.AsType[*failure](err)
	if !ok {
		f = &failure{code: exitError, err: err}
	}
	hint := f.hint
	if hint == "" {
		hint = a.hintFor(err)
	}
	if f.err != nil {
		fmt.Fprintf(a.stderr, "helper: error: %s\n", printableLines(f.err.Error()))
	}
	if hint != "" {
		fmt.Fprintf(a.stderr, "helper: hint: %s\n", printable(hint))
	}
	return f.code
}

// hintFor returns what the user can do about an error of any command; empty: nothing special.
func (a *app) hintFor(err error) string {
	if absent, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, daemon.ErrConfig) && absent.Path == a.configFile && errors.Is(err, fs.ErrNotExist) {
		return "--config names a file that exists"
	}
	for _, known := range hints() {
		if errors.Is(err, known.err) {
			return known.hint
		}
	}
	if held, ok := errors.AsType[*statefile.HeldError](err); ok && filepath.Base(held.Path) != "agent.lock" {
		return "end that process if it has no business there, then try again"
	} else if ok {
		return "stop the other agent, such as with 'systemctl --user stop hotspot-helper', or set $XDG_STATE_HOME for this one"
	}
	if open, ok := errors.AsType[*statefile.ModeError](err); ok {
		return "chmod 600 " + quote(open.Path)
	}
	if _, ok := errors.AsType[*archive.ParseError](err); ok {
		return "it is not an archive that 'helper pack build' makes"
	}
	return ""
}

// withoutCall is the error of a file without the name of the system call.
func withoutCall(err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", failed.Path, failed.Err)
	}
	return err
}

// hint is what the user can do about an error.
type hint struct {
	err  error
	hint string
}

func hints() []hint {
	return []hint{
		{agent.ErrNotLoggedIn, "there is nothing to log off from; disconnect to leave the network"},
		{bus.ErrNoAgent, "start one: 'systemctl --user start hotspot-helper', or 'helper run'"},
		{bus.ErrDenied, "join the group: sudo usermod -aG " + bus.Group + " $USER, then log in again; or allow " + bus.Action + " to this user with a rule of polkit's"},
		{bus.ErrNoBus, "run it in a desktop session, or use --system with an agent on the system bus"},
		{desktop.ErrNoManager, "without NetworkManager a scan needs CAP_NET_ADMIN, such as 'sudo iw dev INTERFACE scan'; without --scan, the last list of others is shown"},
		{desktop.ErrNoWireless, "'nmcli device' shows what NetworkManager manages; without --scan, the last list of others is shown"},
		{desktop.ErrNotAllowed, "polkit's action org.freedesktop.NetworkManager.wifi.scan is needed, which a desktop session has; without --scan, the last list of others is shown"},
		{desktop.ErrNoNewList, "is the radio turned off? 'rfkill' and 'nmcli radio' tell; without --scan, the last list of others is shown"},
		{file.ErrOthers, "let only its owner write to it: chmod go-w"},
		{daemon.ErrConfig, "the file is used only when it has no mistakes"},
		{daemon.ErrNames, "'helper pack list' shows the helpers, 'helper probe --list' the checks"},
		{daemon.ErrLeftOut, "packs with mistakes are left out"},
		{daemon.ErrNoHelper, "'helper pack list' shows the helpers"},
		{daemon.ErrNoDefaultRoute, "join a network first, or name one with --interface"},
		{daemon.ErrSeveralLinks, "name one with --interface"},
		{daemon.ErrNoReport, "'helper report list' shows them"},
		{archive.ErrNotCanonical, "'helper pack build' writes archives that can be read"},
		{secrets.ErrNotChosen, "--file stores it in a file that only you can read, unencrypted"},
		{secrets.ErrLocked, "unlock it on the desktop; 'helper secret set --file' stores in a file that only you can read, unencrypted"},
		{trust.ErrKeyExists, "'helper pack key show' shows it; --key-file makes another key elsewhere"},
		{trust.ErrNoKey, "give it with --key"},
		{trust.ErrOlder, "--downgrade accepts it"},
		{trust.ErrNotInstalled, "'helper pack list' shows where each pack is; the configuration disables those that come with the program"},
	}
}

// stateHint adds a hint to an error of a file in the state directory, which may belong to another user.
func (a *app) stateHint(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission) && a.system:
		return hinted(err, "root changes what the system's agent keeps: sudo helper --system …")
	case errors.Is(err, fs.ErrPermission):
		return hinted(err, "the directory must belong to you: see 'ls -ld', then chown it")
	}
	return err
}
