package agent

import (
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// logOff needs a helper in the phases in which the portal may have let the user in. A
// network that is online without a helper, and that none claims, cannot be logged off from: it is
// open, or the user logged in by hand. Where it is not known whether there is a session, the probe says so.
func logOff(s state, e event) (state, []effect) {
	mayBeIn := s.mayBeIn()
	switch {
	case s.phase == Inactive, s.phase == LoggingOff, s.phase == LoggedOff && s.logoff == LogoffDone:
		return s, nil
	case (mayBeIn || e.exit) && (s.helper == "" || !mayBeIn) && (e.exit || !e.claimed):
		return s, nil
	}
	s.off, s.checks, s.attempts = !e.exit, 0, 0
	s.waited, s.isWaiting = 0, false
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
		if delay := busyDelay(e.later, s.checks); e.busy && s.waited+delay <= longestWait {
			s.isWaiting, s.waited, s.checks = true, s.waited+delay, s.checks+1
			return s, []effect{{kind: effectArm, after: delay}}
		}
		s.logoff, s.checks = logoffOf(e), 0
		return s, []effect{{kind: effectProbe}}
	case eventTimer:
		if s.isWaiting {
			s.isWaiting = false
			return s, []effect{{kind: effectLogoff}}
		}
		return s, []effect{{kind: effectProbe}}
	case eventProbed:
		return checkLogoff(s, e)
	}
	return s, nil
}

// logoffOf is the result of a logoff while the link is still online.
func logoffOf(e event) LogoffResult {
	switch {
	case e.busy:
		return LogoffBusy
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
	settled := e.verdict == probe.VerdictPortal || isOnline && (s.looks || isFinalLogoff(s.logoff))
	if !settled && s.checks < logoffTries {
		return s, []effect{{kind: effectArm, after: backoff.After(s.checks - 1)}}
	}
	return state{phase: LoggedOff, network: s.network, off: s.off, logoff: s.logoffResult(e.verdict)}, nil
}

// mayBeIn reports whether the portal may have let the user in.
func (s state) mayBeIn() bool {
	switch s.phase {
	case Authenticating, Verifying, Authenticated, Maintaining:
		return true
	case Evaluating:
		return s.sender != ""
	default:
		return false
	}
}

// isFinalLogoff reports whether a result does not depend on what the probe says later.
func isFinalLogoff(r LogoffResult) bool { return r == LogoffNoFlow || r == LogoffBusy }

// logoffResult is what came of a logoff by the last verdict.
func (s state) logoffResult(verdict probe.Verdict) LogoffResult {
	switch {
	case verdict == probe.VerdictPortal:
		return LogoffDone
	case verdict == probe.VerdictFull && s.looks:
		return LogoffNoHelper
	case verdict != probe.VerdictFull && !isFinalLogoff(s.logoff) && s.logoff != LogoffFailed:
		return LogoffUnverified
	}
	return s.logoff
}
