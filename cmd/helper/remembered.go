package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/plugins/remember"
	"hotspot-helper/wifi"
)

func (a *app) rememberedCommand() *cobra.Command {
	return group("remembered", "Logins that you did once in a sign-in window",
		`remembered shows and changes which logins the agent repeats by itself because you did
them once and said so. Each is a private pack: it logs in on the network where it was
done, if the portal there has the same host and the same form, and nowhere else.`,
		a.rememberedListCommand(), a.rememberedShowCommand(), a.rememberedAddCommand(), a.rememberedForgetCommand(), a.rememberedExportCommand())
}

// rememberedReport is what `helper remembered list --json` prints.
type rememberedReport struct {
	Logins   []remember.Login    `json:"logins"`
	Declined []remember.Declined `json:"declined"` // networks where the user is not asked
}

func (a *app) rememberedListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the remembered logins, and where you do not want any",
		Long: `list shows which logins are remembered, for which network and portal, and whether each
is in use: two failed logins in a row set one aside. It also shows the networks where you
said that no login is to be remembered.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			logins := a.daemonEnv().Remembered()
			all, err := logins.List()
			if err != nil {
				return a.stateHint(err)
			}
			declined, err := logins.Declined()
			if err != nil {
				return a.stateHint(err)
			}
			return a.printRemembered(rememberedReport{slices.Concat([]remember.Login{}, all), slices.Concat([]remember.Declined{}, declined)})
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) printRemembered(r rememberedReport) error {
	if a.asJSON {
		return a.printJSON(r)
	}
	if len(r.Logins) == 0 {
		fmt.Fprintln(a.stdout, "no login is remembered")
	} else {
		var rows [][]any
		for _, l := range r.Logins {
			rows = append(rows, []any{l.Name, describeIdentity(l.Network), l.Portal, stateOf(&l), l.Since.Local().Format(time.DateTime)})
		}
		a.printTable(columns("name", "network…", "portal…", "state", "since"), rows)
	}
	for _, d := range r.Declined {
		fmt.Fprintf(a.stdout, "not asked about: %s\n", printable(describeIdentity(d.Network)))
	}
	return nil
}

// stateOf says in a word or two whether a remembered login is in use.
func stateOf(l *remember.Login) string {
	switch {
	case !l.SetAside.IsZero():
		return "set aside"
	case l.Used.IsZero():
		return "not used yet"
	}
	return "in use"
}

func (a *app) rememberedShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show what a remembered login does, and what is kept for it",
		Long: `show tells on which network and at which portal a remembered login logs in, which hosts
it talks to, which of the values that you typed it sends and which terms it accepts. It
never shows a value. 'helper secret list' shows where those are.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			login, err := a.daemonEnv().Remembered().Login(args[0])
			if err != nil {
				return a.rememberedHint(err)
			}
			if a.asJSON {
				return a.printJSON(login)
			}
			a.printLogin(login)
			return nil
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) printLogin(l *remember.Login) {
	line := func(name, value string) { fmt.Fprintf(a.stdout, "%-10s %s\n", name, printable(value)) }
	var sends []string
	for _, f := range l.Fields {
		kind := ""
		if f.Secret {
			kind = " (secret)"
		}
		sends = append(sends, f.Name+kind)
	}
	line("name", l.Name)
	line("network", describeIdentity(l.Network))
	line("portal", l.Portal)
	line("hosts", strings.Join(l.Hosts, ", "))
	line("sends", orDash(strings.Join(sends, ", ")))
	line("accepts", orDash(strings.Join(l.Terms, "; ")))
	if l.Cleartext != "" {
		line("open", "what it sends goes unprotected to "+l.Cleartext)
	}
	if l.SharedHost != "" {
		line("shared", "what it sends goes to "+l.SharedHost+", a host that many networks share")
	}
	line("since", l.Since.Local().Format(time.DateTime))
	line("state", stateOf(l))
	if l.Why != "" {
		line("because", l.Why)
	}
}

// rememberedHint says where the names are.
func (a *app) rememberedHint(err error) error {
	if errors.Is(err, remember.ErrUnknown) {
		return hinted(err, "'helper remembered list' shows all")
	}
	return a.stateHint(err)
}

func (a *app) rememberedForgetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "forget NAME|NETWORK",
		Short: "Forget a login, or that you do not want one remembered",
		Long: `forget removes a remembered login, with the values that you typed and the consents that
you gave by it. A running agent stops using it at once; a session that is logged in
continues. The keyring may ask you to unlock it.

With the name of a network where you said no, it forgets that: the next sign-in window
there asks again.

Exit codes: 0 forgotten, 1 error (such as nothing to forget), 2 wrong usage.`,
		Example: `  helper remembered forget remembered-cafe-lumen
  helper remembered forget 'Cafe Lumen'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := context.WithTimeout(cmd.Context(), promptTime)
			defer stop()
			if !remember.IsName(args[0]) {
				return a.askAgain(args[0])
			}
			login, err := a.daemonEnv().Forget(ctx, args[0])
			if err != nil {
				return a.rememberedHint(err)
			}
			fmt.Fprintf(a.stdout, "%s is forgotten, with what it was given: %s\n", login.Name, printable(describeIdentity(login.Network)))
			return nil
		},
	}
}

// askAgain forgets that the user declined on the networks of a name.
func (a *app) askAgain(name string) error {
	ssid, err := wifi.ParseSSID(name)
	if err != nil {
		return err
	}
	logins := a.daemonEnv().Remembered()
	declined, err := logins.Declined()
	if err != nil {
		return a.stateHint(err)
	}
	for _, d := range declined {
		if d.Network.SSID != ssid {
			continue
		}
		if _, err := logins.AskAgain(d.Network); err != nil {
			return a.stateHint(err)
		}
		fmt.Fprintf(a.stdout, "you are asked again on %s\n", printable(describeIdentity(d.Network)))
		return nil
	}
	return a.rememberedHint(fmt.Errorf("forget %q: %w, and no such network where you said no", name, remember.ErrUnknown))
}

func (a *app) rememberedExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export NAME DIR",
		Short: "Write a remembered login as an ordinary pack",
		Long: `export makes the new directory DIR with an ordinary pack of that name: the flow, a claim by
the portal's host and form on any network, and the recorded answers with made-up values.
It contains nothing that you typed. Check it, and share it: 'helper pack sign'.

Exit codes: 0 made, 1 error, 2 wrong usage.`,
		Example: `  helper remembered export remembered-cafe-lumen ./cafe-lumen
  helper pack lint ./cafe-lumen
  helper pack test ./cafe-lumen`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.daemonEnv().Remembered().Export(cmd.Context(), args[0], args[1]); err != nil {
				return a.rememberedHint(err)
			}
			fmt.Fprintf(a.stdout, "%[1]s is made.\nNext:\n  helper pack lint %[1]s\n  helper pack test %[1]s\n", printable(args[1]))
			return nil
		},
	}
}
