package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"hotspot-helper/consent"
	"hotspot-helper/internal/web"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/wifi"
)

// lastLogin is what is kept of the last login of an association.
type lastLogin struct {
	attempt *attempt // until it is known whether it worked; nil: it is not recorded
	said    said
	stuck   NeedKind  // what it needs if no other try heals what it broke off for
	refused time.Time // when the portal last refused; zero: it did not
	ran     bool      // a login or a logoff ended at this portal
}

// said is what the portal said to a login, without secrets.
type said struct {
	portal       string // its last page, or why there is none
	ended        string // how the flow ended; empty: it did not yet, or was cancelled
	loggedOff    string // how the flow of the logoff since ended; empty: none did
	redirectNeed *Need  // what following its last redirect waits for; nil: nothing
	redirectWhy  string
}

func (s said) redacted(mask redactor) said {
	return said{mask.text(s.portal), mask.text(s.ended), mask.text(s.loggedOff), s.redirectNeed.redacted(mask), mask.text(s.redirectWhy)}
}

const (
	// maxSaid is how many bytes of a portal's text are shown.
	maxSaid = 300
	// maxMasked is how many are masked before that: half a secret, at the end, is not recognised.
	maxMasked = 4 << 10
)

// runFlow runs a flow of the chosen helper in its own goroutine.
func (a *Agent) runFlow(ctx context.Context, as *association, kind string) {
	helper, err := a.helperFor(as, kind)
	transport, record := a.record(as, helper, kind)
	run := &flowRun{
		kind: kind, name: as.state.helper, helper: helper, network: as.identity, inputs: a.settings.Inputs, withheld: a.settings.Withheld, used: map[string]portal.Value{},
		job:     plugins.Job{Network: as.network, Evidence: as.evidenceFor(kind)},
		isFirst: !as.login.ran && as.state.submissions == 0,
	}
	if kind == plugins.FlowMaintain { // a login asks before it begins
		run.isRefused = sync.OnceValue(a.refusedBefore(helper, as.identity))
	}
	isLogin := kind == plugins.FlowAuthenticate
	if !isLogin {
		run.job.Session, run.job.SessionLeftOut = as.session.captures, as.session.leftOut
	}
	known, stored := as.secrets, as.stored
	hide := func(text string) string { return known.join(stored.known()).all().text(text) }
	prober, registry, configure := a.prober(as), a.settings.Registry, a.configureFlow(as, run, transport, hide)
	readConsent, loop := a.settings.Consent, ctx
	a.start(ctx, as, func(ctx context.Context, note func(func())) func(context.Context) {
		run.job.Progress = func(step string) {
			step = redactors{}.with(run.name, run.session).all().text(hide(step))
			note(func() {
				if as.task.step = step; len(as.secrets.beyond(known)) > 0 { // it may have one that came meanwhile
					as.task.step = ""
				}
			})
		}
		if err == nil {
			if isLogin {
				run.job.Evidence = redactEvidence(a.visit(ctx, prober, registry, run), hide)
			}
			run.prepare(configure(), func() consent.Given { return a.consent(readConsent, helper, run.network) })
			run.result, err = plugins.RunFlow(ctx, helper, kind, record(run.job))
			run.recordEnd()
		}
		sent := redactors{}.with(run.name+" "+kind, run.session)
		used := sent.join(known)
		run.conclude(err)
		run.redact(used.all())
		// Also if the flow was cancelled: the portal knows what it had sent by then.
		isCancelled := ctx.Err() != nil
		a.post(loop, func(ctx context.Context) { a.noteFlow(ctx, as, run, sent, isCancelled) })
		return func(ctx context.Context) { a.endFlow(ctx, as, used, run) }
	})
}

// configureFlow returns a function that makes the configuration of a flow's session, outside the
// loop: the evidence of a login is that of its fresh visit.
func (a *Agent) configureFlow(as *association, run *flowRun, transport http.RoundTripper, hide redactor) func() portal.Config {
	session, stored, beforeSecret, gateways := as.session, as.stored, a.beforeSecret(as, run.helper), as.link.Gateways
	return func() portal.Config {
		config := session.sessionConfig(run.kind, run.job.Evidence)
		config.Transport, config.Logger = transport, slog.New(heldHandler{redactingHandler{a.logger.Handler(), hide}, stored.isOpen})
		if len(gateways) > 0 {
			config.Gateway = gateways[0]
		}
		config.BeforeSecret = beforeSecret
		return config
	}
}

// noteFlow takes what a flow did, also if the network is gone by now.
func (a *Agent) noteFlow(ctx context.Context, as *association, run *flowRun, sent redactors, isCancelled bool) {
	as.secrets = sent.join(as.secrets)
	a.showDomains(ctx, as)
	if run.refusal != nil {
		a.store.addRefusal(*run.refusal)
	}
	if !run.sent || run.kind != plugins.FlowAuthenticate {
		return
	}
	a.movesOf(as).note(run.network.String(), wallClock())
	if as.identity != run.network {
		return
	}
	a.noteSent(as)
	if isCancelled {
		a.handle(ctx, as, event{kind: eventAbandoned, helper: run.name})
	}
}

// helperFor returns the helper that runs the flow: a session stays with the helper that logged in. Of a program, that is
// the newest of the same maker.
func (a *Agent) helperFor(as *association, kind string) (plugins.Helper, error) {
	helper, err := a.settings.Registry.Helper(as.state.helper)
	if used := as.session.helper; kind != plugins.FlowAuthenticate && used != nil && used.Name() == as.state.helper {
		_, isProgram := helper.(plugins.WithProgram)
		if err != nil || !isProgram || plugins.Identity(helper) != plugins.Identity(used) {
			return used, nil
		}
	}
	if kind == plugins.FlowAuthenticate && err == nil {
		as.session.helper = helper
	}
	return helper, err
}

// flowRun is one run of a flow, with copies of what it needs of the association.
type flowRun struct {
	kind      string
	name      string // of the helper
	helper    plugins.Helper
	network   wifi.Identity
	inputs    func(helper plugins.Helper, input string) (portal.Value, bool, error)
	withheld  func(helper plugins.Helper, input string) bool
	isRefused func() bool // what the user gave the helper was refused before
	job       plugins.Job
	isFirst   bool                    // no login at this portal ended before
	used      map[string]portal.Value // by input
	refusal   *refusal                // of what it used; nil: nothing was refused
	session   *portal.Session         // nil: the helper opened none
	result    flow.Result
	sent      bool // it submitted something
	said      said
	need      *Need         // what the login waits for if it needs the user
	failed    string        // why the flow broke off; empty: it did not
	stuck     bool          // no other try heals that
	stuckNeed NeedKind      // and it needs this
	busy      bool          // it ended because the portal was busy
	busyText  string        // by which status of which host
	busyAfter time.Duration // which wants to be asked again then; 0: not known
	given     consent.Given // as it was read last
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
		if r.isRefused != nil && r.isRefused() {
			return portal.Value{}, false, &inputError{input, errRefusedBefore}
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

// recordEnd records whether anything was sent, and what was refused.
func (r *flowRun) recordEnd() {
	r.sent = r.result.Outcome == flow.Submitted || r.session != nil && r.session.HasSubmitted()
	if r.result.Outcome == flow.Denied && r.kind != plugins.FlowLogoff {
		r.refusal = newRefusal(plugins.Identity(r.helper), r.network, r.used)
	}
}

// conclude records what the flow and the portal's last page say at the end; err is the flow's error.
func (r *flowRun) conclude(err error) {
	r.need = needOfResult(r.result, r.given.Terms)
	if r.need.Kind == NeedInput && r.withheld != nil {
		r.need.Withheld = r.withheld(r.helper, r.need.Input)
	}
	r.busyAfter, r.busy = r.isBusy()
	if r.busy {
		r.busyText = r.session.Page().BusyText()
	}
	if r.kind == plugins.FlowAuthenticate {
		r.said = r.lastPage(err)
		if need, why := needOfError(err); need != nil {
			r.result, r.need, err = flow.Result{Outcome: flow.NeedsUser, Reason: why}, need, nil
		}
		r.stuckNeed, r.stuck = isPermanent(err)
	}
	if err != nil {
		r.failed = err.Error()
	}
}

// lastPage returns what the portal said last.
func (r *flowRun) lastPage(err error) (s said) {
	if r.session == nil {
		return s
	}
	if page := r.session.Page(); page != nil {
		s.portal = r.session.Redact(page.Text(maxMasked))
		s.redirectNeed, s.redirectWhy = needOfError(page.Refused)
	}
	if err != nil {
		s.portal = r.session.Redact(err.Error())
	}
	return s
}

// redact removes secrets from all texts of the end.
func (r *flowRun) redact(mask redactor) {
	r.result.Reason, r.result.Step = mask.text(r.result.Reason), mask.text(r.result.Step)
	r.failed, r.busyText = mask.text(r.failed), mask.text(r.busyText)
	r.said, r.need = r.said.redacted(mask), r.need.redacted(mask)
	r.said.portal = web.TruncateUTF8(r.said.portal, maxSaid)
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

// endFlow handles the end of a flow. What it says is masked with all secrets that are known here: a
// portal may repeat those of another helper.
func (a *Agent) endFlow(loop context.Context, as *association, used redactors, run *flowRun) {
	a.finishMasked(loop, as, used, run.redact, func(loop context.Context) { a.handle(loop, as, a.finishFlow(as, run)) })
}

// finishFlow makes the end of a flow the event that the state machine decides on.
func (a *Agent) finishFlow(as *association, run *flowRun) event {
	result := run.result
	logger := slog.New(heldHandler{a.logger.Handler(), as.isHeld})
	e := event{kind: eventFlowEnded, outcome: result.Outcome, cause: Cause{Kind: CauseFlow}, need: run.need}
	if run.kind == plugins.FlowAuthenticate {
		a.finishLogin(as, run, &e)
	}
	as.finishBusy(run, &e)
	attrs := []any{"interface", as.link.Interface, "helper", as.state.helper, "flow", run.kind}
	if run.busy {
		attrs = append(attrs, "busy", run.busyText)
	}
	if run.failed != "" {
		e.cause.Text = fmt.Sprintf("%s of %s broke off: %s", run.kind, as.state.helper, run.failed)
		logger.Warn("flow broke off", append(attrs, "error", run.failed)...)
	} else {
		e.cause.Text = fmt.Sprintf("%s of %s: %s", run.kind, as.state.helper, result.Outcome)
		if result.Reason != "" {
			e.cause.Text += ", " + result.Reason
		}
		logger.Info("flow ended", append(attrs, "outcome", result.Outcome.String(), "step", result.Step, "reason", result.Reason)...)
	}
	if run.busy {
		e.cause.Text += "; the portal is busy: " + run.busyText
	}
	as.noteEnded(run.kind, e.cause.Text)
	switch {
	case run.failed != "", result.Outcome != flow.Submitted, run.busy && run.kind == plugins.FlowMaintain:
	case run.kind == plugins.FlowAuthenticate:
		as.session.begin(result)
		as.session.began, as.session.length = wallClock(), a.store.lengthOf(as.identity).Learned
		as.session.portal = &run.job.Evidence
	case run.kind == plugins.FlowMaintain:
		as.session.renew(result)
	}
	switch {
	case run.kind == plugins.FlowLogoff && run.busy: // it goes on
	case run.kind == plugins.FlowLogoff:
		as.session.seen = time.Time{} // it is not alive any more
	case run.session != nil:
		as.session.visited = run.session.Visited()
	}
	return e
}

// noteEnded keeps how a login or a logoff ended.
func (as *association) noteEnded(kind, text string) {
	switch kind {
	case plugins.FlowAuthenticate:
		as.login.said.ended, as.login.ran = text, true
	case plugins.FlowLogoff:
		as.login.said.loggedOff, as.login.ran = text, true
	}
}

// finishLogin completes the event of a login that ended.
func (a *Agent) finishLogin(as *association, run *flowRun, e *event) {
	e.sent, e.stuck = run.sent, run.stuck
	if run.busy {
		a.holdBusyLogin(as, run, e)
	}
	as.login.said, as.login.stuck = run.said, run.stuckNeed
	switch run.result.Outcome {
	case flow.Later:
		after := run.result.After
		if after > 0 {
			after = min(max(after, shortestAfter), longestAfter)
		}
		kind := NeedLimit
		if run.result.Cause == flow.CauseUnreachable {
			kind = NeedUnreachable
		}
		a.holdLogins(as, kind, as.state.helper, after)
		_, e.later = a.held(as, as.state.helper)
	case flow.Denied:
		as.login.refused = wallClock()
	default:
	}
	if as.login.attempt != nil {
		as.login.attempt.login.Result = run.result
	}
}
