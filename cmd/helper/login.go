package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
)

// sessionOptions are the flags of `helper login` and `helper logoff`.
type sessionOptions struct {
	iface   string
	ssid    string
	verbose bool
}

func (o *sessionOptions) flags(cmd *cobra.Command) {
	interfaceFlag(cmd, &o.iface)
	cmd.Flags().StringVar(&o.ssid, "ssid", "", "`NAME` for a network that has none, such as a wire")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "log every step to standard error")
}

func (a *app) loginCommand() *cobra.Command {
	var o sessionOptions
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in to the network's portal now",
		Long: `login has the agent log in, also where credentials were refused before or the
user logged off. Without a running agent it goes through one association itself:
probe, claim, log in, probe again.

Exit codes: 0 the probe says full, 6 the portal refused, 7 only the user can pass,
8 no helper claims the network, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.converse(cmd.Context(), o, conversation{
				ask:  control.Login,
				done: func(as agent.Association) bool { return as.Phase.Settled() || stuck(as) },
				tell: a.exitOfLogin,
			})
		},
	}
	a.jsonFlag(cmd)
	o.flags(cmd)
	return cmd
}

func (a *app) logoffCommand() *cobra.Command {
	var o sessionOptions
	cmd := &cobra.Command{
		Use:   "logoff",
		Short: "Log off from the network's portal, and stay off",
		Long: `logoff ends the session on the network's portal. The network is then left alone
until 'helper login', or until another one is joined.

Exit codes: 0 logged off, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.converse(cmd.Context(), o, conversation{
				ask:  control.Logoff,
				done: func(as agent.Association) bool { return as.Phase == agent.LoggedOff || as.Phase == agent.Inactive },
				tell: exitOfLogoff,
			})
		},
	}
	a.jsonFlag(cmd)
	o.flags(cmd)
	return cmd
}

// stuck says whether the link leads nowhere, so that waiting for a login is idle.
func stuck(as agent.Association) bool {
	nowhere := as.Verdict == probe.VerdictLimited || as.Verdict == probe.VerdictNone
	return as.Phase == agent.Evaluating && nowhere && as.NextLook != nil
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
		return &failure{exitDenied, fmt.Errorf("log in: %w", cause), "mend the helper's inputs, in the configuration or by 'helper secret set', then 'helper login' again"}
	case as.Phase == agent.PresentingUI && as.Helper == "":
		return &failure{exitNobody, fmt.Errorf("log in: %w", cause), fmt.Sprintf("log in by hand at %s; 'helper claim' shows why each helper declines", printable(as.PortalURL))}
	case as.Phase == agent.PresentingUI:
		return &failure{exitNeedUser, fmt.Errorf("log in: %w", cause), fmt.Sprintf("the portal is at %s", printable(as.PortalURL))}
	case as.Phase == agent.Inactive:
		return fmt.Errorf("log in: the network was lost: %w", cause)
	}
	return hinted(fmt.Errorf("log in: %s", printable(as.Reason)), "'helper probe -v' shows every step")
}

func exitOfLogoff(as agent.Association) error {
	if as.Phase == agent.LoggedOff {
		return nil
	}
	return errors.New("log off: the network was lost meanwhile")
}
