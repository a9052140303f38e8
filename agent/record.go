package agent

import (
	"context"
	"net/http"

	"hotspot-helper/plugins"
	"hotspot-helper/portal/flow"
)

// Recording takes one flow down, so that it can be looked into.
type Recording interface {
	// RoundTripper carries the helper's requests and takes them down.
	http.RoundTripper
	// Record returns the job to give to the helper in the place of another.
	Record(job plugins.Job) plugins.Job
	// Failed keeps what was taken down of a login that did not work. It may take its time.
	Failed(ctx context.Context, login FailedLogin) error
}

// FailedLogin says what is known of a login that did not work.
type FailedLogin struct {
	Helper plugins.Helper
	Result flow.Result // zero where the flow broke off
	Cause  string      // why it counts as failed
}

// attempt is a login of which it is not known yet whether it worked.
type attempt struct {
	recording Recording
	login     FailedLogin
}

// record begins to take a flow down. It returns the transport to use, and what makes
// the job to do; where nothing is taken down, they are what they were.
func (a *Agent) record(as *association, helper plugins.Helper, kind string) (http.RoundTripper, func(plugins.Job) plugins.Job) {
	var recording Recording
	if a.config.Record != nil && helper != nil {
		recording = a.config.Record(kind, as.path)
	}
	if recording == nil {
		return as.path, func(job plugins.Job) plugins.Job { return job }
	}
	if kind == plugins.FlowAuthenticate {
		as.attempt = &attempt{recording: recording, login: FailedLogin{Helper: helper}}
	}
	return recording, recording.Record
}

// review decides whether the attempt failed, once the phase tells, and has it kept if so.
// A login that needs the user did not fail.
func (a *Agent) review(ctx context.Context, as *association, e event) {
	phase, made := as.state.phase, as.attempt
	if made == nil || phase == Authenticating || phase == Verifying {
		return
	}
	as.attempt = nil
	failed := phase == Evaluating || phase == Failed || phase == PresentingUI
	if !failed || e.kind != eventProbed && e.kind != eventFlowEnded || made.login.Result.Outcome == flow.NeedsUser {
		return
	}
	made.login.Cause = e.cause.Text
	a.tasks.Go(func() {
		name := made.login.Helper.Name()
		if err := made.recording.Failed(ctx, made.login); err != nil {
			a.logger.Warn("failed login not kept", "helper", name, "error", err)
			return
		}
		a.logger.Info("failed login kept", "helper", name)
	})
}
