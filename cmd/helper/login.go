package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
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
logged off. It joins a login that is under way: nothing is sent twice. Without a running
agent the command does it all by itself: probe, claim, log in, probe again.

It ends as soon as it is known what came of it, and after 75 s in any case: some portals
let you in up to half a minute after the login.

If a login waits because a secret would go to another destination than before on this network,
'helper status' shows what it was before and what it is now, and the --accept-changed that
agrees to that.

Exit codes: 0 the probe says full, 6 the portal refused, 7 only the user can pass (something is
missing, or the login broke off for what no other try heals: a certificate that is not trusted,
a page that the helper does not know), 8 no helper claims the network, 1 error (such as no
answer, a limit of the portal's that passes later, or a login that changed nothing), 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asked := time.Now()
			return a.send(cmd.Context(), o, request{
				ask:   o.askLogin,
				login: true,
				done: func(as agent.Association) bool {
					return as.Phase.Settled() || stuck(as) || brokenLogin(as, asked) != nil
				},
				result: func(as agent.Association) error { return a.exitOfLogin(as, asked) },
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
		Long: `logoff ends the session on the network's portal, and probes whether the portal is back.
The agent does not log in again before 'helper login' or before you join another network,
whatever came of it.

Exit codes: 0 the probe sees the portal, 1 error (such as a helper that cannot log off, or a
session that goes on), 2 wrong usage.`,
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

// stuck reports whether the link reaches no portal, so that no login will come.
func stuck(as agent.Association) bool {
	nowhere := as.Verdict == probe.VerdictLimited || as.Verdict == probe.VerdictNone
	return as.Phase == agent.Evaluating && nowhere && as.NextCheck != nil
}

// brokenLogin returns the transition by which a login ended without a result since a time; nil: none.
func brokenLogin(as agent.Association, since time.Time) *agent.Transition {
	for _, t := range slices.Backward(as.Journal) {
		if t.From == agent.Verifying && t.To == agent.Evaluating && t.CauseKind == agent.CauseVerdict && !t.Time.Before(since) {
			return &t
		}
	}
	return nil
}

func (a *app) exitOfLogin(as agent.Association, asked time.Time) error {
	cause := errors.New(printable(as.Reason))
	if n := len(as.Journal); n > 0 {
		cause = errors.New(a.causeText(as.Journal[n-1]))
	}
	cause = fmt.Errorf("log in: %w", cause)
	switch {
	case as.Phase == agent.Authenticated:
		return nil
	case as.Phase == agent.Failed:
		return &failure{exitDenied, cause, "correct the helper's inputs, in the configuration or with 'helper secret set', then run 'helper login' again"}
	case as.Phase == agent.PresentingUI && as.Helper == "":
		return &failure{exitNobody, cause, fmt.Sprintf("log in by hand at %s; 'helper claim' shows why each helper declines", printable(as.PortalURL))}
	case as.Phase == agent.PresentingUI && as.Need != nil && as.Need.Kind == agent.NeedCertificate:
		return &failure{exitNeedUser, cause, "check that the clock of this computer is right; else the portal's certificate is wrong, or another network answers in its place"}
	case as.Phase == agent.PresentingUI:
		return &failure{exitNeedUser, cause, fmt.Sprintf("the portal is at %s", printable(as.PortalURL))}
	case as.Phase == agent.Deferred:
		return hinted(cause, "the agent tries again by itself, if it runs; 'helper login' tries at once")
	case as.Phase == agent.Inactive:
		return fmt.Errorf("log in: the network was lost: %w", errors.Unwrap(cause))
	}
	if t := brokenLogin(as, asked); t != nil {
		return hinted(fmt.Errorf("log in: %s", a.causeText(*t)), "the agent tries again by itself, if it runs; 'helper login -v' shows every step")
	}
	return hinted(fmt.Errorf("log in: %s", printable(as.Reason)), "'helper probe -v' shows every step")
}

func (a *app) exitOfLogoff(as agent.Association) error {
	if as.Phase != agent.LoggedOff {
		return errors.New("log off: the network was lost")
	}
	result, cause := lastLogoff(as)
	const hint = "the agent leaves the network alone until 'helper login'; the session at the portal lasts until it expires"
	switch result {
	case agent.LogoffDone:
		return nil
	case agent.LogoffNoFlow:
		return hinted(fmt.Errorf("log off: this helper has no way to log off here: %s", cause), hint)
	case agent.LogoffNoHelper:
		return hinted(errors.New("log off: the link is online, but no helper is known to have logged in"), hint)
	case agent.LogoffStillOnline:
		return hinted(fmt.Errorf("log off: the link is still online: %s", cause), hint)
	default:
		return hinted(fmt.Errorf("log off: %s", cause), hint)
	}
}

// lastLogoff returns what came of the last logoff, and its cause in words.
func lastLogoff(as agent.Association) (agent.LogoffResult, string) {
	for _, t := range slices.Backward(as.Journal) {
		if t.To == agent.LoggedOff {
			return t.Logoff, printable(t.Cause)
		}
	}
	return agent.LogoffUnverified, "the agent left the network alone before it could probe"
}
