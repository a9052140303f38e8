package agent

import (
	"slices"

	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// next is the state machine of an association: a pure function from state and event to
// the next state and the effects to carry out. An event that a phase does not know
// changes nothing. The machine follows the model of iOS' hotspot helpers
// (NEHotspotHelper), but never drops a link, and only the probe declares success.
func next(s state, e event) (state, []effect) {
	metered := s.metered
	if e.kind == eventJoined || e.kind == eventSuspected {
		metered = e.metered
	}
	if e.fresh {
		s.submissions = 0
	}
	to, effects := transition(s, e)
	to.metered = metered && to.phase != Inactive
	if to.metered {
		return suppressProbing(s, e, to, effects)
	}
	return to, effects
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
	default: // Inactive and LoggedOff wait for the link or the user
		return s, nil
	}
}

// restart keeps what bounds how often something is sent to the network.
func restart(s state, p Phase) state {
	return state{phase: p, network: s.network, submissions: s.submissions, earlyChecks: s.earlyChecks, sender: s.sender}
}

// verify looks for what a submission did, in place of another login.
func verify(s state) (state, []effect) {
	s.helper = s.sender
	s.phase, s.checks, s.stuck = Verifying, 0, false
	return s, []effect{{kind: effectCancel}, {kind: effectProbe}}
}

// abandoned takes that a login was cancelled after it had submitted something. What the
// probe sees by now may be the result.
func abandoned(s state, e event) (state, []effect) {
	s.submissions++
	s.sender = e.helper
	if s.phase == Evaluating {
		return verify(s)
	}
	return s, nil
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

// logOff needs a helper in the phases in which the portal may have let the user in. A
// network that is online without a helper cannot be logged off from: it is open, or the
// user logged in by hand. Where it is not known whether there is a session, the probe says so.
func logOff(s state, e event) (state, []effect) {
	mayBeIn := s.phase == Authenticating || s.phase == Verifying || s.phase == Authenticated || s.phase == Maintaining || s.phase == Evaluating && s.sender != ""
	switch {
	case s.phase == Inactive, s.phase == LoggingOff, s.phase == LoggedOff && s.logoff == LogoffDone:
		return s, nil
	case (mayBeIn || e.exit) && (s.helper == "" || !mayBeIn):
		return s, nil
	}
	s.off, s.checks, s.attempts = !e.exit, 0, 0
	s.logoff, s.looks = "", s.helper == "" || !mayBeIn && s.phase != OnRequest
	s.phase = LoggingOff
	if s.looks {
		return s, []effect{{kind: effectCancel}, {kind: effectProbe}}
	}
	return s, []effect{{kind: effectCancel}, {kind: effectLogoff}}
}

func evaluating(s state, e event) (state, []effect) {
	switch e.kind {
	case eventProbed:
		if e.verdict == probe.VerdictPortal && s.sender != "" {
			s.phase = Verifying
			return verifying(s, e)
		}
		return decide(s, e)
	case eventTimer:
		return s, []effect{{kind: effectProbe}}
	case eventSuspected:
		s.attempts = 0
		return s, []effect{{kind: effectCancel}, {kind: effectProbe}}
	}
	return s, nil
}

// decide acts on a verdict outside a login.
func decide(s state, e event) (state, []effect) {
	switch {
	case e.verdict == probe.VerdictFull:
		return online(s, e)
	case e.verdict != probe.VerdictPortal:
		return retry(s, s.phase)
	case e.helper == "" && e.elsewhere && s.phase == Maintaining && s.helper != "":
		s.elsewhere, s.attempts = true, s.attempts+1
		return s, []effect{{kind: effectArm, after: min(e.period, backoff.After(s.attempts-1))}}
	case e.helper == "":
		s.helper = ""
		return retry(s, PresentingUI)
	}
	s.helper = e.helper
	if s.phase == Maintaining && s.wanted >= shortestSession {
		s.earlyChecks = 0 // the network told the truth: the session is over
	}
	switch {
	case e.credentialsRefused && (!s.requested || e.justRefused):
		s.requested = false
		return retry(s, Failed)
	case e.later > 0 && !s.requested:
		return deferLogin(s, e)
	case s.submissions >= maxSubmissions:
		return retry(s, PresentingUI)
	}
	s.phase = Authenticating
	if e.credentialsRefused {
		return s, []effect{{kind: effectClearRefusals}, {kind: effectAuthenticate}}
	}
	return s, []effect{{kind: effectAuthenticate}}
}

// online is reached only by the probe's verdict. What the network says about the time of
// the next check is bounded by the back-off.
func online(s state, e event) (state, []effect) {
	if s.helper == "" {
		s.helper = e.helper
	}
	s.phase, s.attempts, s.submissions, s.requested = Authenticated, 0, 0, false
	s.sender, s.stuck, s.elsewhere = "", false, false
	delay := e.next
	s.wanted = e.next
	if delay >= min(shortestCheck, e.period) {
		s.earlyChecks = 0
	} else {
		delay = max(delay, min(backoff.After(s.earlyChecks), e.period))
		s.earlyChecks++
	}
	return s, []effect{{kind: effectArm, after: delay}}
}

// retry goes to a phase, or stays in it, and probes again, each time after a longer delay.
func retry(s state, phase Phase) (state, []effect) {
	delay := backoff.After(s.attempts)
	s.phase = phase
	s.attempts++
	return s, []effect{{kind: effectArm, after: delay}}
}

// deferLogin waits until a login is tried again by itself. The probe sees meanwhile whether
// the user passed.
func deferLogin(s state, e event) (state, []effect) {
	delay := min(max(e.later, backoff.First), backoff.After(s.attempts))
	s.phase, s.requested = Deferred, false
	s.attempts++
	return s, []effect{{kind: effectArm, after: delay}}
}

func authenticating(s state, e event) (state, []effect) {
	if e.kind == eventSuspected && e.lostWay {
		// If the flow had submitted something, eventAbandoned follows.
		s.phase, s.helper = Evaluating, ""
		return s, []effect{{kind: effectCancel}, {kind: effectProbe}}
	}
	if e.kind != eventFlowEnded {
		return s, nil
	}
	if e.sent && e.outcome != flow.Later {
		s.submissions++
	}
	s.requested = s.requested && e.outcome == flow.Unsupported // then another helper may be the right one
	switch e.outcome {
	case flow.Denied:
		return retry(s, Failed)
	case flow.Later:
		return deferLogin(s, e)
	case flow.NeedsUser:
		return retry(s, PresentingUI)
	case flow.Unsupported:
		s.excluded = append(slices.Clone(s.excluded), s.helper)
		s.phase, s.helper = Evaluating, ""
		return s, []effect{{kind: effectProbe}}
	default:
		// Submitted, or broken off: some gateways close the connection without an
		// answer, on success and on failure. The probe decides.
		s.phase, s.checks, s.stuck = Verifying, 0, e.stuck && !e.sent
		if e.sent {
			s.sender = s.helper
		}
		return s, []effect{{kind: effectProbe}}
	}
}

func verifying(s state, e event) (state, []effect) {
	switch {
	case e.kind == eventTimer, e.kind == eventSuspected:
		return s, []effect{{kind: effectCancel}, {kind: effectProbe}}
	case e.kind != eventProbed:
		return s, nil
	case e.verdict == probe.VerdictFull:
		return online(s, e)
	case e.verdict != probe.VerdictPortal:
		return neither(s, e)
	}
	s.checks++
	if s.checks < s.tries(e.waits) {
		return s, []effect{{kind: effectArm, after: min(backoff.After(s.checks-1), longestVerify)}}
	}
	sent := s.sender != ""
	s.sender = ""
	switch {
	case e.waits, s.submissions >= maxSubmissions, s.stuck:
		return retry(s, PresentingUI)
	case sent:
		return deferLogin(s, event{later: unchangedDelay})
	}
	return retry(s, Evaluating)
}

// neither takes that the probe sees no portal after a login, and no Internet. If that lasts, the
// link is looked at as it is without a login, less and less often. It is still not known what the
// login did.
func neither(s state, e event) (state, []effect) {
	s.checks++
	if s.checks < limitedTries {
		return s, []effect{{kind: effectArm, after: min(backoff.After(s.checks-1), longestVerify)}}
	}
	if e.verdict == probe.VerdictLimited {
		s.submissions = 0 // it changed something
	}
	return retry(s, Evaluating)
}

// tries is how often the probe may see the portal after the last login.
func (s state) tries(waits bool) int {
	switch {
	case s.stuck:
		return 1
	case s.sender != "" && !waits:
		return verifyTries
	default:
		return brokenTries
	}
}

// deferred waits until a login is tried again.
func deferred(s state, e event) (state, []effect) {
	switch {
	case e.kind == eventTimer, e.kind == eventSuspected:
		return s, []effect{{kind: effectCancel}, {kind: effectProbe}}
	case e.kind != eventProbed:
		return s, nil
	case e.verdict == probe.VerdictFull && s.submissions == 0:
		s.helper, e.helper = "", "" // not the helper's doing
		return online(s, e)
	case e.verdict == probe.VerdictFull, e.verdict == probe.VerdictPortal:
		return decide(s, e)
	}
	return retry(s, Deferred)
}

// waiting leaves the portal to the user, and probes whether the user passed it. If it
// waits only because no helper claimed the portal, a later claim counts: a slow portal
// may have shown no page the first time.
func waiting(s state, e event) (state, []effect) {
	switch {
	case e.kind == eventTimer:
		return s, []effect{{kind: effectProbe}}
	case e.kind == eventSuspected:
		return restart(s, Evaluating), []effect{{kind: effectCancel}, {kind: effectProbe}}
	case e.kind != eventProbed:
		return s, nil
	case e.verdict == probe.VerdictFull:
		s.helper, e.helper = "", "" // not the helper's doing
		return online(s, e)
	case e.verdict == probe.VerdictPortal && (s.helper == "" || s.stuck && s.attempts >= stuckTries):
		return decide(s, e)
	}
	return retry(s, s.phase)
}

func authenticated(s state, e event) (state, []effect) {
	switch e.kind {
	case eventTimer:
		s.phase = Maintaining
		if s.helper == "" {
			return s, []effect{{kind: effectProbe, look: true}}
		}
		return s, []effect{{kind: effectMaintain}}
	case eventSuspected:
		s.phase = Maintaining
		return s, []effect{{kind: effectProbe}}
	}
	return s, nil
}

func maintaining(s state, e event) (state, []effect) {
	switch e.kind {
	case eventFlowEnded:
		return s, []effect{{kind: effectProbe, look: e.outcome == flow.Submitted && !s.elsewhere}}
	case eventTimer:
		if s.elsewhere {
			return s, []effect{{kind: effectMaintain}}
		}
		return s, []effect{{kind: effectProbe}}
	case eventSuspected:
		s.attempts = 0
		return s, []effect{{kind: effectCancel}, {kind: effectProbe}}
	case eventProbed:
		return decide(s, e)
	}
	return s, nil
}

// loggingOff leaves the network alone in the end, regardless of what flow and probe say.
// What came of it is told by the [LogoffResult].
func loggingOff(s state, e event) (state, []effect) {
	switch e.kind {
	case eventFlowEnded:
		s.logoff = logoffOf(e)
		return s, []effect{{kind: effectProbe}}
	case eventTimer:
		return s, []effect{{kind: effectProbe}}
	case eventProbed:
		return checkLogoff(s, e)
	}
	return s, nil
}

// logoffOf is the result of a logoff while the link is still online.
func logoffOf(e event) LogoffResult {
	switch {
	case e.outcome == flow.Unsupported:
		return LogoffNoFlow
	case e.outcome == flow.Submitted:
		return LogoffStillOnline
	default:
		return LogoffFailed
	}
}

func checkLogoff(s state, e event) (state, []effect) {
	isOnline := e.verdict == probe.VerdictFull
	if s.looks && isOnline && e.helper != "" {
		s.helper, s.looks, s.checks = e.helper, false, 0
		return s, []effect{{kind: effectLogoff}}
	}
	s.checks++
	settled := e.verdict == probe.VerdictPortal || isOnline && (s.looks || s.logoff == LogoffNoFlow)
	if !settled && s.checks < logoffTries {
		return s, []effect{{kind: effectArm, after: backoff.After(s.checks - 1)}}
	}
	result := s.logoff
	switch {
	case e.verdict == probe.VerdictPortal:
		result = LogoffDone
	case isOnline && s.looks:
		result = LogoffNoHelper
	case !isOnline && result != LogoffNoFlow && result != LogoffFailed:
		result = LogoffUnverified
	}
	return state{phase: LoggedOff, network: s.network, off: s.off, logoff: result}, nil
}

// onRequest goes on as after joining when the link is not metered any more.
func onRequest(s state, e event) (state, []effect) {
	if e.kind == eventSuspected && !e.metered {
		return join(s, event{network: s.network, again: true})
	}
	return s, nil
}
