package agent

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal/flow"
)

// Recording records one flow, for a report.
type Recording interface {
	// RoundTripper carries the helper's requests and records them.
	http.RoundTripper
	// Record returns a job that is recorded, instead of another.
	Record(job plugins.Job) plugins.Job
	// Failed keeps the recording of a login that did not work, and returns the path of what it wrote. It
	// may take long.
	Failed(ctx context.Context, login FailedLogin) (path string, err error)
}

// FailedLogin says what is known of a login that did not work.
type FailedLogin struct {
	Helper plugins.Helper
	Result flow.Result // zero if the flow broke off
	Cause  string      // why it counts as failed
	// Mask masks the secrets that are known on this network, also those of other helpers and of
	// earlier logins: a portal may repeat any of them. Nil: there are none.
	Mask func(text string) string
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
	known, stored := as.secrets, a.lookUpForReport(as)
	a.tasks.Go(func() {
		ctx, stop := outlast(ctx, reportTime)
		defer stop()
		name := made.login.Helper.Name()
		path, err := made.keep(ctx, known, stored)
		if err != nil {
			a.logger.Warn("failed login not kept", "helper", name, "error", err)
			return
		}
		a.logger.Info("failed login kept: a report was written", "helper", name, "report", path)
	})
}

// reportTime is how long a report that is being written may delay the end of the agent.
const reportTime = time.Second

// outlast returns a context that ends some time after another.
func outlast(ctx context.Context, more time.Duration) (context.Context, context.CancelFunc) {
	longer, stop := context.WithCancel(context.WithoutCancel(ctx))
	forget := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(more, stop)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { forget(); stop() }
}

// errUnreadSecret says that what a portal repeats cannot be masked.
var errUnreadSecret = errors.New("a secret that was sent to this network before cannot be read now, so it cannot be masked")

// keep keeps the recording, and returns where, masked with the secrets of this network. It waits for the stored ones.
func (made *attempt) keep(ctx context.Context, known redactors, stored *storedSecrets) (path string, err error) {
	stored.wait(ctx)
	if stored.isOpen() {
		return "", cmp.Or(ctx.Err(), errUnreadSecret)
	}
	known = known.join(stored.masks)
	made.login.Result.Reason, made.login.Mask = known.all().text(made.login.Result.Reason), known.anywhere()
	return made.recording.Failed(ctx, made.login)
}
