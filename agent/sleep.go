package agent

import (
	"context"
	"time"
)

// settleTime is how long after waking an association waits for its probe: the link may change, and
// the computer may go to sleep again.
const settleTime = time.Second

// Asleep says that the computer is about to be suspended. What is under way is cancelled, and
// nothing is sent until [Agent.Awake], or until the user asks for something.
func (a *Agent) Asleep(ctx context.Context) error {
	return a.call(ctx, func(loop context.Context) {
		a.isAsleep = true
		a.sleepOrWake(loop, event{kind: eventAsleep, cause: Cause{CauseSleep, "the computer goes to sleep"}})
	})
}

// Awake says that the computer may have been suspended until now, or that its clock was set. Each link
// that is up is probed once, soon. The text says what happened. Without [Agent.Asleep] before, it is a suspicion like
// others, and has their pace.
func (a *Agent) Awake(ctx context.Context, text string) error {
	return a.call(ctx, func(loop context.Context) { a.wake(loop, text) })
}

func (a *Agent) wake(loop context.Context, text string) {
	e := event{kind: eventAwake, cause: Cause{CauseSleep, text}}
	if a.isAsleep {
		a.isAsleep = false
		a.sleepOrWake(loop, e)
		return
	}
	for _, as := range a.associations {
		a.paced(loop, as, CauseSleep, func(loop context.Context) { a.sleepOrWakeOne(loop, as, e) })
	}
}

func (a *Agent) sleepOrWake(loop context.Context, e event) {
	for _, as := range a.associations {
		as.suspicions.drop() // the probe after waking looks into it
		a.sleepOrWakeOne(loop, as, e)
	}
}

func (a *Agent) sleepOrWakeOne(loop context.Context, as *association, e event) {
	a.handle(loop, as, e)
	as.closeIdle() // their other end has forgotten them
	if as.path != nil {
		as.open = &openPage{}
	}
}

// fallAsleep cancels what is under way.
func fallAsleep(s state) (state, []effect) {
	s = rested(s)
	s.asleep, s.woke = true, false
	return s, []effect{{kind: effectCancel}}
}

// rested is the state from which work that is cancelled goes on. A login that was cancelled begins
// with a probe; if it had submitted something, eventAbandoned follows.
func rested(s state) state {
	if s.phase == Authenticating {
		s.phase, s.helper = Evaluating, ""
	}
	return s
}

// sleeping takes an event, but sends nothing.
func sleeping(s state, e event) (state, []effect) {
	if e.exit {
		return s, nil
	}
	to, effects := step(s, e)
	to = rested(to)
	to.asleep = true
	return to, withoutSending(effects)
}

// withoutSending leaves out effects that send something, now or later.
func withoutSending(effects []effect) []effect {
	var kept []effect
	for _, e := range effects {
		if e.kind == effectCancel || e.kind == effectClearLogoff {
			kept = append(kept, e)
		}
	}
	return kept
}

// wakeUp waits a moment before the link is probed. A login or logoff that was not cancelled, because
// nobody said that the computer goes to sleep, ends by itself.
func wakeUp(s state, e event) (state, []effect) {
	wasAsleep := s.asleep
	s.asleep = false
	switch s.phase {
	case Inactive, LoggedOff, OnRequest, Authenticating:
		return s, nil
	case LoggingOff:
		if !wasAsleep {
			return s, nil
		}
	}
	if s.woke { // its probe comes soon
		return s, nil
	}
	s.woke = true
	return s, []effect{{kind: effectCancel}, {kind: effectArm, after: settleTime, cause: e.cause}}
}

// settling takes an event between waking and the probe. What changes about the link meanwhile has
// its answer with that probe.
func settling(s state, e event) (state, []effect) {
	switch e.kind {
	case eventTimer:
		s.woke = false
		return afterWaking(s, e)
	case eventSuspected:
		s.metered = e.metered
		if e.fresh {
			s.submissions = 0
		}
		return s, nil
	case eventAbandoned:
		to, _ := step(s, e)
		return to, nil
	}
	to, effects := step(s, e)
	to.woke = to.woke && len(effects) == 0
	return to, effects
}

// afterWaking probes. A logoff that was cancelled is done again: it is not known whether it worked.
func afterWaking(s state, e event) (state, []effect) {
	switch {
	case s.phase != LoggingOff:
		return step(s, event{kind: eventSuspected, metered: s.metered, cause: e.cause})
	case s.looks || s.logoff != "":
		return s, []effect{{kind: effectProbe}}
	default:
		return s, []effect{{kind: effectLogoff}}
	}
}
