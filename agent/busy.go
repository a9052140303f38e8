package agent

import (
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// A portal that answers 429 or 503 is busy. That says nothing of helper and user, so it is left
// alone for a while, and then all goes on.

// portalPause is how long a part of the portal is left alone, such as the captive portal API.
type portalPause struct {
	began time.Time // wall-clock time, like until
	until time.Time
	tries int // pauses in a row
}

// begin begins a pause. It lasts as long as the portal says, or longer than the one before; 0: it does not say.
func (p *portalPause) begin(after time.Duration) {
	p.began = wallClock()
	p.until, p.tries = p.began.Add(busyDelay(after, p.tries)), p.tries+1
}

// isOn reports whether it is left alone now.
func (p *portalPause) isOn() bool { return p.left() > 0 }

// left is how long the pause lasts; 0: it is over.
func (p *portalPause) left() time.Duration {
	if age := wallClock().Sub(p.began); isWithin(age, p.until.Sub(p.began)) {
		return p.until.Sub(p.began) - age
	}
	return 0
}

// longestShortPause bounds what a time that a portal gives is made longer to: a session may need its keepalive.
const longestShortPause = time.Minute

// busyDelay is how long a part of a busy portal is left alone after some pauses in a row: as long as it
// says, if that is not a short time again and again.
func busyDelay(after time.Duration, tries int) time.Duration {
	growing := holdBackoff(NeedBusy).After(tries)
	if after == 0 {
		return growing
	}
	return max(after, min(growing, longestShortPause))
}

// noteAPI takes what the link's captive portal API answered to a probe.
func (p *portalPause) noteAPI(e *probe.Evidence) {
	switch {
	case e.APIBusy:
		p.begin(e.APIAfter)
	case e.CAPPORT != nil:
		*p = portalPause{}
	}
}

// holdBusy makes logins wait if the portal's page says that it is busy. A helper that claims such a
// page may log in if the page gives no time: some portals send their page with any status.
func (a *Agent) holdBusy(as *association, e *event) {
	after, isBusy := as.findings.evidence.Busy()
	h, left := a.held(as, e.helper)
	isHeld := left > 0 && h.Kind == NeedBusy
	if isBusy && (after > 0 || e.helper == "") && (!isHeld || after > left) {
		a.holdLogins(as, NeedBusy, "", after)
	}
	h, e.later = a.held(as, e.helper)
	e.busy = e.later > 0 && h.Kind == NeedBusy
}

// isBusy reports whether a flow ended because the portal was busy, and when to try again; 0: not
// known.
func (r *flowRun) isBusy() (after time.Duration, isBusy bool) {
	mayBe := r.result.Outcome == flow.OutcomeUnknown || r.result.Outcome == flow.Unsupported || r.result.Outcome == flow.Submitted
	if !mayBe || r.session == nil || r.session.Page() == nil {
		return 0, false
	}
	return r.session.Page().Busy()
}

// finishBusy takes a keepalive or a logoff that ended because the portal was busy.
func (as *association) finishBusy(run *flowRun, e *event) {
	switch {
	case run.kind == plugins.FlowMaintain && run.busy:
		as.session.busy.begin(run.busyAfter)
		e.outcome = flow.Later
	case run.kind == plugins.FlowMaintain:
		as.session.busy = portalPause{}
	case run.kind == plugins.FlowLogoff && run.busy:
		e.busy, e.outcome, e.later = true, flow.Later, run.busyAfter
	}
}

// holdBusyLogin makes logins wait after one that ended because the portal was busy.
func (a *Agent) holdBusyLogin(as *association, run *flowRun, e *event) {
	a.holdLogins(as, NeedBusy, "", run.busyAfter)
	if run.sent && len(run.used) > 0 {
		a.noteBusy(as)
	}
	_, e.later = a.held(as, as.state.helper)
	e.outcome, e.busy, e.stuck = flow.Later, true, false
}
