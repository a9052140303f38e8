package agent

import (
	"slices"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/wifi"
)

// hold keeps the agent from logging in to a network by itself until a time. It survives a
// restart.
type hold struct {
	Kind   NeedKind  `json:"kind"`
	Helper string    `json:"helper,omitempty"` // whose logins wait; empty: those of all
	Until  time.Time `json:"until"`            // wall-clock time
	Tries  int       `json:"tries,omitempty"`  // holds of that kind in a row before this one
}

const (
	// unchangedDelay is how long a login waits that changed nothing at the portal, as far as
	// the probe saw.
	unchangedDelay = time.Minute
	// shortestAfter and longestAfter bound the time that a portal gives for a limit to pass.
	shortestAfter, longestAfter = 10 * time.Second, 48 * time.Hour

	// maxSent is how many logins may submit something to one network within paceWindow,
	// whatever became of them.
	maxSent    = 4
	paceWindow = time.Minute
	// A session that ends within shortSession of its login did not last. After maxShort of
	// them in a row another device is likely to end them.
	shortSession = time.Minute
	maxShort     = 3
	// maxPaces bounds the networks whose pace is known.
	maxPaces = 1000
)

// holdBackoffs are the delays for reasons that tell no time.
func holdBackoff(kind NeedKind) wait.Backoff {
	switch kind {
	case NeedUnreachable:
		return wait.Backoff{First: 30 * time.Second, Last: 15 * time.Minute}
	case NeedBusy:
		return wait.Backoff{First: 5 * time.Second, Last: 10 * time.Minute}
	case NeedUnchanged:
		return wait.Backoff{First: unchangedDelay, Last: unchangedDelay}
	default:
		return wait.Backoff{First: 5 * time.Minute, Last: time.Hour}
	}
}

// pace is how often logins to one network submitted something, and how long its sessions
// lasted.
type pace struct {
	sent  []time.Time // within paceWindow, oldest first
	began time.Time   // of the present session, by a helper's login; zero: there is none
	short int         // sessions in a row that did not last
}

// paceOf is called by the loop only.
func (a *Agent) paceOf(as *association) *pace {
	key := as.identity.String()
	if a.paces[key] == nil {
		if len(a.paces) >= maxPaces {
			clear(a.paces)
		}
		a.paces[key] = &pace{}
	}
	return a.paces[key]
}

// noteSent counts a login that submitted something.
func (a *Agent) noteSent(as *association) {
	p, now := a.paceOf(as), wallClock()
	p.sent = slices.DeleteFunc(append(p.sent, now), func(t time.Time) bool { return now.Sub(t) >= paceWindow })
	if len(p.sent) >= maxSent {
		a.holdLogins(as, NeedPace, "", p.sent[0].Add(paceWindow).Sub(now))
	}
}

// noteOnline notes that a helper's login let the user in.
func (a *Agent) noteOnline(as *association) {
	a.paceOf(as).began = wallClock()
	if h := a.store.holdOf(as.identity); h != nil && h.Kind != NeedPace && h.Kind != NeedOtherDevice {
		a.store.setHold(as.identity, nil)
	}
}

// noteEnd notes that the portal is back, although nothing happened to the link.
func (a *Agent) noteEnd(as *association) {
	p := a.paceOf(as)
	if p.began.IsZero() {
		return
	}
	now, expires := wallClock(), as.session.expires
	wasOver := !expires.IsZero() && !now.Before(expires) // as the portal said
	p.short++
	if wasOver || now.Sub(p.began) > shortSession {
		p.short = 0
	}
	p.began = time.Time{}
	if wasOver {
		p.sent = nil
	}
	if p.short >= maxShort {
		a.holdLogins(as, NeedOtherDevice, "", holdBackoff(NeedOtherDevice).After(p.short-maxShort))
	}
}

// noteLost notes that the network is gone: the end of its session says nothing.
func (a *Agent) noteLost(as *association) { a.paceOf(as).began = time.Time{} }

// holdLogins makes logins wait. A delay of 0 is not known: it grows with each hold in a row. A
// hold that lasts longer stays.
func (a *Agent) holdLogins(as *association, kind NeedKind, helper string, delay time.Duration) {
	before, now := a.store.holdOf(as.identity), wallClock()
	h := hold{Kind: kind, Helper: helper}
	if before != nil && before.Kind == kind {
		h.Tries = before.Tries + 1
	}
	if delay == 0 {
		delay = holdBackoff(kind).After(h.Tries)
	}
	h.Until = now.Add(delay).UTC()
	if before == nil || before.Kind == kind || before.Until.Before(h.Until) {
		a.store.setHold(as.identity, &h)
	}
}

// held returns what makes the logins of a helper wait, and for how long; nil: nothing does.
func (a *Agent) held(as *association, helper string) (*hold, time.Duration) {
	h := a.store.holdOf(as.identity)
	if h == nil || h.Helper != "" && h.Helper != helper {
		return nil, 0
	}
	left := h.Until.Sub(wallClock())
	if left <= 0 {
		return nil, 0
	}
	return h, min(left, longestAfter)
}

// why says what a hold waits for.
func (h *hold) why() string {
	switch h.Kind {
	case NeedOtherDevice:
		return "the session ended right after each login, so another device seems to take it over"
	case NeedPace:
		return "the network or its session comes and goes, so the next login waits"
	case NeedUnreachable:
		return "the service that decides on logins does not answer"
	case NeedBusy:
		return "the portal is busy and wants to be left alone for a while"
	case NeedUnchanged:
		return "the login changed nothing"
	default:
		return "the portal wants the login to be tried later"
	}
}

// holdOf returns the hold on logins to the network, which may be over; nil: none.
func (s *Store) holdOf(n wifi.Identity) *hold { return s.records(n)[0].Hold }

// setHold replaces the hold on logins to the network; nil: none.
func (s *Store) setHold(n wifi.Identity, h *hold) {
	s.change(n.String(), func(r *record) { r.Hold = h })
}
