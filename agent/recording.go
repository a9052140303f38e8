package agent

import (
	"context"
	"net/http"

	"hotspot-helper/plugins"
	"hotspot-helper/portal/flow"
)

// Recording records one flow, for a report.
type Recording interface {
	// RoundTripper carries the helper's requests and records them.
	http.RoundTripper
	// Record returns a job that is recorded, instead of another.
	Record(job plugins.Job) plugins.Job
	// Failed keeps the recording of a login that did not work. It may take long.
	Failed(ctx context.Context, login FailedLogin) error
}

// FailedLogin says what is known of a login that did not work.
type FailedLogin struct {
	Helper plugins.Helper
	Result flow.Result // zero if the flow broke off
	Cause  string      // why it counts as failed
}

// attempt is a recorded login until it is known whether it worked.
type attempt struct {
	recording Recording
	login     FailedLogin
}

// record begins to record a flow. It returns the transport to use, and a function that
// makes the job to do. If nothing is recorded, they change nothing.
func (a *Agent) record(as *association, helper plugins.Helper, kind string) (http.RoundTripper, func(plugins.Job) plugins.Job) {
	var recording Recording
	path := as.path
	if kind == plugins.FlowAuthenticate && path != nil {
		path = loginPath{path, as.open}
	}
	if a.config.Record != nil && helper != nil {
		recording = a.config.Record(kind, path)
	}
	if recording == nil {
		return path, func(job plugins.Job) plugins.Job { return job }
	}
	if kind == plugins.FlowAuthenticate {
		as.login.attempt = &attempt{recording: recording, login: FailedLogin{Helper: helper}}
	}
	return recording, recording.Record
}

// concludeAttempt finds out from the phase whether the recorded login worked, and keeps
// the recording if it failed. A login that needs the user did not fail.
func (a *Agent) concludeAttempt(ctx context.Context, as *association, e event) {
	phase, made := as.state.phase, as.login.attempt
	if made == nil || phase == Authenticating || phase == Verifying {
		return
	}
	as.login.attempt = nil
	failed := phase == Evaluating || phase == Deferred || phase == Failed || phase == PresentingUI
	if !failed || e.kind != eventProbed && e.kind != eventFlowEnded || made.login.Result.Outcome == flow.NeedsUser {
		return
	}
	made.login.Cause = e.cause.Text
	mask := as.secrets.all()
	a.tasks.Go(func() {
		made.login.Result.Reason = mask.text(made.login.Result.Reason)
		name := made.login.Helper.Name()
		if err := made.recording.Failed(ctx, made.login); err != nil {
			a.logger.Warn("failed login not kept", "helper", name, "error", err)
			return
		}
		a.logger.Info("failed login kept", "helper", name)
	})
}
