package agent

import "hotspot-helper/probe"

// next is the state machine of an association: a pure function from state and event to
// the next state and the effects to carry out. An event that a phase does not know
// changes nothing. The machine follows the model of iOS' hotspot helpers
// (NEHotspotHelper), but never drops a link, and only the probe declares success.
func next(s state, e event) (state, []effect) {
	switch {
	case e.kind == eventAsleep:
		return fallAsleep(s)
	case e.kind == eventAwake:
		return wakeUp(s, e)
	case s.asleep:
		return sleeping(s, e)
	case s.woke:
		return settling(s, e)
	}
	return step(s, e)
}

// step is next while the computer is awake.
func step(s state, e event) (state, []effect) {
	metered := s.metered
	if e.kind == eventJoined || e.kind == eventSuspected {
		metered = e.metered
	}
	if e.fresh {
		s.submissions = 0
	}
	to, effects := transition(s, e)
	to.gentle = s.gentleAfter(e)
	for i := range effects {
		effects[i].gentle = to.gentle && effects[i].kind == effectProbe
	}
	to.metered = metered && to.phase != Inactive
	if to.metered {
		return suppressProbing(s, e, to, effects)
	}
	return to, effects
}

// gentleAfter reports whether one thing is asked at a time after an event: the queue of checks that
// are asked at once is what starves some gateways.
func (s state) gentleAfter(e event) bool {
	switch {
	case e.kind == eventJoined, e.kind == eventLost:
		return false
	case e.kind == eventProbed:
		return e.silent || s.gentle && e.verdict == probe.VerdictPortal
	}
	return s.gentle
}

// inPhase is what a phase makes of an event that is not the same in all of them. Inactive and
// LoggedOff wait for the link or the user.
func inPhase(s state, e event) (state, []effect) {
	switch s.phase {
	case Evaluating:
		return evaluating(s, e)
	case Authenticating:
		return authenticating(s, e)
	case Verifying:
		return verifying(s, e)
	case PresentingUI, Failed:
		return waiting(s, e)
	case Authenticated:
		return authenticated(s, e)
	case Maintaining:
		return maintaining(s, e)
	case LoggingOff:
		return loggingOff(s, e)
	case OnRequest:
		return onRequest(s, e)
	case Deferred:
		return deferred(s, e)
	}
	return s, nil
}

// transition is next on a link that is not metered.
func transition(s state, e event) (state, []effect) {
	switch e.kind {
	case eventJoined:
		return join(s, e)
	case eventIdentified:
		return identified(s, e)
	case eventLost:
		lost := restart(s, Inactive)
		lost.off = s.off
		return lost, []effect{{kind: effectCancel}}
	case eventAbandoned:
		return abandoned(s, e)
	case eventLogin:
		return login(s)
	case eventLogoff:
		return logOff(s, e)
	}
	return inPhase(s, e)
}

// restart keeps what bounds how often something is sent to the network.
func restart(s state, p Phase) state {
	return state{phase: p, network: s.network, submissions: s.submissions, earlyChecks: s.earlyChecks, sender: s.sender}
}

// join starts again, unless the user logged off from this very network.
func join(s state, e event) (state, []effect) {
	off := e.off || s.off && s.network == e.network
	if !e.again {
		s = state{}
	}
	s.network = e.network
	switch {
	case e.asked:
		s.phase = OnRequest
		return login(s)
	case off:
		return state{phase: LoggedOff, network: e.network, off: true}, []effect{{kind: effectCancel}}
	}
	s = restart(s, Evaluating)
	if s.sender != "" {
		return verify(s)
	}
	return s, []effect{{kind: effectCancel}, {kind: effectProbe}}
}

// identified goes on with what is under way, unless the user logged off from this network.
func identified(s state, e event) (state, []effect) {
	if s.phase != Inactive && e.off && !s.off && !s.requested {
		return join(s, e)
	}
	s.network = e.network
	if !e.again {
		s.submissions, s.earlyChecks = 0, 0
	}
	return s, nil
}

// login begins a login, or joins the one that is under way: nothing is submitted before it is
// known what the last submission did.
func login(s state) (state, []effect) {
	switch s.phase {
	case Inactive, Authenticating, Verifying:
		return s, nil
	case Authenticated, Maintaining:
		s.phase, s.attempts, s.submissions, s.requested = Maintaining, 0, 0, true
		return s, []effect{{kind: effectCancel}, {kind: effectClearLogoff}, {kind: effectProbe}}
	}
	return state{phase: Evaluating, network: s.network, requested: true}, []effect{{kind: effectCancel}, {kind: effectClearLogoff}, {kind: effectProbe}}
}

// onRequest goes on as after joining when the link is not metered any more.
func onRequest(s state, e event) (state, []effect) {
	if e.kind == eventSuspected && !e.metered {
		return join(s, event{network: s.network, again: true})
	}
	return s, nil
}
