package agent

import (
	"math/rand/v2"
	"time"

	"hotspot-helper/probe"
)

const (
	// extendLead is how long before its end a session is looked after that can be
	// extended: time enough for a flow.
	extendLead = 30 * time.Second
	// shortestLook is how soon an allowance of octets is looked at again at the earliest.
	shortestLook = 10 * time.Second
)

// allowance is how many octets a session had left at some time.
type allowance struct {
	octets float64
	at     time.Time
}

// learn takes what the portal's API says of the session (RFC 8908, section 5). Where
// it does not tell the expiry, what the flow learned stands.
func (as *association) learn(api *probe.CAPPORT) {
	as.extends = api != nil && api.CanExtendSession
	if api != nil && api.SecondsRemaining != nil {
		as.expires = time.Now().Add(seconds(*api.SecondsRemaining))
	}
	before := as.allowance
	as.allowance, as.drained = allowance{}, time.Time{}
	if api == nil || api.BytesRemaining == nil {
		return
	}
	as.allowance = allowance{*api.BytesRemaining, time.Now()}
	as.drained = drained(before, as.allowance)
}

// drained is when an allowance will be used up if it goes on as between two looks;
// zero where none was used.
func drained(before, now allowance) time.Time {
	used, took := before.octets-now.octets, now.at.Sub(before.at)
	if before.at.IsZero() || used <= 0 || took <= 0 {
		return time.Time{}
	}
	return now.at.Add(seconds(now.octets / used * took.Seconds()))
}

// seconds is a time that the network told, or that comes of what it told: within bounds.
func seconds(n float64) time.Duration {
	const year = 365 * 24 * 60 * 60
	return time.Duration(min(n, year) * float64(time.Second))
}

// nextLook is how long to leave a session alone: until just after it expires, or
// before where it can be extended; until its octets are likely to be used up; and
// never longer than the helper asks for, or than the keepalive period, give or take a
// tenth so that a train full of laptops does not ask in step.
func (as *association) nextLook(period time.Duration) time.Duration {
	period += time.Duration((rand.Float64() - 0.5) * 0.2 * float64(period))
	if as.every > 0 {
		period = min(period, as.every-rand.N(as.every/10+1)) // only ever earlier: what it keeps would be lost
	}
	if left := time.Until(as.expires); !as.expires.IsZero() && left > -time.Second {
		if left += time.Second; as.extends && left > 2*extendLead {
			left -= extendLead
		}
		period = min(period, left)
	}
	if !as.drained.IsZero() {
		period = min(period, max(time.Until(as.drained), shortestLook))
	}
	return period
}
