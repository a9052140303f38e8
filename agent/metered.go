package agent

// suppressProbing keeps a metered link from being probed without a request: after
// joining, after a change, or again after a delay. What belongs to a request goes on:
// its login, and the probes that wait for a slow gateway after it.
func suppressProbing(before state, e event, to state, effects []effect) (state, []effect) {
	probes := to.phase == Evaluating || to.phase == Maintaining || to.phase == Deferred
	happened := e.kind == eventJoined && !e.asked || e.kind == eventSuspected
	if happened && probes && (before.phase.Settled() || !before.metered) {
		to.phase = OnRequest
		return to, []effect{{kind: effectCancel}}
	}
	if len(effects) != 1 || effects[0].kind != effectArm {
		return to, effects
	}
	switch to.phase {
	case Verifying: // checks bounds the probes that see the portal, attempts those without an answer
		if to.attempts < verifyTries {
			return to, effects
		}
		to.phase = OnRequest
	case LoggingOff: // checks bounds the probes
		return to, effects
	case Evaluating, Maintaining, Deferred:
		to.phase = OnRequest
	}
	return to, nil
}
