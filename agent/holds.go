package agent

import (
	"maps"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/wifi"
)

// hold keeps the agent from logging in to a network by itself until a time. It survives a
// restart.
type hold struct {
	Kind   NeedKind  `json:"kind"`
	Helper string    `json:"helper,omitempty"` // whose logins wait; empty: those of all
	Since  time.Time `json:"since,omitzero"`   // wall-clock time, like Until
	Until  time.Time `json:"until"`
	// Tries are the holds of each kind since the last login that let in, also those that another kind replaced
	// before they were over.
	Tries map[NeedKind]int `json:"holds,omitempty"`
	// Busy are the logins with the user's credentials since then that a busy portal answered.
	Busy int `json:"busy,omitempty"`
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
	// maxBusy is how many logins with credentials a busy portal gets before they wait for the user.
	maxBusy = 10
	// staleHold is how long after its end a hold is forgotten.
	staleHold = 24 * time.Hour
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

// holdDelay is how long logins wait after some holds of that kind. A time that the network gives makes that
// longer, never shorter; 0: it gives none.
func holdDelay(kind NeedKind, given time.Duration, tries int) time.Duration {
	tries = max(tries, 0) // anything may have written the file
	if given == 0 {
		return holdBackoff(kind).After(tries)
	}
	shortest := wait.Backoff{}
	switch kind {
	case NeedBusy:
		shortest = holdBackoff(kind)
	case NeedLimit, NeedUnreachable:
		shortest = wait.Backoff{First: shortestAfter, Last: 10 * time.Minute}
	default:
		return given // it is the agent's own
	}
	return max(given, shortest.After(tries))
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
	p.sent = within(append(p.sent, now), paceWindow, now)
	if len(p.sent) >= maxSent {
		a.holdLogins(as, NeedPace, "", p.sent[0].Add(paceWindow).Sub(now))
	}
}

// noteOnline notes that a helper's login let the user in.
func (a *Agent) noteOnline(as *association) {
	a.paceOf(as).began = wallClock()
	switch h := a.holdOf(as); {
	case h == nil:
	case h.Kind == NeedPace || h.Kind == NeedOtherDevice:
		a.store.setHold(as.identity, &hold{Kind: h.Kind, Helper: h.Helper, Since: h.Since, Until: h.Until})
	default:
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
	if wasOver || !isWithin(now.Sub(p.began), shortSession) {
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

// holdLogins makes logins wait for a time that the network or the agent gives, or that grows with each hold of that
// kind; 0: none is given. A hold that lasts longer stays.
func (a *Agent) holdLogins(as *association, kind NeedKind, helper string, given time.Duration) {
	before, now := a.holdOf(as), wallClock()
	h := hold{Kind: kind, Helper: helper, Since: now.UTC(), Tries: map[NeedKind]int{}}
	if !before.isStale(now) {
		h.Busy = before.Busy
		maps.Copy(h.Tries, before.Tries)
	}
	tries := h.Tries[kind]
	h.Until = now.Add(min(holdDelay(kind, given, tries), longestAfter)).UTC()
	h.Tries[kind] = tries + 1
	if before != nil && before.Kind != kind && !before.Until.Before(h.Until) {
		h.Kind, h.Helper, h.Since, h.Until = before.Kind, before.Helper, before.Since, before.Until
	}
	a.store.setHold(as.identity, &h)
}

// noteBusy counts a login with credentials that a busy portal answered. It follows holdLogins.
func (a *Agent) noteBusy(as *association) {
	if before := a.holdOf(as); before != nil {
		h := *before
		h.Busy++
		a.store.setHold(as.identity, &h)
	}
}

// isStale reports whether a hold says nothing any more. Nil is stale.
func (h *hold) isStale(now time.Time) bool { return h == nil || now.Sub(h.Until) > staleHold }

// isSpent reports whether a busy portal got so many logins with credentials that the next one is the user's.
func (a *Agent) isSpent(as *association) bool {
	h := a.holdOf(as)
	return !h.isStale(wallClock()) && h.Busy >= maxBusy
}

// held returns what makes the logins of a helper wait, and for how long; nil: nothing does.
func (a *Agent) held(as *association, helper string) (*hold, time.Duration) {
	h, now := a.holdOf(as), wallClock()
	if h != nil && h.Helper != "" && h.Helper != helper {
		h = nil
	}
	if until := a.moves[as.link.Interface].until(as.identity.String(), now); h == nil || h.Until.Before(until) {
		h = &hold{Kind: NeedPace, Until: until}
	}
	left := h.Until.Sub(now)
	if left <= 0 {
		return nil, 0
	}
	return h, left
}

// holdOf returns the hold on logins to a network, which may be over; nil: none. If the clock was set back since it
// began, it begins again: it never lasts longer than it was made for, and setting the clock does not end it.
func (a *Agent) holdOf(as *association) *hold {
	h, now := a.store.holdOf(as.identity), wallClock()
	if h == nil || !now.Before(h.Since) && h.Until.Sub(now) <= longestAfter {
		return h
	}
	again := *h
	again.Since, again.Until = now.UTC(), now.Add(min(h.Until.Sub(h.Since), longestAfter)).UTC()
	a.store.setHold(as.identity, &again)
	return &again
}

// isWithin reports whether the age of something is less than a time. An age below zero is none: the clock was set back.
func isWithin(age, most time.Duration) bool { return age >= 0 && age < most }

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
