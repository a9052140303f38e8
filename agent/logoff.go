package agent

import (
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

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
