package agent

import (
	"context"
	"time"

	"hotspot-helper/internal/wait"
)

// Bounds of how often an association looks whether its verdict holds, without a request of the user's.
const (
	// paceBurst is how many suspicions are looked into at once: a link changes a few times when it comes up.
	paceBurst = 3
	// quietTime is how long nothing is suspected until that many are again.
	quietTime = time.Minute
)

// paceDelays are between further suspicions.
var paceDelays = wait.Backoff{First: time.Second, Last: 30 * time.Second}

// windowTime is how long a person is taken to use the portal after the agent was told so: its page is left alone meanwhile.
const windowTime = time.Minute

// windowDelay is between those of a person who uses the portal, and waits for the result.
const windowDelay = 3 * time.Second

// suspicions keeps suspicions apart, each of which makes the agent probe: the network and other programs make as many
// as they like. The zero value has none.
type suspicions struct {
	count int                        // of suspicions that were looked into since a quiet time
	last  time.Time                  // when one was
	heard time.Time                  // when there was one
	due   func(loop context.Context) // what looks into the last one that waits; nil: none does
	timer *time.Timer

	window bool // what waits, waits no longer than windowDelay
}

// take returns how long a suspicion waits; 0: it is looked into now.
func (p *suspicions) take(now time.Time) time.Duration {
	if now.Sub(p.heard) >= quietTime {
		p.count = 0
	}
	p.heard = now
	if p.count >= paceBurst {
		if left := paceDelays.After(p.count-paceBurst) - now.Sub(p.last); left > 0 {
			return left
		}
	}
	p.count++
	p.last = now
	return 0
}

// drop forgets the suspicion that waits.
func (p *suspicions) drop() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.due, p.timer = nil, nil
}

// paced looks into a suspicion now, or when its time has come. Of several that wait, only the last one is, no later than
// any of them.
func (a *Agent) paced(loop context.Context, as *association, kind CauseKind, look func(loop context.Context)) {
	left := as.suspicions.take(time.Now())
	if kind == CauseWindow {
		left = min(left, windowDelay)
	}
	switch {
	case left == 0:
		as.suspicions.drop()
		look(loop)
	case as.suspicions.due != nil && kind != CauseWindow:
		as.suspicions.due = look
	case as.suspicions.due != nil && as.suspicions.window:
		as.suspicions.due = look
	default:
		as.suspicions.drop()
		as.suspicions.window = kind == CauseWindow
		as.suspicions.due = look
		var timer *time.Timer
		timer = time.AfterFunc(left, func() {
			a.post(loop, func(loop context.Context) {
				if look := as.suspicions.due; as.suspicions.timer == timer && look != nil {
					as.suspicions.drop()
					as.suspicions.count++
					as.suspicions.last = time.Now()
					look(loop)
				}
			})
		})
		as.suspicions.timer = timer
	}
}
