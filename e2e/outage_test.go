package e2e

import (
	"testing"
	"time"
)

// TestGatewayRestart: a gateway that was restarted has forgotten its clients, and the agent logs in again.
func TestGatewayRestart(t *testing.T) {
	t.Parallel()
	g, a, first := loggedIn(t, gatewayConfig{})
	g.crash()
	g.startNDS()
	g.awaitSession(first, 30*time.Second)
	a.awaitOnline(captiveIF, 10*time.Second)
}

// TestOutage: while the gateway is gone the agent says so, and when it is back the agent heals the connection.
func TestOutage(t *testing.T) {
	t.Parallel()
	g, a, first := loggedIn(t, gatewayConfig{})
	gone := time.Now()
	g.vanish()
	a.awaitVerdict(captiveIF, 25*time.Second, limited, none)
	always(t, 30*time.Second-time.Since(gone), "agent sees the outage", a.says(captiveIF, limited, none))
	g.back()
	g.awaitSession(first, 60*time.Second)
	a.awaitOnline(captiveIF, 10*time.Second)
}

// TestCarrier: the wire is pulled and plugged in again.
func TestCarrier(t *testing.T) {
	t.Parallel()
	g, a, first := loggedIn(t, gatewayConfig{})
	g.l.ip(g.l.gateway, "link set lan0 down")
	g.l.leave(captiveIF)
	a.awaitVerdict(captiveIF, 10*time.Second, none)
	g.deauth()
	g.l.ip(g.l.gateway, "link set lan0 up")
	g.l.join(captiveIF, 100)
	g.awaitSession(first, 30*time.Second)
	a.awaitOnline(captiveIF, 10*time.Second)
}

// TestTwoLinks: one captive and one open interface, each judged apart, whatever happens to the other.
func TestTwoLinks(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	g := l.startGateway(gatewayConfig{})
	l.addOpenLink()
	a := l.newAgent(quick)
	a.start(captiveIF, openIF)
	a.awaitOnline(captiveIF, 30*time.Second)
	a.awaitOnline(openIF, 5*time.Second)
	if s, err := a.status(openIF); err != nil || s.Helper != "" {
		t.Errorf("open link: %+v, %v; want no helper for it", s, err)
	}
	first := g.awaitSession(0, time.Second)

	g.deauth()
	g.awaitSession(first, 30*time.Second)
	a.awaitOnline(captiveIF, 10*time.Second)
	g.vanish()
	a.awaitVerdict(captiveIF, 25*time.Second, limited, none)
	always(t, 5*time.Second, "open link stays full", a.says(openIF, full))
}
