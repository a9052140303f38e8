package agent

import (
	"cmp"
	"context"
	"slices"
	"time"

	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/probe"
)

// handle takes one event through the state machine and carries its effects out.
func (a *Agent) handle(ctx context.Context, as *association, e event) {
	before := as.state
	var effects []effect
	as.state, effects = next(before, e)
	if before.phase != as.state.phase {
		if as.state.phase == OnRequest && e.kind == eventSuspected {
			as.findings.evidence, as.findings.claims, as.findings.why = nil, nil, "" // nobody looks whether they still hold
		}
		if as.state.phase == LoggingOff {
			as.login.said.loggedOff = "" // it was of another logoff
		}
		a.noteTransition(as, before)
		a.recordTransition(ctx, as, before, e)
		a.concludeAttempt(ctx, as, e)
	} else if e.kind == eventProbed && e.verdict == probe.VerdictPortal && (as.state.phase == Deferred || as.state.phase == PresentingUI && as.state.helper == "") {
		as.need = a.needNow(as, e) // it may wait for longer, or for something else by now
	}
	if as.state.phase == LoggingOff {
		defer func() { as.need = a.needNow(as, e) }() // when the timer is set
	}
	if len(effects) > 0 {
		as.timer.disarm()
	} else if e.kind == eventSuspected {
		as.timer.catchUp()
	}
	for _, effect := range effects {
		a.carryOut(ctx, as, effect)
	}
	a.atWork.notify(struct{}{})
}

// suspect handles the suspicion that the verdict on an association does not hold any more.
func (a *Agent) suspect(ctx context.Context, as *association, cause Cause) {
	if cause.Kind == CauseWindow {
		as.windowUntil = time.Now().Add(windowTime)
	}
	a.suspectAfter(ctx, as, cause, false)
}

// suspectAfter is suspect after a change of the link that may have taken the way away from what
// is under way, which ends at once then. What the user changed or asked for is looked into at once, and so is what makes
// the agent send less; the rest has a pace.
func (a *Agent) suspectAfter(ctx context.Context, as *association, cause Cause, lostWay bool) {
	isUsers := cause.Kind == CauseHelpers || cause.Kind == CauseSettings || cause.Kind == CauseProbe
	if isUsers || a.markMetered(as.link, event{kind: eventSuspected}).metered {
		a.suspectNow(ctx, as, cause)
		return
	}
	if lostWay && as.state.phase == Authenticating {
		a.handle(ctx, as, event{kind: eventSuspected, cause: cause, lostWay: true})
	}
	a.paced(ctx, as, cause.Kind, func(loop context.Context) {
		if as.state.phase != Inactive {
			a.suspectNow(loop, as, cause)
		}
	})
}

func (a *Agent) suspectNow(ctx context.Context, as *association, cause Cause) {
	fresh := cause.Kind == CauseHelpers || cause.Kind == CauseSettings
	if h := a.holdOf(as); fresh && h != nil && h.Kind == NeedUnchanged {
		a.store.setHold(as.identity, nil)
	}
	a.handle(ctx, as, a.markMetered(as.link, event{kind: eventSuspected, cause: cause, fresh: fresh, window: cause.Kind == CauseWindow}))
}

// noteTransition keeps the pace of logins.
func (a *Agent) noteTransition(as *association, before state) {
	switch now := as.state.phase; {
	case now == Authenticated && as.state.helper != "" && before.phase != Maintaining && (before.phase != Evaluating || before.sender != ""):
		a.noteOnline(as)
	case now == Inactive:
		a.noteLost(as)
	case now == Deferred && before.phase == Verifying:
		a.holdLogins(as, NeedUnchanged, as.state.helper, 0)
	}
}

// needNow returns what the login waits for in the present phase; nil: nothing.
func (a *Agent) needNow(as *association, e event) *Need {
	switch as.state.phase {
	case PresentingUI:
		need := Need{Kind: NeedPage}
		if as.state.stuck {
			need.Kind = as.login.stuck
		} else if e.need != nil {
			need = *e.need
		}
		return as.complete(need)
	case Deferred:
		need := Need{Kind: NeedUnchanged}
		if h, _ := a.held(as, as.state.helper); h != nil {
			need.Kind, need.Until = h.Kind, h.Until
		}
		return as.complete(need)
	case LoggingOff:
		if !as.state.isWaiting {
			return nil
		}
		return as.complete(Need{Kind: NeedBusy, Until: as.timer.due.UTC()})
	default:
		return nil
	}
}

// endedBefore says how the flow ended that the event concludes; empty: it concludes none.
func (as *association) endedBefore(before state, e event) (ended string) {
	switch {
	case before.phase == LoggingOff && as.state.logoff != LogoffDone && as.state.logoff != LogoffNoHelper:
		ended = as.login.said.loggedOff
	case before.phase == Verifying && e.kind == eventProbed && as.state.phase != Authenticated:
		ended = as.login.said.ended
	}
	if ended != "" && as.late.done != nil {
		return heldText // it is not masked yet
	}
	return ended
}

// explain completes the cause of a transition with what led to it before its event.
func (a *Agent) explain(as *association, before state, e event) string {
	text := e.cause.Text
	if ended := as.endedBefore(before, e); ended != "" {
		text = ended + "; " + text
	}
	if before.phase == LoggingOff {
		return text
	}
	if as.need != nil && as.need.Kind == NeedPage && as.state.submissions >= maxSubmissions {
		text += "; what was submitted twice changed nothing, so it waits for you"
	}
	if h, _ := a.held(as, as.state.helper); as.state.phase == Deferred && h != nil {
		text += "; " + h.why()
	}
	return text
}

// recordTransition keeps a change of phase in journal, log and store, and announces it.
func (a *Agent) recordTransition(ctx context.Context, as *association, before state, e event) {
	as.since = wallClock()
	as.need = a.needNow(as, e)
	e.cause.Text = a.explain(as, before, e)
	t := Transition{
		Time: as.since.UTC(), Interface: as.link.Interface, SSID: as.network.SSID,
		From: before.phase, To: as.state.phase, Helper: as.state.helper,
		CauseKind: e.cause.Kind, Cause: e.cause.Text, Need: as.need,
	}
	if before.phase == LoggingOff && as.state.phase == LoggedOff {
		t.Logoff = as.state.logoff
	}
	switch {
	case as.state.phase == Inactive:
		t.Verdict = probe.VerdictNone
	case as.findings.evidence != nil:
		t.Verdict = as.findings.evidence.Verdict
	}
	as.journal = append(as.journal, t)
	as.journal = slices.Clone(as.journal[max(0, len(as.journal)-maxJournal):])
	if as.isHeld() {
		t = t.held() // the journal has it whole
	}
	attrs := []any{
		"interface", t.Interface, "ssid", t.SSID.String(), "from", t.From.String(), "to", t.To.String(),
		"helper", t.Helper, "verdict", t.Verdict.String(), "cause", t.Cause,
	}
	if t.Need != nil {
		attrs = append(attrs, "need", string(t.Need.Kind))
	}
	repeated, isLogged := a.changeLines.take(t.CauseKind, t.Time)
	if repeated > 0 {
		attrs = append(attrs, "requests_not_logged", repeated)
	}
	if isLogged {
		a.logger.Info("association changed", attrs...)
	}
	a.storeOutcome(as)
	a.storeSession(ctx, as)
	a.publish() // before listeners hear of it: they may ask for the status
	a.listeners.notify(t)
}

// storeOutcome remembers how a phase that was reached concerns the next join.
func (a *Agent) storeOutcome(as *association) {
	outcome := ""
	switch as.state.phase {
	case Authenticated:
		outcome = outcomeOnline
		if as.state.helper != "" {
			outcome = outcomeLoggedIn
		}
	case PresentingUI:
		outcome = outcomeNeedsUser
	case Failed:
		outcome = outcomeDenied
	case LoggedOff:
		outcome = outcomeLoggedOff
	}
	if as.state.off {
		a.store.noteLogoff(as.identity, as.link.Interface)
	}
	if outcome != "" {
		a.store.note(as.identity, outcome, a.idOf(as))
	}
}

// storeSession remembers the session for after a restart, or forgets it.
func (a *Agent) storeSession(ctx context.Context, as *association) {
	switch {
	case as.state.phase == Authenticated:
		a.keepSession(ctx, as)
	case as.state.phase == LoggedOff && as.state.logoff == LogoffDone:
		as.session.end()
		a.store.dropSession(as.identity)
	}
}

// idOf returns the helper of the association with its maker: the one that logged in, else the one that has the name now.
func (a *Agent) idOf(as *association) maker.ID {
	if used := as.session.helper; used != nil && used.Name() == as.state.helper {
		return plugins.Identity(used)
	}
	return maker.ID{Helper: as.state.helper, Maker: a.settings.makerOf(as.state.helper)}
}

func (a *Agent) carryOut(ctx context.Context, as *association, e effect) {
	switch e.kind {
	case effectCancel:
		as.task.cancel()
	case effectProbe:
		a.probe(ctx, as, e)
	case effectAuthenticate:
		as.login.said = said{} // it was of another login
		as.session.end()
		a.store.dropSession(as.identity)
		a.runFlow(ctx, as, plugins.FlowAuthenticate)
	case effectMaintain:
		a.runFlow(ctx, as, plugins.FlowMaintain)
	case effectLogoff:
		a.runFlow(ctx, as, plugins.FlowLogoff)
	case effectArm:
		cause := cmp.Or(e.cause, Cause{CauseTimer, "it was time to probe again"})
		as.timer.arm(e.after, func(number int) {
			a.post(ctx, func(ctx context.Context) {
				if as.timer.number == number {
					a.handle(ctx, as, event{kind: eventTimer, busy: as.session.busy.isOn(), cause: cause})
				}
			})
		})
	case effectClearLogoff:
		a.store.clearLogoff(as.identity)
		a.store.setHold(as.identity, nil)
		a.moves[as.link.Interface].ask(as.identity.String())
	case effectClearRefusals:
		if helper, err := a.settings.Registry.Helper(as.state.helper); err == nil {
			a.store.clearRefusals(as.identity, plugins.Identity(helper))
		}
	}
}

// timer is the one timer of an association. It is due at a wall-clock time, which goes
// on while the computer is suspended; the timers of the runtime do not.
type timer struct {
	due     time.Time     // zero: it is not armed
	after   time.Duration // for which it was armed
	number  int           // an older one is disarmed
	runtime *time.Timer
}

// arm sets the timer, which calls a function with its number.
func (t *timer) arm(after time.Duration, fire func(number int)) {
	t.disarm()
	number := t.number
	t.due, t.after = wallClock().Add(after), after
	t.runtime = time.AfterFunc(after, func() { fire(number) })
}

func (t *timer) disarm() {
	if t.runtime != nil {
		t.runtime.Stop()
	}
	*t = timer{number: t.number + 1}
}

// catchUp makes up for the time that the computer was suspended. A clock that was set back makes it no longer.
func (t *timer) catchUp() {
	if t.runtime != nil {
		t.runtime.Reset(min(max(0, t.due.Sub(wallClock())), t.after))
	}
}

// wallClock returns the time without its monotonic reading, which stands still while
// the computer is suspended. Differences of such times include the suspension.
func wallClock() time.Time { return time.Now().Round(0) }
