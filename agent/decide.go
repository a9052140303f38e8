package agent

import (
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

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
	case e.helper == "" && e.silent && !s.gentle:
		return retry(s, s.phase) // its page may come if nothing else is asked
	case e.helper == "" && e.elsewhere && s.phase == Maintaining && s.helper != "":
		s.elsewhere, s.attempts = true, s.attempts+1
		return s, []effect{{kind: effectArm, after: min(e.period, backoff.After(s.attempts-1))}}
	case e.helper == "" && e.busy:
		s.helper = ""
		return deferLogin(s, e)
	case e.helper == "":
		s.helper = ""
		return retry(s, PresentingUI)
	}
	return claimed(s, e)
}

// claimed logs in to a portal that a helper claims, unless the login has to wait.
func claimed(s state, e event) (state, []effect) {
	s.helper = e.helper
	if s.phase == Maintaining && s.wanted >= shortestSession {
		s.earlyChecks = 0 // the network told the truth: the session is over
	}
	switch {
	case e.credentialsRefused && (!s.requested || e.justRefused):
		s.requested = false
		return retry(s, Failed)
	case e.spent && !s.requested:
		s.sender = ""
		return retry(s, PresentingUI)
	case e.later > 0 && !s.requested:
		return deferLogin(s, e)
	case s.submissions >= maxSubmissions:
		return retry(s, PresentingUI)
	}
	s.phase, s.sender = Authenticating, ""
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
	var effects []effect
	if s.requested && s.phase == Maintaining { // asked for while the session goes on
		effects = append(effects, effect{kind: effectClearRefusals})
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
	return s, append(effects, effect{kind: effectArm, after: delay})
}

// retry goes to a phase, or stays in it, and probes again, each time after a longer delay.
func retry(s state, phase Phase) (state, []effect) {
	delay := backoff.After(s.attempts)
	s.phase = phase
	s.attempts++
	return s, []effect{{kind: effectArm, after: delay}}
}

// deferLogin waits until a login is tried again by itself. The probe sees meanwhile whether
// the user passed, unless the portal is busy and nothing was submitted.
func deferLogin(s state, e event) (state, []effect) {
	delay := max(e.later, backoff.First)
	if !e.busy || s.sender != "" {
		delay = min(delay, backoff.After(s.attempts))
	}
	s.phase, s.requested = Deferred, false
	s.attempts++
	return s, []effect{{kind: effectArm, after: delay}}
}

func authenticated(s state, e event) (state, []effect) {
	switch e.kind {
	case eventTimer:
		s.phase = Maintaining
		if s.helper == "" || e.busy {
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
		if s.elsewhere && !e.busy {
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
