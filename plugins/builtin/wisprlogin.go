package builtin

import (
	"context"
	"errors"
	"slices"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/wispr"
	"hotspot-helper/probe"
)

// The captures of a login for later flows.
const (
	sessionLogoff = "logoff" // URL that ends the session
	sessionEnds   = "ends"   // when it ends (RFC 3339)
)

// Authenticate sends the account to the gateway's login if its host is one of the account's.
func (w *WISPr) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	ctx, stop := context.WithTimeout(ctx, portal.FlowTimeout)
	defer stop()
	client, err := w.client(job)
	if err != nil {
		return flow.Result{}, err
	}
	message, ok := redirectOf(job.Evidence)
	if !ok {
		return unsupported("redirect", "the portal speaks no WISPr"), nil
	}
	account := lookUpAccount(job, client.Session)
	progress(job, "redirect")
	redirect, err := client.FindRedirect(ctx, message)
	switch {
	case errors.Is(err, wispr.ErrProbeAgain):
		return flow.Result{Outcome: flow.Submitted, Step: "redirect", Reason: wispr.ErrProbeAgain.Error()}, nil
	case err != nil:
		return flow.Result{}, err
	}
	if _, err := w.reach(job.Evidence, redirect.LoginURL()); err != nil {
		return unsupported("login", foreign(err)), nil
	}
	if result, isWanting, err := account.wanting("login"); isWanting {
		return result, err
	}
	progress(job, "login")
	answer, err := client.Login(ctx, redirect, wispr.Credentials{User: account.user, Password: account.password}, origin(job.Evidence))
	return resultOf(job, client.Session, answer, err)
}

// client opens the session. Beside the account's hosts it may reach the gateway and the portal,
// which know the result of the login; secrets do not go there.
func (w *WISPr) client(job plugins.Job) (*wispr.Client, error) {
	session, err := job.Open(append(slices.Clone(w.hosts), "@start", "@gateway"), nil)
	if err != nil {
		return nil, err
	}
	return &wispr.Client{Session: session, Sleep: job.Sleep}, nil
}

// origin returns the URL of the check that the gateway intercepted.
func origin(e probe.Evidence) string {
	if len(e.Hops) > 0 {
		return e.Hops[0].URL
	}
	return e.PortalURL
}

// resultOf translates the gateway's answer. An error of the gateway or of its authentication
// server passes, as a limit on devices does; a refusal does not.
func resultOf(job plugins.Job, session *portal.Session, answer wispr.Answer, err error) (flow.Result, error) {
	const step = "login"
	said := answer.Text
	switch {
	case errors.Is(err, wispr.ErrNoMessage):
		return flow.Result{Outcome: flow.Submitted, Step: step, Reason: err.Error()}, nil
	case err != nil:
		return flow.Result{}, err
	case answer.AlreadyLoggedIn():
		return loggedIn(job, session, answer, "the gateway says that the client is logged in already"), nil
	case answer.Code == wispr.LoginSucceeded, answer.Code == wispr.NoError:
		return loggedIn(job, session, answer, "the gateway says "+answer.Code.String()), nil
	case answer.TooManyDevices():
		return flow.Result{Outcome: flow.Later, Step: step, Reason: quoted("the gateway says "+answer.Code.String(), said)}, nil
	case answer.Code == wispr.RADIUSError, answer.Code == wispr.GatewayError:
		return flow.Result{Outcome: flow.Later, Cause: flow.CauseUnreachable, Step: step, Reason: quoted("the gateway says "+answer.Code.String(), said)}, nil
	case answer.Code == wispr.LoginRejected:
		return flow.Result{Outcome: flow.Denied, Step: step, Reason: quoted("the gateway says "+answer.Code.String(), said)}, nil
	case answer.Code == wispr.NetworkError:
		return unsupported(step, quoted("the gateway has no connection to the account's operator", said)), nil
	case answer.Type == wispr.EAPReply, answer.Code == wispr.EAPContinues:
		return unsupported(step, "the gateway wants EAP, which this helper does not support"), nil
	}
	return flow.Result{}, errors.New(quoted("log in: the gateway says "+answer.Code.String(), said))
}

// loggedIn is the result of a login that succeeded according to the gateway.
func loggedIn(job plugins.Job, session *portal.Session, answer wispr.Answer, reason string) flow.Result {
	result := flow.Result{Outcome: flow.Submitted, Step: "login", Reason: reason, Captures: map[string]string{}, Expires: answer.SessionTime}
	if answer.LogoffURL != "" && session.Redact(answer.LogoffURL) == answer.LogoffURL {
		result.Captures[sessionLogoff] = answer.LogoffURL
		session.DeclareTokens(answer.LogoffURL)
	}
	if answer.SessionTime > 0 {
		result.Captures[sessionEnds] = now(job).Add(answer.SessionTime).UTC().Format(time.RFC3339)
	}
	return result
}

// Maintain sends nothing, since WISPr needs no keepalive, and keeps the expiry.
func (w *WISPr) Maintain(_ context.Context, job plugins.Job) (flow.Result, error) {
	return keep(job), nil
}

// Logoff opens the address that the gateway sent with the login.
func (w *WISPr) Logoff(ctx context.Context, job plugins.Job) (flow.Result, error) {
	logoff := job.Session[sessionLogoff]
	if logoff == "" {
		return unsupported("logoff", "the gateway gave no address to log off at"), nil
	}
	client, err := w.client(job)
	if err != nil {
		return flow.Result{}, err
	}
	client.Session.DeclareTokens(logoff)
	answer, err := client.Logoff(ctx, logoff)
	switch {
	case errors.Is(err, wispr.ErrNoMessage):
		return flow.Result{Outcome: flow.Submitted, Step: "logoff", Reason: err.Error()}, nil
	case err != nil:
		return flow.Result{}, err
	}
	return flow.Result{Outcome: flow.Submitted, Step: "logoff", Reason: "the gateway says " + answer.Code.String()}, nil
}
