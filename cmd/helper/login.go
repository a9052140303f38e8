package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// sessionOptions are the flags of `helper login` and `helper logoff`.
type sessionOptions struct {
	iface   string
	ssid    string
	accept  string // a changed destination of secrets, see [agent.Need.Accept]; empty: none
	verbose bool
}

func (o *sessionOptions) flags(cmd *cobra.Command) {
	interfaceFlag(cmd, &o.iface)
	cmd.Flags().StringVar(&o.ssid, "ssid", "", "`NAME` for a network without one, such as a wired one")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "log every step to standard error")
}

func (a *app) loginCommand() *cobra.Command {
	var o sessionOptions
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in to the network's portal now",
		Long: `login makes the agent log in, even if the portal refused the credentials before or you
logged off. Without a running agent the command does it all by itself: probe, claim, log
in, probe again.

If a login waits because a secret would go to another destination than before on this network,
'helper status' shows what it was before and what it is now, and the --accept-changed that
agrees to that.

Exit codes: 0 the probe says full, 6 the portal refused, 7 only the user can pass,
8 no helper claims the network, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.send(cmd.Context(), o, request{
				ask:    o.askLogin,
				login:  true,
				done:   func(as agent.Association) bool { return as.Phase.Settled() || stuck(as) },
				result: a.exitOfLogin,
			})
		},
	}
	a.jsonFlag(cmd)
	o.flags(cmd)
	cmd.Flags().StringVar(&o.accept, "accept-changed", "", "let a secret go to the changed place that 'helper status' shows with this `ID`")
	return cmd
}

func (o *sessionOptions) askLogin(c control, ctx context.Context, iface string) error {
	if o.accept == "" {
		return c.Login(ctx, iface)
	}
	return c.AcceptChanged(ctx, iface, o.accept)
}

func (a *app) logoffCommand() *cobra.Command {
	var o sessionOptions
	cmd := &cobra.Command{
		Use:   "logoff",
		Short: "Log off from the network's portal, and stay off",
		Long: `logoff ends the session on the network's portal. The agent does not log in again
before 'helper login' or before you join another network.

Exit codes: 0 logged off, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.send(cmd.Context(), o, request{ask: control.Logoff, done: loggedOff, result: a.exitOfLogoff})
		},
	}
	a.jsonFlag(cmd)
	o.flags(cmd)
	return cmd
}

// loggedOff reports whether a logoff has ended.
func loggedOff(as agent.Association) bool {
	return as.Phase == agent.LoggedOff || as.Phase == agent.Inactive
}

// goesOn reports whether a logoff did not end the session at the portal, for want of a flow.
func goesOn(as agent.Association) bool {
	for _, t := range slices.Backward(as.Journal) {
		if t.To == agent.LoggedOff {
			return t.From == agent.LoggingOff && strings.Contains(t.Cause, ": "+flow.Unsupported.String())
		}
	}
	return false
}

// stuck reports whether the link reaches no portal, so that no login will come.
func stuck(as agent.Association) bool {
	nowhere := as.Verdict == probe.VerdictLimited || as.Verdict == probe.VerdictNone
	return as.Phase == agent.Evaluating && nowhere && as.NextCheck != nil
}

func (a *app) exitOfLogin(as agent.Association) error {
	cause := errors.New(printable(as.Reason))
	if n := len(as.Journal); n > 0 {
		cause = errors.New(a.causeText(as.Journal[n-1]))
	}
	switch {
	case as.Phase == agent.Authenticated:
		return nil
	case as.Phase == agent.Failed:
		return &failure{exitDenied, fmt.Errorf("log in: %w", cause), "correct the helper's inputs, in the configuration or with 'helper secret set', then run 'helper login' again"}
	case as.Phase == agent.PresentingUI && as.Helper == "":
		return &failure{exitNobody, fmt.Errorf("log in: %w", cause), fmt.Sprintf("log in by hand at %s; 'helper claim' shows why each helper declines", printable(as.PortalURL))}
	case as.Phase == agent.PresentingUI:
		return &failure{exitNeedUser, fmt.Errorf("log in: %w", cause), fmt.Sprintf("the portal is at %s", printable(as.PortalURL))}
	case as.Phase == agent.Inactive:
		return fmt.Errorf("log in: the network was lost: %w", cause)
	}
	return hinted(fmt.Errorf("log in: %s", printable(as.Reason)), "'helper probe -v' shows every step")
}

func (a *app) exitOfLogoff(as agent.Association) error {
	if as.Phase == agent.LoggedOff {
		if goesOn(as) && !a.asJSON {
			fmt.Fprintln(a.stdout, "the agent stays logged off, but this helper has no logoff flow: the session at the portal lasts until it expires")
		}
		return nil
	}
	return errors.New("log off: the network was lost")
}
