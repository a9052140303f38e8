package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/configs"
	"hotspot-helper/internal/browser"
	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins/live"
	"hotspot-helper/secrets"
)

// firstLine is an error in one line, with how many more it has.
func firstLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	if len(lines) == 1 {
		return lines[0]
	}
	return fmt.Sprintf("%s (and %d more lines)", lines[0], len(lines)-1)
}

func (a *app) examineConfiguration(ctx context.Context) finding {
	file, ok := a.configFile, true
	if file == "" {
		file, ok = configs.Find(a.getenv, nil)
	}
	_, err := a.daemonEnv().OpenWithoutMemory(ctx)
	switch {
	case errors.Is(err, daemon.ErrConfig), errors.Is(err, daemon.ErrNames):
		return fails("correct it: helper.toml(5) has every key; until then a running agent keeps its old one", "%s", firstLine(err))
	case err != nil:
		return fails("", "the configuration cannot be used: %s", firstLine(err))
	case !ok:
		return isOK("there is no configuration file, so the defaults hold: 'helper setup' makes one")
	}
	return isOK("%s has no mistake", file)
}

func (a *app) examinePacks(context.Context) finding {
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return isUnknown("the configuration that names them cannot be used")
	}
	library, err := a.daemonEnv().LoadLibrary(config)
	return packsFinding(len(library.Packs()), err)
}

// packsFinding judges the packs: how many are used, and what keeps others out.
func packsFinding(used int, err error) finding {
	if err != nil {
		return fails("'helper pack lint DIR' lists every mistake of a pack, 'helper pack accept' takes a changed one", "%d packs are used, others are left out: %s", used, firstLine(err))
	}
	return isOK("%d packs are used", used)
}

// examineLive starts each live helper once.
func (a *app) examineLive(ctx context.Context) finding {
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return isUnknown("the configuration that may turn them off cannot be used")
	}
	programs, err := a.daemonEnv().LoadLive(ctx, config)
	missing := confine.Missing()
	if len(programs) > 0 {
		missing = programs[0].Missing()
	}
	return liveFinding(len(programs), missing, err)
}

// liveFinding judges the live helpers, and whether programs can be confined here.
func liveFinding(used int, missing []confine.Shortfall, err error) finding {
	switch {
	case err != nil:
		return fails("'helper pack lint FILE' lists every mistake of a registration", "%d live helpers are used, others are left out: %s", used, firstLine(err))
	case len(missing) == 1 && missing[0].Guarantee == live.MemoryTogether:
		return isOK("%d live helpers are used, and programs can be confined, but for %s: %s", used, missing[0].Guarantee, firstLine(missing[0].Cause))
	case len(missing) > 0:
		return warns("use a newer kernel, or no live helper", "live helpers do not run here: the kernel cannot enforce %q: %s", missing[0].Guarantee, firstLine(missing[0].Cause))
	}
	return isOK("%d live helpers are used, and programs can be confined", used)
}

// examineState reads what the agent keeps and people changed.
func (a *app) examineState(context.Context) finding {
	env := a.daemonEnv()
	_, noConsents := env.Consents().Records()
	_, noSecrets := env.Secrets().List()
	if err := errors.Join(noConsents, noSecrets); err != nil {
		advice := a.hintFor(err)
		if advice == "" {
			advice = "it is ignored until then; docs/security.md says what each file holds"
		}
		return fails(advice, "%s", firstLine(err))
	}
	if env.Consents().File == "" {
		return fails("set $HOME or $XDG_STATE_HOME", "there is no place for what the agent remembers")
	}
	return isOK("consents and secrets can be read")
}

func (a *app) examineKeyring(ctx context.Context) finding {
	if a.system {
		return isUnknown("the system's agent has no keyring: it uses files and credentials")
	}
	isFileChosen, err := a.daemonEnv().Secrets().Check(ctx)
	return keyringFinding(isFileChosen, err)
}

// keyringFinding judges the keyring.
func keyringFinding(isFileChosen bool, err error) finding {
	switch {
	case err == nil:
		return isOK("the keyring is there, and unlocked")
	case errors.Is(err, secrets.ErrLocked):
		return warns("unlock it in the desktop; a login that needs a secret waits until then", "the keyring is locked")
	case errors.Is(err, secrets.ErrNoKeyring) && isFileChosen:
		return isOK("there is no keyring; you chose to store secrets in a file")
	case errors.Is(err, secrets.ErrNoKeyring):
		return warns("start one, such as gnome-keyring or KWallet, or store secrets in a file: 'helper secret set --file'", "there is no keyring (Secret Service)")
	}
	return fails("", "the keyring cannot be used: %s", firstLine(err))
}

func (a *app) examineBrowser(context.Context) finding {
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return isUnknown("the configuration that may name it cannot be used")
	}
	found, err := browser.Find(a.getenv, config.Browsers)
	return browserFinding(found, browser.HasDisplay(a.getenv), err)
}

// browserFinding judges the browser for the window of 'helper open'.
func browserFinding(found browser.Browser, hasDisplay bool, err error) finding {
	switch {
	case err != nil:
		return warns("install one, or name one with 'browser' in helper.toml; until then 'helper open' prints an address and a proxy", "%s", firstLine(err))
	case !hasDisplay:
		return isUnknown("there is no screen here: 'helper open' prints an address and a proxy; with one it would start %s (%s)", found, found.Program)
	}
	return isOK("'helper open' starts %s (%s)", found, found.Program)
}

func examineClock(context.Context) finding {
	var t unix.Timex // no mode: it only reads
	state, err := unix.Adjtimex(&t)
	return clockFinding(time.Now(), builtAt(), err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0)
}

// builtAt is the time of the commit that the program was made of; zero: not known.
func builtAt() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			t, err := time.Parse(time.RFC3339, s.Value)
			if err == nil {
				return t
			}
		}
	}
	return time.Time{}
}

// clockFinding judges the clock: one in the past refuses all certificates.
func clockFinding(now, built time.Time, isSynchronised bool) finding {
	const advice = "set it: 'timedatectl set-ntp true'; behind a portal, time servers may answer after the login only"
	switch {
	case now.Before(built):
		return fails(advice, "the clock says %s, before this program was made: certificates are refused", now.Format(time.DateOnly))
	case !isSynchronised:
		return warns(advice, "the clock says %s, and the kernel does not know it to be right", now.Format("2006-01-02 15:04 MST"))
	}
	return isOK("the clock is synchronised")
}

// recentTime is how long a failed login is worth a warning.
const recentTime = 7 * 24 * time.Hour

func (a *app) examineReports(context.Context) finding {
	listed, err := a.daemonEnv().Reports().List()
	return reportsFinding(listed, err, time.Now())
}

// reportsFinding judges the reports of failed logins, the newest first.
func reportsFinding(listed []daemon.Report, err error, now time.Time) finding {
	switch {
	case err != nil:
		return fails("", "the reports of failed logins cannot be read: %s", firstLine(err))
	case len(listed) == 0:
		return isOK("no login has failed")
	}
	newest := listed[0]
	told := fmt.Sprintf("%d failed logins are reported, the last one %s on %s", len(listed), newest.Name, newest.Written.Local().Format("2006-01-02 15:04"))
	if now.Sub(newest.Written) > recentTime {
		return isOK("%s", told)
	}
	return warns("'helper report show' shows it", "%s", told)
}
