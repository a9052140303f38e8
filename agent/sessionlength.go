package agent

import (
	"time"

	"hotspot-helper/wifi"
)

// sessionLength is how long sessions on a network last, as far as that is known. Nobody told it: a session
// ended some time after it was last seen and before the portal was seen.
type sessionLength struct {
	Last    ageSpan `json:"last"`             // of the session that ended last
	Learned ageSpan `json:"learned,omitzero"` // of the last ones that ended at the same age; zero: not known
}

// ageSpan is an age of a session that lies between two others.
type ageSpan struct {
	After time.Duration `json:"after_ns"`
	By    time.Duration `json:"by_ns"`
}

const (
	// sameAge is by how much of their age sessions may differ that end at the same one.
	sameAge = 0.05
	// shortestLearned is the age of sessions that are worth learning: shorter ones are looked at often anyway.
	shortestLearned = 2 * time.Minute
	// longestLearned is the age up to which a session is one.
	longestLearned = 366 * 24 * time.Hour
	// exactAge is how well an age is known that is not looked at more closely.
	exactAge = 10 * time.Second
)

// isKnown reports whether the span says when a session ends, to the share of its age that counts as the same.
func (s ageSpan) isKnown() bool { return s.By > 0 && float64(s.By-s.After) <= 2*sameAge*float64(s.By) }

// isSame reports whether two sessions may have ended at the same age.
func (s ageSpan) isSame(other ageSpan) bool {
	return float64(s.After) <= float64(other.By)*(1+sameAge) && float64(other.After) <= float64(s.By)*(1+sameAge)
}

// meet returns the span that two sessions of the same age have in common, else the one that has both.
func (s ageSpan) meet(other ageSpan) ageSpan {
	after, by := max(s.After, other.After), min(s.By, other.By)
	if after <= by {
		return ageSpan{after, by}
	}
	return ageSpan{by, after}
}

// next returns what is known after another session ended.
func (l sessionLength) next(ended ageSpan) sessionLength {
	known := l.Learned
	if known.By == 0 {
		known = l.Last
	}
	if known.By > 0 && known.isSame(ended) {
		return sessionLength{Last: ended, Learned: known.meet(ended)}
	}
	return sessionLength{Last: ended}
}

// learnLength takes that the session is over and the portal is back, although nothing ended it here.
func (a *Agent) learnLength(as *association) {
	s := &as.session
	if s.began.IsZero() || !s.expires.IsZero() || s.seen.Before(s.began) {
		return
	}
	ended := ageSpan{After: s.seen.Sub(s.began), By: wallClock().Sub(s.began)}
	if ended.By < shortestLearned || ended.By > longestLearned {
		return
	}
	learned := a.store.lengthOf(as.identity).next(ended)
	a.store.setLength(as.identity, learned)
	if learned.Learned.isKnown() {
		a.logger.Info("sessions on this network end at the same age", "interface", as.link.Interface,
			"age", learned.Learned.By.Round(time.Second), "helper", as.state.helper)
	}
}

// beginUnknown takes that a person let the computer in, which is noticed now.
func (a *Agent) beginUnknown(as *association) {
	isWaiting := as.state.phase == PresentingUI || as.state.phase == Failed || as.state.phase == Deferred
	if isWaiting && as.session.began.IsZero() {
		as.session.began, as.session.length = wallClock(), a.store.lengthOf(as.identity).Learned
	}
}

// noteRenewal takes that a keepalive went well. Only the session's age shows whether that renewed it.
func (s *session) noteRenewal() {
	now := wallClock()
	if !s.expected().IsZero() && s.renewed.IsZero() && !now.Before(s.began.Add(s.length.After-extendLead)) {
		s.renewed = now
	}
}

// outlive takes that the session is alive. One that is older than others here became was renewed, so that it has the
// age of the renewal, or is none of that length.
func (s *session) outlive() {
	end := s.expected()
	switch {
	case end.IsZero() || !wallClock().After(end.Add(expiryGrace)):
	case s.renewed.IsZero():
		s.length = ageSpan{}
	default:
		s.began, s.renewed = s.renewed, time.Time{}
	}
}

// expected returns when the session is likely to end, by how long sessions here lasted before; zero: not
// known, or the portal tells.
func (s *session) expected() time.Time {
	if s.began.IsZero() || !s.expires.IsZero() || !s.length.isKnown() {
		return time.Time{}
	}
	return s.began.Add(s.length.By)
}

// nextByLength returns how long to leave a session alone because sessions here ended at some age before:
// until shortly before that if the helper can renew it, in the middle of the time in which they ended, so
// that the age is known better, and just after that time. It is zero if that says nothing.
func (s *session) nextByLength() time.Duration {
	if s.began.IsZero() || !s.expires.IsZero() || s.length.By == 0 {
		return 0
	}
	now := wallClock()
	if renew := s.began.Add(s.length.After - extendLead).Sub(now); s.canRenew() && s.length.isKnown() && renew > 0 {
		return renew
	}
	if s.length.By-s.length.After > exactAge {
		if middle := s.began.Add((s.length.After + s.length.By) / 2).Sub(now); middle > 0 {
			return middle
		}
	}
	if end := s.expected(); !end.IsZero() && end.After(now.Add(-expiryGrace)) {
		return s.untilOver(end.Sub(now))
	}
	return 0
}

// canRenew reports whether something can be done for the session before it ends.
func (s *session) canRenew() bool { return s.extends || s.every > 0 }

// lengthOf returns what is known of the sessions on a network.
func (s *Store) lengthOf(n wifi.Identity) sessionLength {
	if r := s.records(n)[0]; r.Length != nil && n.Complete() && r.Length.isValid() {
		return *r.Length
	}
	return sessionLength{}
}

// isValid reports whether the agent can have written it. Anything may have written the file.
func (l *sessionLength) isValid() bool {
	for _, span := range []ageSpan{l.Last, l.Learned} {
		if span.After < 0 || span.By < span.After || span.By > longestLearned {
			return false
		}
	}
	return true
}

func (s *Store) setLength(n wifi.Identity, l sessionLength) {
	if n.Complete() {
		s.change(n.String(), func(r *record) { r.Length = &l })
	}
}
