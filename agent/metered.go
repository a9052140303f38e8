package agent

// spare keeps a metered link from being looked at unasked: neither after joining
// or a change, nor again after a while. What belongs to a request under way goes
// on: its login, and the looks that a slow gateway gets after it.
func spare(before state, e event, to state, effects []effect) (state, []effect) {
	looks := to.phase == Evaluating || to.phase == Maintaining
	happened := e.kind == eventJoined || e.kind == eventSuspected
	if happened && looks && (before.phase.Settled() || !before.metered) {
		to.phase = OnRequest
		return to, []effect{{kind: effectCancel}}
	}
	if len(effects) != 1 || effects[0].kind != effectArm {
		return to, effects
	}
	switch to.phase {
	case Verifying:
		if to.attempts < verifyTries {
			return to, effects
		}
		to.phase = OnRequest
	case Evaluating, Maintaining:
		to.phase = OnRequest
	}
	return to, nil
}
