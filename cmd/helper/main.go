// Command helper logs in to captive portals by itself, keeps the sessions
// alive, and says why it did what it did.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/link"
	"hotspot-helper/internal/statefile"
)

// version is set by the linker.
var version = "dev"

func main() {
	os.Exit(run(env{ //permit:os.Exit
		args:         os.Args[1:], //permit:os.Args
		stdin:        os.Stdin,
		stdout:       os.Stdout,
		stderr:       os.Stderr,
		getenv:       os.Getenv, //permit:os.Getenv
		terminal:     term.IsTerminal(int(os.Stdout.Fd())),
		errTerminal:  term.IsTerminal(int(os.Stderr.Fd())),
		readPassword: passwordReader(int(os.Stdin.Fd())),
		systemData:   "/usr/local/share/hotspot-helper",
		configured:   func() (link.Connectivity, error) { return link.ReadConnectivity(context.Background(), nil) },
		economise:    func() { debug.SetMemoryLimit(probeMemory) },
	}))
}

// passwordReader reads from a terminal without showing it; nil where the file is none.
func passwordReader(fd int) func() ([]byte, error) {
	if !term.IsTerminal(fd) {
		return nil
	}
	return func() ([]byte, error) { return term.ReadPassword(fd) }
}

// env is all that the command knows of the world around it.
type env struct {
	args        []string
	stdin       io.Reader
	stdout      io.Writer
	stderr      io.Writer
	getenv      func(string) string
	terminal    bool // stdout is one
	errTerminal bool // stderr is one

	// readPassword reads a line from the terminal that standard input is, and does not
	// show it; nil: standard input is none.
	readPassword func() ([]byte, error)

	// systemData is the directory of what is installed for everybody.
	systemData string

	// configured is the connectivity check that was chosen for this machine; nil: there is none.
	configured func() (link.Connectivity, error)

	// economise has this process collect its garbage early; nil: it need not.
	economise func()
}

// probeMemory is what the Go runtime of a probe takes before it collects garbage, in octets: a probe
// alone does not come near, but the certificates of all authorities that the machine trusts, of
// which a check by HTTPS makes a list, leave as much again behind them.
const probeMemory = 8 << 20

// colour says whether output may have colours.
func (e env) colour() bool { return e.terminal && e.getenv("NO_COLOR") == "" }

// errColour says whether the log may have colours.
func (e env) errColour() bool { return e.errTerminal && e.getenv("NO_COLOR") == "" }

// The exit codes, the same in every command.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2
	exitPortal   = 3 // probe: a portal
	exitLimited  = 4 // probe: limited
	exitNone     = 5 // probe: no network
	exitDenied   = 6 // login: the portal refused
	exitNeedUser = 7 // login: only the user can pass
	exitNobody   = 8 // login: no helper claims the network
	exitNoClaim  = 3 // claim: no helper claims the network
)

// failure is an error with what to tell the user beside it.
type failure struct {
	code int
	err  error  // nil: the code says it all
	hint string // what to do about it; empty: nothing
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

// hints says what to do about errors that many commands can end with.
func hints(err error) string {
	configErr, badConfig := errors.AsType[*daemon.ConfigError](err)
	unknown, isUnknown := errors.AsType[*daemon.UnknownHelperError](err)
	_, badName := errors.AsType[*daemon.NameError](err)
	open, isOpen := errors.AsType[*statefile.ModeError](err)
	switch {
	case badConfig && configErr != nil:
		return "nothing of the file is used until it is right"
	case badName:
		return "'helper pack list' shows the helpers, 'helper probe --list' the checks"
	case isUnknown && unknown.Broken != nil:
		return "a pack with a mistake is left out"
	case isUnknown:
		return "'helper pack list' shows the helpers"
	case errors.Is(err, daemon.ErrNoDefaultRoute):
		return "join a network first, or name one with --interface"
	case errors.Is(err, daemon.ErrSeveralLinks):
		return "name one with --interface"
	case isOpen:
		return "chmod 600 " + open.Path
	case errors.Is(err, daemon.ErrNoReport):
		return "'helper report list' shows them"
	}
	return ""
}

// run is the whole program: it returns the exit code.
func run(e env) int {
	return e.report(newRoot(e).ExecuteContext(context.Background()))
}

// report tells an error to the user, and the exit code to the caller.
func (e env) report(err error) int {
	var f *failure
	switch {
	case err == nil:
		return exitOK
	case !errors.As(err, &f):
		f = &failure{code: exitError, err: err, hint: hints(err)}
	}
	if f.err != nil {
		fmt.Fprintf(e.stderr, "helper: error: %s\n", printableLines(f.err.Error()))
	}
	if f.hint != "" {
		fmt.Fprintf(e.stderr, "helper: hint: %s\n", printable(f.hint))
	}
	return f.code
}

// app is the command line: the world, and the flags that all commands share.
type app struct {
	env
	configFile string
	system     bool
	asJSON     bool
}

func newRoot(e env) *cobra.Command {
	a := &app{env: e}
	root := &cobra.Command{
		Use:   "helper",
		Short: "Log in to captive portals by itself, and keep the sessions alive",
		Long: `helper watches the networks around, knows which of them are hotspots, logs in
to their captive portals, and keeps the sessions alive.

Exit codes of every command: 0 done, 1 error, 2 wrong usage; others are in the
command's own help.`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          showHelp,
	}
	root.SetArgs(e.args)
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.PersistentFlags().StringVar(&a.configFile, "config", "", "configuration `FILE` (default: the user's, else /etc/hotspot-helper/helper.toml)")
	root.PersistentFlags().BoolVar(&a.system, "system", false, "speak on the system bus instead of the session bus")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	root.AddCommand(
		a.runCommand(), a.probeCommand(), a.claimCommand(), a.loginCommand(), a.logoffCommand(),
		a.statusCommand(), a.networksCommand(), a.packCommand(), a.reportCommand(), a.secretCommand(), a.consentCommand(), a.demoCommand(),
	)
	adopt(root)
	checkArgs(root)
	return root
}

// adopt makes the commands that cobra adds by itself behave as ours do.
func adopt(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = knownTopic
		case "completion":
			cmd.RunE = showHelp
		default:
			continue
		}
		for _, own := range append(cmd.Commands(), cmd) {
			own.Long = strings.TrimSpace(own.Long) + "\n\nExit codes: 0 shown, 1 error, 2 wrong usage."
		}
	}
}

// knownTopic refuses to help with a command that is not there.
func knownTopic(cmd *cobra.Command, args []string) error {
	if _, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
		return fmt.Errorf("find help: there is no command %q", strings.Join(args, " "))
	}
	return nil
}

// showHelp is what a command does that is only the head of others.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// usage makes an error of the user's words, which has its own exit code.
func usage(cmd *cobra.Command, err error) error {
	return &failure{code: exitUsage, err: err, hint: fmt.Sprintf("see '%s --help'", cmd.CommandPath())}
}

// checkArgs has wrong arguments of a command, and of those below it, count as wrong usage.
func checkArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage(cmd, err)
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		checkArgs(sub)
	}
}

// jsonFlag adds --json to a command that prints.
func (a *app) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.asJSON, "json", false, "print JSON (see docs/json.md)")
}
