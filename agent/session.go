package agent

import (
	"math/rand/v2"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

const (
	// extendLead is how long before its end a session that can be extended is checked:
	// time enough for a flow.
	extendLead = 30 * time.Second
	// expiryMargin is how long after the end of a session it is checked: a round trip, so that
	// the portal counts it as over.
	expiryMargin = 250 * time.Millisecond
	// expiryGrace is how much later than told a session may end: portals count in seconds.
	expiryGrace = time.Second
	// allowanceCheck is how soon a data allowance is checked again at the earliest.
	allowanceCheck = 10 * time.Second
)

// session is a session on a network: what is known of it, and of the login that began it.
type session struct {
	helper    plugins.Helper    // that logged in: it keeps the session, also if another pack takes its place
	portal    *probe.Evidence   // that it was logged in at; nil: not known
	visited   []portal.Visit    // responses of its flows that set cookies
	seen      time.Time         // the link was online then; zero: not yet
	captures  map[string]string // by the flow that logged in
	every     time.Duration     // how often the helper wants to keep the session; 0: not known
	expires   time.Time         // wall-clock time; zero: not known
	extends   bool              // it can be extended
	allowance allowance         // the last one that the portal reported
	usedUp    time.Time         // when the allowance is likely to be used up; zero: not known
}

// allowance is how many bytes a session had left at some time.
type allowance struct {
	bytes float64
	at    time.Time
}

// begin takes what a login that went well learned of the session.
func (s *session) begin(result flow.Result) {
	s.captures, s.visited, s.expires, s.seen = nil, nil, time.Time{}, time.Time{}
	s.renew(result)
}

// renew takes what a keepalive that went well learned of the session. What it does not tell stays.
func (s *session) renew(result flow.Result) {
	s.every = result.Every
	if result.Captures != nil {
		s.captures = result.Captures
	}
	if result.Expires > 0 {
		s.expires = wallClock().Add(result.Expires)
	}
}

// learn takes what the portal's API says of the session (RFC 8908, section 5). If it says
// nothing of the expiry, what is known stays. A session that has no time left and is not
// captive contradicts itself, which tells no expiry.
func (s *session) learn(api *probe.CAPPORT) {
	s.extends = api != nil && api.CanExtendSession
	if api != nil && api.SecondsRemaining != nil && *api.SecondsRemaining > 0 {
		s.expires = wallClock().Add(seconds(*api.SecondsRemaining))
	}
	before := s.allowance
	s.allowance, s.usedUp = allowance{}, time.Time{}
	if api == nil || api.BytesRemaining == nil {
		return
	}
	s.allowance = allowance{*api.BytesRemaining, wallClock()}
	s.usedUp = extrapolate(before, s.allowance)
}

// extrapolate returns when an allowance will be used up at the pace between two checks;
// zero if nothing was used.
func extrapolate(before, now allowance) time.Time {
	used, took := before.bytes-now.bytes, now.at.Sub(before.at)
	if before.at.IsZero() || used <= 0 || took <= 0 {
		return time.Time{}
	}
	return now.at.Add(seconds(now.bytes / used * took.Seconds()))
}

// untilOver returns when to check a session that has some time left. If it is not over then, it
// is checked once more at the end of the grace.
func (s *session) untilOver(left time.Duration) time.Duration {
	if left+expiryMargin > 0 {
		return left + expiryMargin
	}
	return left + expiryGrace + expiryMargin
}

// seconds bounds a duration that comes from the network.
func seconds(n float64) time.Duration {
	const year = 365 * 24 * 60 * 60
	return time.Duration(min(n, year) * float64(time.Second))
}

// nextCheck returns how long to leave a session alone: until just after it expires, or
// before that if it can be extended; until its allowance is likely to be used up; and
// never longer than a period, which does not depend on what the network says: as the helper
// wants, and at most the keepalive period. That varies by a tenth, so that many laptops on
// one network do not ask at the same time.
func (s *session) nextCheck(keepalive time.Duration) (next, period time.Duration) {
	period = keepalive + time.Duration((rand.Float64()-0.5)*0.2*float64(keepalive))
	if s.every > 0 {
		period = min(period, s.every-rand.N(s.every/10+1)) // never later, or the session would be lost
	}
	next = period
	if left := s.expires.Sub(wallClock()); !s.expires.IsZero() && left > -expiryGrace {
		left = s.untilOver(left)
		if s.extends && left > 2*extendLead {
			left -= extendLead
		}
		next = min(next, left)
	}
	if !s.usedUp.IsZero() {
		next = min(next, max(s.usedUp.Sub(wallClock()), allowanceCheck))
	}
	return next, period
}
