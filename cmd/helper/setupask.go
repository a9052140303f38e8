package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/secrets"
)

// briefly is a context for one look at this machine.
func briefly(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, doctorTime)
}

// askUnit asks whether the agent starts with the session. Where that is decided it asks nothing.
func (s *setup) askUnit(ctx context.Context) error {
	looking, stop := briefly(ctx)
	defer stop()
	u, err := s.readUnit(looking)
	s.isActive = err == nil && u.Active == "active"
	s.questions.section("1. The agent", "It logs in by itself only while it runs.")
	switch {
	case err != nil:
		fmt.Fprintln(s.stdout, "systemd does not answer here: start 'helper run' with your session by other means")
		return nil
	case u.File == "":
		fmt.Fprintln(s.stdout, "its unit is not installed: start 'helper run' with your session by other means, or install a package")
		return nil
	case u.File == "enabled" && s.isActive:
		fmt.Fprintln(s.stdout, "it starts with your session, and runs")
		return nil
	}
	enables, err := s.questions.yesNo("Start it now, and with your session?", true)
	if err != nil || !enables {
		return err
	}
	s.step(s.unitCommand("enable --now"), s.enableUnit)
	return nil
}

// unitName is the name of the agent's unit.
func (a *app) unitName() string {
	if a.system {
		return systemUnit
	}
	return userUnit
}

// callManager calls methods of systemd's manager on the agent's bus, one after the other.
func (a *app) callManager(ctx context.Context, calls func(call func(method string, args ...any) error) error) error {
	ctx, stop := context.WithTimeout(ctx, busTime)
	defer stop()
	return onBus(ctx, a.daemonEnv().Bus(), func(conn *dbus.Conn) error {
		return calls(func(method string, args ...any) error {
			const manager = "org.freedesktop.systemd1"
			return callBus(ctx, conn, manager, "/org/freedesktop/systemd1", manager+".Manager."+method, args...).Err
		})
	})
}

// enableUnit does what 'systemctl enable --now' does.
func (s *setup) enableUnit(ctx context.Context) error {
	err := s.callManager(ctx, func(call func(method string, args ...any) error) error {
		if err := call("EnableUnitFiles", []string{s.unitName()}, false, false); err != nil {
			return err
		}
		if err := call("Reload"); err != nil {
			return err
		}
		return call("StartUnit", s.unitName(), "replace")
	})
	if err != nil {
		return hinted(fmt.Errorf("enable the unit: %w", err), "try '%s'", s.unitCommand("enable --now"))
	}
	return nil
}

// reloadUnit makes the agent read its configuration again.
func (s *setup) reloadUnit(ctx context.Context) error {
	err := s.callManager(ctx, func(call func(method string, args ...any) error) error {
		return call("ReloadUnit", s.unitName(), "replace")
	})
	if err != nil {
		return hinted(fmt.Errorf("reload the unit: %w", err), "try '%s'", s.unitCommand("reload"))
	}
	return nil
}

// askTerms asks what to do about pages with one button, on every network.
func (s *setup) askTerms(context.Context) error {
	helper, id, err := s.identity(builtin.ClickThroughName)
	if err != nil {
		return err
	}
	now, err := s.termsOf(helper)
	if err != nil {
		return s.stateHint(err)
	}
	s.questions.section("2. Terms", "Many portals want one click that accepts terms of use. With ask, each such login\nwaits for you. With always, they are accepted in your name on every network.")
	answer, err := s.questions.choice("Accept terms of such pages?", now.String(), consent.Ask.String(), consent.Always.String(), consent.Never.String())
	if err != nil || answer == now.String() {
		return err
	}
	var wanted consent.Answer
	if err := wanted.UnmarshalText([]byte(answer)); err != nil {
		return err
	}
	s.step(s.commandLine("consent", "terms", id.Helper, answer), func(ctx context.Context) error {
		return s.giveConsent(ctx, consent.Record{Helper: id.Helper, Kind: consent.KindTerms, Answer: wanted})
	})
	return nil
}

// termsOf is the answer that holds for a helper on every network.
func (s *setup) termsOf(helper plugins.Helper) (consent.Answer, error) {
	id := plugins.Identity(helper)
	records, err := s.daemonEnv().Consents().Records()
	for _, r := range records {
		if r.Helper == id.Helper && r.Maker == id.Maker && r.Kind == consent.KindTerms && r.Network == nil {
			return r.Answer, err
		}
	}
	return consent.Ask, err
}

// nothing is the answer that empties a value.
const nothing = "-"

// askProfile asks what portals may be told that ask.
func (s *setup) askProfile(context.Context) error {
	s.questions.section("3. You", "Some portals ask who you are. They are told what you write here, in clear text, only\nif they require it and you agreed to terms. An answer of "+nothing+" leaves it empty.")
	p := s.config.Profile
	for _, field := range []struct{ key, question, now string }{
		{"name", "Name", p.Name}, {"email", "E-mail address", p.Email}, {"phone", "Phone number", p.Phone},
	} {
		answer, err := s.questions.line(field.question, orNone(field.now), field.now, func(answer string) error {
			if answer == nothing {
				return nil
			}
			return s.checkChange("profile", field.key, answer)
		})
		if err != nil {
			return err
		}
		if answer == nothing {
			answer = ""
		}
		s.set("profile", field.key, field.now, answer)
	}
	return nil
}

// askSecrets asks where passwords are kept, if there is no keyring.
func (s *setup) askSecrets(ctx context.Context) error {
	s.questions.section("4. Passwords", "They belong in the keyring of the desktop.")
	store := s.daemonEnv().Secrets()
	looking, stop := briefly(ctx)
	defer stop()
	isFileChosen, err := store.Check(looking)
	switch {
	case err == nil, errors.Is(err, secrets.ErrLocked):
		fmt.Fprintln(s.stdout, "passwords are kept in the keyring of this desktop")
		return nil
	case !errors.Is(err, secrets.ErrNoKeyring):
		return s.stateHint(err)
	case isFileChosen:
		fmt.Fprintln(s.stdout, "there is no keyring: passwords are kept in a file that only you can read")
		return nil
	}
	chosen, err := s.questions.yesNo("There is no keyring here. Keep them in a file that only you can read, unencrypted?", false)
	if err != nil || !chosen {
		return err
	}
	s.step("passwords are kept in the file "+store.File+" while there is no keyring", func(context.Context) error {
		return s.stateHint(store.ChooseFile())
	})
	return nil
}

// askNotify asks which notifications the desktop shows. The system's agent has no desktop.
func (s *setup) askNotify(context.Context) error {
	if s.system {
		return nil
	}
	s.questions.section("5. Notifications", "With needs, you are told when a login waits for you. With all, also when one worked.")
	answer, err := s.questions.choice("Which notifications?", s.config.Notify, configs.NotifyNeeds, configs.NotifyAll, configs.NotifyNone)
	if err != nil {
		return err
	}
	s.set("", "notify", s.config.Notify, answer)
	return nil
}

// askMetered asks what to do where traffic costs.
func (s *setup) askMetered(context.Context) error {
	const ask, others = "ask", "as-others"
	now := ask
	if s.config.Metered {
		now = others
	}
	s.questions.section("6. Metered links", "With ask, nothing is sent over them until you run 'helper login'. With as-others,\nthey are treated like all links.")
	answer, err := s.questions.choice("On metered links?", now, ask, others)
	if err != nil {
		return err
	}
	s.set("", "metered", now, answer)
	return nil
}
