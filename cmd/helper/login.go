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
	"hotspot-helper/wifi"
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
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "print steps and verdicts to standard error; without an agent, log every request")
}

func (a *app) loginCommand() *cobra.Command {
	var o sessionOptions
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in to the network's portal now",
		Long: `login makes the agent log in, even if the portal refused the credentials before or you
logged off. It joins a login that is under way: nothing is sent twice. What the portal refused
less than 10 s ago is not sent again either, since the agent may have tried a new value by
itself: change the value, or wait. Without a running agent the command does it all by itself:
probe, claim, log in, probe again. Then a wired network has a name only by --ssid; an agent that
runs has its own --ssid.

It ends as soon as it is known what came of it, and after 75 s in any case: some portals
let you in up to half a minute after the login. It goes on meanwhile where a gateway accepts
connections and does not answer, or says that it is busy: that may pass.

If a login waits because a secret would go to another destination than before on this network,
'helper status' shows what it was before and what it is now, and the --accept-changed that
agrees to that.

Exit codes: 0 the probe says full, 6 the portal refused, 7 only the user can pass (something is
missing, or the login broke off for what no other try heals: a certificate that is not trusted,
a page that the helper does not know), 8 no helper claims the network or the configuration turns
logins off for it, 1 error (such as no
answer, a limit of the portal's that passes later, or a login that changed nothing), 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.send(cmd.Context(), o, a.loginRequest(o, time.Now()))
		},
	}
	a.jsonFlag(cmd)
	o.flags(cmd)
	cmd.Flags().StringVar(&o.accept, "accept-changed", "", "let a secret go to the changed place that 'helper status' shows with this `ID`")
	return cmd
}

// loginRequest is a login that was asked for at a time.
func (a *app) loginRequest(o sessionOptions, asked time.Time) request {
	until := asked.Add(answerTime)
	return request{
		ask:   o.askLogin,
		login: true,
		done: func(as agent.Association) bool {
			return !mayHeal(as, until) && (as.Phase.Settled() || stuck(as) || brokenLogin(as, asked) != nil)
		},
		result: func(as agent.Association) error { return a.exitOfLogin(as, asked) },
	}
}

// mayHeal reports whether the agent goes on before a time with what a gateway may only have been too
// busy for: one that accepts connections and does not answer, or that says that it is busy.
func mayHeal(as agent.Association, until time.Time) bool {
	switch as.Phase {
	case agent.Evaluating:
		return as.Silent && as.NextCheck != nil && as.NextCheck.Before(until)
	case agent.Deferred:
		return as.Need != nil && as.Need.Kind == agent.NeedBusy && as.Need.Until.Before(until)
	default:
		return false
	}
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
whatever came of it. Without a running agent, a wired network needs the --ssid that the agent had:
what it remembers is kept by that name.

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
	cause := fmt.Errorf("log in: %w", errors.New(a.lastCause(as)))
	switch {
	case as.Phase == agent.Authenticated:
		return nil
	case as.Phase == agent.Failed:
		return &failure{exitDenied, cause, "correct the helper's inputs, in the configuration or with 'helper secret set', then run 'helper login' again"}
	case as.Phase == agent.PresentingUI:
		return a.exitOfPortal(as, cause)
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

// exitOfPortal is the exit of a login that is left to the user.
func (a *app) exitOfPortal(as agent.Association, cause error) error {
	url := printable(as.PortalURL)
	switch {
	case as.Need != nil && as.Need.Kind == agent.NeedCertificate:
		return &failure{exitNeedUser, cause, "check that the clock of this computer is right; else the portal's certificate is wrong, or another network answers in its place"}
	case as.LoginOff:
		return &failure{exitNobody, cause, fmt.Sprintf("'login = false' of this network in the configuration is why: remove it, or log in by hand at %s", url)}
	case as.Helper == "":
		return &failure{exitNobody, cause, fmt.Sprintf("log in by hand at %s; this shows why each helper declines: %s", url, a.whyDeclined(as.SSID))}
	}
	return &failure{exitNeedUser, cause, "the portal is at " + url}
}

// lastCause is why an association is in its phase.
func (a *app) lastCause(as agent.Association) string {
	n := len(as.Journal)
	if n == 0 {
		return printable(as.Reason)
	}
	last := as.Journal[n-1]
	if last.To == as.Phase {
		last.Need = as.Need // it may wait for longer by now
	}
	return a.causeText(last)
}

// whyDeclined is how to see why helpers decline the portal of a network.
func (a *app) whyDeclined(ssid wifi.SSID) string {
	return "helper probe --evidence seen.json; " + a.commandLine("claim", quote(ssid.String()), "--all", "--evidence", "seen.json")
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
	case agent.LogoffBusy:
		return hinted(fmt.Errorf("log off: the portal is busy: %s", cause), "'helper logoff' tries it again; the agent leaves the network alone until 'helper login'")
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
