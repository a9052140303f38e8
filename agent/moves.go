package agent

import (
	"slices"
	"time"
)

// The bounds of the logins of one interface, whatever networks it joins. Who answers on a wire chooses how
// often it is another network: each hardware address of a gateway is one. Each network has bounds of its own.
const (
	// maxMoves is how many logins within movesWindow may submit something to another network than the one before.
	maxMoves    = 8
	movesWindow = time.Hour
)

// moves are the logins of an interface that submitted something. Nil has none.
type moves struct {
	sent    []time.Time // within paceWindow, oldest first
	moved   []time.Time // those among them and before, within movesWindow, to another network than the one before
	network string      // of the last one
	asked   string      // the network where the user asked for a login that has not submitted anything yet; empty: none
}

// movesOf is called by the loop only. Interfaces are made on this computer, so they are few.
func (a *Agent) movesOf(as *association) *moves {
	if a.moves[as.link.Interface] == nil {
		a.moves[as.link.Interface] = &moves{}
	}
	return a.moves[as.link.Interface]
}

// note counts a login that submitted something to a network.
func (m *moves) note(network string, now time.Time) {
	m.sent = within(append(m.sent, now), paceWindow, now)
	if network != m.network {
		m.moved = within(append(m.moved, now), movesWindow, now)
	}
	m.network = network
	if network == m.asked {
		m.asked = ""
	}
}

// until returns when the next login to a network may begin; in the past: now.
func (m *moves) until(network string, now time.Time) time.Time {
	if m == nil || network == m.asked {
		return time.Time{}
	}
	var until time.Time
	if sent := within(m.sent, paceWindow, now); len(sent) >= maxSent {
		until = sent[len(sent)-maxSent].Add(paceWindow)
	}
	if moved := within(m.moved, movesWindow, now); len(moved) >= maxMoves {
		if after := moved[len(moved)-maxMoves].Add(movesWindow); after.After(until) {
			until = after
		}
	}
	return until
}

// ask lets one login to a network begin, which the user asks for.
func (m *moves) ask(network string) {
	if m != nil {
		m.asked = network
	}
}

// within returns the times of a period that ends now.
func within(times []time.Time, period time.Duration, now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return !isWithin(now.Sub(t), period) })
}
