package agent

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/wifi"
)

// lastLogin is what is kept of the last login of an association.
type lastLogin struct {
	attempt     *attempt  // until it is known whether it worked; nil: it is not recorded
	portalText  string    // what it says, without secrets
	redirectErr error     // why its last redirect was not followed; nil: it was
	ended       string    // how its flow ended
	stuck       NeedKind  // what it needs if no other try heals what it broke off for
	refused     time.Time // when the portal last refused; zero: it did not
}

// maxSaid is how many bytes of a portal's text are shown.
const maxSaid = 300

// runFlow runs a flow of the chosen helper in its own goroutine.
func (a *Agent) runFlow(ctx context.Context, as *association, kind string) {
	helper, err := a.helperFor(as, kind)
	transport, record := a.record(as, helper, kind)
	run := &flowRun{
		kind: kind, helper: helper, inputs: a.settings.Inputs, used: map[string]portal.Value{},
		job: plugins.Job{Network: as.network, Session: as.session.captures},
	}
	switch {
	case as.findings.portal != nil:
		run.job.Evidence = *as.findings.portal
	case as.findings.evidence != nil:
		run.job.Evidence = *as.findings.evidence
	}
	config := plugins.SessionConfig(run.job.Evidence)
	config.Transport, config.Logger = transport, slog.New(heldHandler{redactingHandler{a.logger.Handler(), as.secrets.all()}, as.stored.isRunning})
	if len(as.link.Gateways) > 0 {
		config.Gateway = as.link.Gateways[0]
	}
	config.BeforeSecret = a.beforeSecret(as, helper)
	readConsent, identity := a.settings.Consent, as.identity
	loop, name := ctx, as.state.helper
	a.start(ctx, as, func(ctx context.Context, note func(func())) func(context.Context) {
		run.job.Progress = func(step string) { note(func() { as.task.step = step }) }
		if err == nil {
			run.prepare(config, func() consent.Given { return a.consent(readConsent, helper, identity) })
			run.result, err = plugins.RunFlow(ctx, helper, kind, record(run.job))
			run.recordEnd(err)
			if run.result.Outcome == flow.Denied && kind != plugins.FlowLogoff {
				run.refusal = newRefusal(plugins.Identity(helper), identity, run.used)
			}
		}
		// Also if the flow was cancelled: the portal knows what it had sent by then.
		isCancelled := ctx.Err() != nil
		a.post(loop, func(ctx context.Context) {
			as.secrets = as.secrets.with(name+" "+kind, run.session)
			if run.refusal != nil {
				a.store.addRefusal(*run.refusal)
			}
			if run.sent && kind == plugins.FlowAuthenticate && as.identity == identity {
				a.noteSent(as)
				if isCancelled {
					a.handle(ctx, as, event{kind: eventAbandoned, helper: name})
				}
			}
		})
		return func(ctx context.Context) { a.handle(ctx, as, a.finishFlow(as, run, err)) }
	})
}

// helperFor returns the helper that runs the flow: a session stays with the helper that logged in.
func (a *Agent) helperFor(as *association, kind string) (plugins.Helper, error) {
	if kind != plugins.FlowAuthenticate && as.session.helper != nil && as.session.helper.Name() == as.state.helper {
		return as.session.helper, nil
	}
	helper, err := a.settings.Registry.Helper(as.state.helper)
	if kind == plugins.FlowAuthenticate && err == nil {
		as.session.helper = helper
	}
	return helper, err
}

// flowRun is one run of a flow, with copies of what it needs of the association.
type flowRun struct {
	kind       string
	helper     plugins.Helper
	inputs     func(helper plugins.Helper, input string) (portal.Value, bool, error)
	job        plugins.Job
	used       map[string]portal.Value // by input
	refusal    *refusal                // of what it used; nil: nothing was refused
	session    *portal.Session         // nil: the helper opened none
	result     flow.Result
	sent       bool          // it submitted something
	portalText string        // by the portal at the end, or why there is no answer; without secrets
	given      consent.Given // as it was read last
}

// prepare completes the job with a bound session and with what the user gave.
func (r *flowRun) prepare(config portal.Config, read func() consent.Given) {
	r.job.Consent = func() consent.Given {
		r.given = read()
		return r.given
	}
	config.Permission = func() portal.Permission { return plugins.Permission(read()) }
	r.job.Open = func(hosts, shared []string) (*portal.Session, error) {
		config.Hosts, config.Shared = hosts, shared
		session, err := portal.New(config)
		r.session = session
		return session, err
	}
	r.job.Inputs = func(input string) (portal.Value, bool, error) {
		if r.inputs == nil {
			return portal.Value{}, false, nil
		}
		value, ok, err := r.inputs(r.helper, input)
		if err != nil {
			return portal.Value{}, false, &inputError{input, err}
		}
		if ok {
			r.used[input] = value
		}
		return value, ok, nil
	}
}

// recordEnd records what was sent and what the portal's last page says; err is the flow's error.
func (r *flowRun) recordEnd(err error) {
	r.sent = r.result.Outcome == flow.Submitted
	if r.session == nil {
		return
	}
	r.sent = r.sent || r.session.HasSubmitted()
	switch {
	case err != nil:
		r.portalText = r.session.Redact(err.Error())
	case r.session.Page() != nil:
		r.portalText = r.session.Redact(r.session.Page().Text(maxSaid))
	}
}

// consent reads what the user agreed to. If it cannot be read, nothing counts as agreed to.
func (a *Agent) consent(read func(plugins.Helper, wifi.Identity) (consent.Given, error), helper plugins.Helper, n wifi.Identity) consent.Given {
	given, err := read(helper, n)
	if err != nil {
		a.logger.Warn("consent cannot be read: nothing counts as agreed to", "helper", helper.Name(), "error", err)
		return consent.Given{}
	}
	if !given.ByName {
		return given
	}
	if _, noted := a.noted.LoadOrStore(helper.Name()+" "+n.String(), true); !noted {
		a.logger.Info("consent of an earlier version does not count: it knows the network by its name alone", "helper", helper.Name(), "network", n.String())
	}
	return given
}

// finishFlow makes the end of a flow the event that the state machine decides on. What it says is
// masked with all secrets that are known here: a portal may repeat those of another helper.
func (a *Agent) finishFlow(as *association, run *flowRun, err error) event {
	result, secrets := run.result, as.secrets.all()
	result.Reason = secrets.text(result.Reason)
	logger := slog.New(heldHandler{redactingHandler{a.logger.Handler(), secrets}, as.stored.isRunning})
	e := event{kind: eventFlowEnded, outcome: result.Outcome, cause: Cause{Kind: CauseFlow}, need: needOfResult(result, run.given.Terms)}
	if run.kind == plugins.FlowAuthenticate {
		result, err = a.finishLogin(as, run, &e, result, err)
	}
	attrs := []any{"interface", as.link.Interface, "helper", as.state.helper, "flow", run.kind}
	if err != nil {
		e.cause.Text = secrets.text(fmt.Sprintf("%s of %s broke off: %v", run.kind, as.state.helper, err))
		logger.Warn("flow broke off", append(attrs, "error", err)...)
	} else {
		e.cause.Text = fmt.Sprintf("%s of %s: %s", run.kind, as.state.helper, result.Outcome)
		if result.Reason != "" {
			e.cause.Text += ", " + result.Reason
		}
		logger.Info("flow ended", append(attrs, "outcome", result.Outcome.String(), "step", result.Step, "reason", result.Reason)...)
	}
	if run.kind != plugins.FlowMaintain {
		as.login.ended = e.cause.Text
	}
	switch {
	case err != nil, result.Outcome != flow.Submitted:
	case run.kind == plugins.FlowAuthenticate:
		as.session.begin(result)
	case run.kind == plugins.FlowMaintain:
		as.session.renew(result)
	}
	return e
}

// finishLogin completes the event of a login that ended, and returns how it counts.
func (a *Agent) finishLogin(as *association, run *flowRun, e *event, result flow.Result, err error) (flow.Result, error) {
	secrets := as.secrets.all()
	e.sent, as.login.portalText = run.sent, secrets.text(run.portalText)
	as.login.redirectErr = nil
	if run.session != nil && run.session.Page() != nil {
		as.login.redirectErr = run.session.Page().Refused
	}
	if need, why := needOfError(err); need != nil {
		result, err = flow.Result{Outcome: flow.NeedsUser, Reason: secrets.text(why)}, nil
		e.outcome, e.need = result.Outcome, need
	}
	as.login.stuck, e.stuck = isPermanent(err)
	if result.Outcome == flow.Later {
		after := result.After
		if after > 0 {
			after = min(max(after, shortestAfter), longestAfter)
		}
		a.holdLogins(as, NeedLimit, as.state.helper, after)
		_, e.later = a.held(as, as.state.helper)
	}
	if result.Outcome == flow.Denied {
		as.login.refused = time.Now()
	}
	if as.login.attempt != nil {
		as.login.attempt.login.Result = result
	}
	return result, err
}
