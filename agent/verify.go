package agent

import (
	"slices"

	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

func authenticating(s state, e event) (state, []effect) {
	if e.kind == eventSuspected && e.lostWay {
		// If the flow had submitted something, eventAbandoned follows. The suspicion itself comes when its pace lets it.
		s.phase, s.helper = Evaluating, ""
		return s, []effect{{kind: effectCancel}, {kind: effectArm, after: paceDelays.Last}}
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
		if e.busy && e.sent {
			s.sender = s.helper // it may have worked
		}
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
	case e.verdict == probe.VerdictFull && s.submissions == 0 && s.sender == "":
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
	case e.kind == eventSuspected && e.window:
		s.attempts = 0
		return s, []effect{{kind: effectCancel}, {kind: effectProbe}}
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
