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
	began     time.Time         // the login that began it ended then, or it was seen then that a person did; zero: not known
	renewed   time.Time         // the first keepalive shortly before its learned end went well then; zero: none did
	length    ageSpan           // at which age sessions here ended before; zero: not known
	captures  map[string]string // by the flow that logged in
	leftOut   []string          // names of captures that a restart of the agent lost: they contained a secret
	every     time.Duration     // how often the helper wants to keep the session; 0: not known
	expires   time.Time         // wall-clock time; zero: not known
	extends   bool              // it can be extended
	allowance allowance         // the last one that the portal reported
	busy      portalPause       // of the keepalive
	usedUp    time.Time         // when the allowance is likely to be used up; zero: not known
}

// allowance is how many bytes a session had left at some time.
type allowance struct {
	bytes float64
	at    time.Time
}

// begin takes what a login that went well learned of the session.
func (s *session) begin(result flow.Result) {
	s.captures, s.leftOut, s.visited, s.expires, s.seen, s.busy = nil, nil, nil, time.Time{}, time.Time{}, portalPause{}
	s.renew(result)
}

// end takes that the session is over. What a logoff needs of it stays: it may not be over for the portal.
func (s *session) end() {
	s.seen, s.every, s.expires, s.extends, s.busy = time.Time{}, 0, time.Time{}, false, portalPause{}
	s.allowance, s.usedUp = allowance{}, time.Time{}
	s.began, s.renewed, s.length = time.Time{}, time.Time{}, ageSpan{}
}

// renew takes what a keepalive that went well learned of the session. What it does not tell stays.
func (s *session) renew(result flow.Result) {
	s.noteRenewal()
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
// one network do not ask at the same time. A keepalive that met a busy portal is due again when the
// portal wants it.
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
	if left := s.nextByLength(); left > 0 {
		next = min(next, left)
	}
	if left := s.busy.left(); left > 0 {
		next = min(left, period)
	}
	if !s.usedUp.IsZero() {
		next = min(next, max(s.usedUp.Sub(wallClock()), allowanceCheck))
	}
	return next, period
}
