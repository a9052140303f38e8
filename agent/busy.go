package agent

import (
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// A portal that answers 429 or 503 is busy. That says nothing of helper and user, so it is left
// alone for a while, and then all goes on.

// apiPause is how long the link's captive portal API is left alone.
type apiPause struct {
	until time.Time // wall-clock time
	tries int       // pauses in a row
}

// note takes what the API answered to a probe.
func (p *apiPause) note(e *probe.Evidence) {
	switch {
	case e.APIBusy:
		after := e.APIAfter
		if after == 0 {
			after = holdBackoff(NeedBusy).After(p.tries)
		}
		p.until, p.tries = wallClock().Add(after), p.tries+1
	case e.CAPPORT != nil:
		*p = apiPause{}
	}
}

// isOn reports whether the API is left alone now.
func (p *apiPause) isOn() bool { return wallClock().Before(p.until) }

// holdBusy makes logins wait if the portal's page says that it is busy. A helper that claims such a
// page may log in if the page gives no time: some portals send their page with any status.
func (a *Agent) holdBusy(as *association, e *event) {
	after, isBusy := as.findings.evidence.Busy()
	h, left := a.held(as, e.helper)
	isHeld := left > 0 && h.Kind == NeedBusy
	if isBusy && (after > 0 || e.helper == "" && !isHeld) {
		a.holdLogins(as, NeedBusy, "", after)
	}
	h, e.later = a.held(as, e.helper)
	e.busy = e.later > 0 && h.Kind == NeedBusy
}

// isBusy reports whether a login ended because the portal was busy, and when to try again; 0: not
// known.
func (r *flowRun) isBusy() (after time.Duration, isBusy bool) {
	mayBe := r.result.Outcome == flow.OutcomeUnknown || r.result.Outcome == flow.Unsupported || r.result.Outcome == flow.Submitted
	if r.kind != plugins.FlowAuthenticate || !mayBe || r.session == nil || r.session.Page() == nil {
		return 0, false
	}
	return r.session.Page().Busy()
}

// holdBusyLogin makes logins wait after one that ended because the portal was busy.
func (a *Agent) holdBusyLogin(as *association, run *flowRun, e *event) {
	a.holdLogins(as, NeedBusy, "", run.busyAfter)
	_, e.later = a.held(as, as.state.helper)
	e.outcome, e.busy, e.stuck = flow.Later, true, false
}
