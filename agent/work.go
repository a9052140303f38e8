package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// probe asks for the verdict, and on a portal every helper for its claim.
func (a *Agent) probe(ctx context.Context, as *association) {
	link := as.link
	prober := probe.Prober{
		Endpoints: a.settings.Endpoints,
		Transport: func(f probe.Family) http.RoundTripper { return a.config.Dial(link, f) },
		Logger:    slog.New(concealing{a.logger.Handler(), as.conceal.all()}),
	}
	a.start(ctx, as, func(ctx context.Context, note func(func())) func() event {
		prober.OnVerdict = func(early probe.Evidence) { note(func() { as.hear(early) }) }
		evidence := prober.Probe(ctx, link.Link)
		return func() event { return a.evaluate(as, evidence) }
	})
}

// hear shows a verdict before the probe has come to its end. Nothing is done about it
// by then: it may be overturned, and helpers claim by the portal's page. The same
// verdict as before is no news, and known with more to it.
func (as *association) hear(early probe.Evidence) {
	early = concealed(early, as.conceal.all())
	as.told = nil
	if as.evidence == nil || as.evidence.Verdict != early.Verdict {
		as.told = &early
	}
}

// evaluate makes of evidence the event that the state machine decides on.
func (a *Agent) evaluate(as *association, evidence probe.Evidence) event {
	evidence = concealed(evidence, as.conceal.all())
	as.evidence = &evidence
	e := event{kind: eventProbed, verdict: evidence.Verdict, cause: Cause{CauseVerdict, evidence.Reason}}
	switch evidence.Verdict {
	case probe.VerdictFull:
		e.helper = a.memory.helper(as.state.network)
		as.learn(evidence.CAPPORT)
		e.next = as.nextLook(a.settings.Keepalive)
	case probe.VerdictPortal:
		as.portal = &evidence
		if as.state.phase == LoggingOff {
			break // nobody is wanted to log in
		}
		if need, why := as.needOfError(as.unsent); as.state.phase == Verifying && need != nil {
			e.waits, e.need = true, need
			e.cause.Text += "; " + why
			break
		}
		e.helper, as.why = a.pick(as)
		e.need = as.need(Need{Kind: NeedPage})
		e.refused = a.memory.refused(as.state.network, e.helper)
		e.cause.Text += "; " + as.why
		if e.refused {
			e.cause.Text += "; its credentials were refused here before, so it waits for a login by hand"
		}
	}
	return e
}

// pick asks the helpers and returns who would log in, and why.
func (a *Agent) pick(as *association) (helper, why string) {
	policy := a.settings.Policy(as.network)
	preference := claims.Preference{Pinned: policy.Helper, LastSuccess: a.memory.helper(as.state.network)}
	as.made = a.settings.Registry.Claims(context.Background(), claims.NewFacts(as.network, as.evidence))
	claims.Sort(as.made, preference)
	if policy.NoLogin {
		return "", "login is turned off for this network in the configuration"
	}
	eligible := slices.DeleteFunc(slices.Clone(as.made), func(c claims.Claim) bool {
		return slices.Contains(as.state.excluded, c.Helper)
	})
	winner, why, _ := claims.Pick(eligible, preference)
	if len(as.state.excluded) > 0 {
		why += fmt.Sprintf(" (not asked again: %q)", as.state.excluded)
	}
	return winner.Helper, why
}

// runFlow has the chosen helper do its job in the background.
func (a *Agent) runFlow(ctx context.Context, as *association, kind string) {
	helper, err := a.worker(as, kind)
	var session *portal.Session
	transport, watch := a.record(as, helper, kind)
	job := a.job(as, &session, transport)
	loop, name := ctx, as.state.helper
	a.start(ctx, as, func(ctx context.Context, note func(func())) func() event {
		job.Progress = func(step string) { note(func() { as.step = step }) }
		var result flow.Result
		if err == nil {
			result, err = plugins.RunFlow(ctx, helper, kind, watch(job))
		}
		// Also of a flow that was cancelled: the portal knows what it was told by then.
		a.post(loop, func(context.Context) { as.conceal = as.conceal.with(name+" "+kind, session) })
		return func() event { return a.finish(as, kind, session, job.Consent.Terms, result, err) }
	})
}

// worker is who does the job: for a session the very helper that won it.
func (a *Agent) worker(as *association, kind string) (plugins.Helper, error) {
	if kind != plugins.FlowAuthenticate && as.worker != nil && as.worker.Name() == as.state.helper {
		return as.worker, nil
	}
	helper, err := a.settings.Registry.Helper(as.state.helper)
	if kind == plugins.FlowAuthenticate && err == nil {
		as.worker = helper
	}
	return helper, err
}

// job is what the helper works with: copies, and a session bound to the association.
func (a *Agent) job(as *association, opened **portal.Session, transport http.RoundTripper) plugins.Job {
	name, settings := as.state.helper, a.settings
	given := a.consent(name, as.network)
	job := plugins.Job{Network: as.network, Session: as.session, Consent: given}
	switch {
	case as.portal != nil:
		job.Evidence = *as.portal
	case as.evidence != nil:
		job.Evidence = *as.evidence
	}
	config := plugins.SessionConfig(job.Evidence)
	config.Transport, config.Cleartext, config.Logger = transport, given.Cleartext, a.logger
	if len(as.link.Gateways) > 0 {
		config.Gateway = as.link.Gateways[0]
	}
	job.Open = func(hosts, shared []string) (*portal.Session, error) {
		config.Hosts, config.Shared = hosts, shared
		session, err := portal.New(config)
		*opened = session
		return session, err
	}
	job.Inputs = func(input string) (portal.Value, bool, error) {
		if settings.Inputs == nil {
			return portal.Value{}, false, nil
		}
		value, ok, err := settings.Inputs(name, input)
		if err != nil {
			return portal.Value{}, false, &inputError{input, err}
		}
		return value, ok, nil
	}
	return job
}

// finish makes of a flow's end the event that the state machine decides on.
func (a *Agent) finish(as *association, kind string, session *portal.Session, terms consent.Answer, result flow.Result, err error) event {
	e := event{kind: eventFlowEnded, outcome: result.Outcome, cause: Cause{Kind: CauseFlow}}
	if session != nil {
		as.trace = session.Trace()
	}
	if kind == plugins.FlowAuthenticate {
		if as.unsent = nil; session != nil && session.Page() != nil {
			as.unsent = session.Page().Refused
		}
	}
	attrs := []any{"interface", as.link.Interface, "helper", as.state.helper, "flow", kind}
	need, why := as.needOfError(err)
	if need != nil && kind == plugins.FlowAuthenticate {
		result, err = flow.Result{Outcome: flow.NeedsUser, Reason: why}, nil
		e.outcome, e.need = result.Outcome, need
	} else {
		e.need = as.needOfResult(result, terms)
	}
	if as.attempt != nil && kind == plugins.FlowAuthenticate {
		as.attempt.login.Result = result
	}
	if err != nil {
		e.cause.Text = fmt.Sprintf("%s of %s broke off: %v", kind, as.state.helper, err)
		a.logger.Warn("flow broke off", append(attrs, "error", err)...)
		return e
	}
	e.cause.Text = fmt.Sprintf("%s of %s: %s", kind, as.state.helper, result.Outcome)
	if result.Reason != "" {
		e.cause.Text += ", " + result.Reason
	}
	a.logger.Info("flow ended", append(attrs, "outcome", result.Outcome.String(), "step", result.Step, "reason", result.Reason)...)
	if kind != plugins.FlowLogoff && result.Outcome == flow.Submitted {
		as.session, as.every = result.Captures, result.Every
		if as.expires = (time.Time{}); result.Expires > 0 {
			as.expires = time.Now().Add(result.Expires)
		}
	}
	return e
}
