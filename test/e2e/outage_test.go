package e2e

import (
	"fmt"
	"testing"
	"time"
)

// TestGatewayRestart: a gateway that was restarted has forgotten its clients, and the agent logs in again.
func TestGatewayRestart(t *testing.T) {
	t.Parallel()
	g, a := loggedIn(t, gatewayConfig{})
	g.crash()
	g.startNDS()
	g.awaitLogin(2)
	a.awaitOnline(captiveIF)
}

// TestOutage: while the gateway is gone the agent says so, and when it is back the agent heals the connection.
func TestOutage(t *testing.T) {
	t.Parallel()
	g, a := loggedIn(t, gatewayConfig{})
	gone := time.Now()
	g.vanish()
	a.awaitVerdict(captiveIF, limited, none)
	always(t, 30*time.Second-time.Since(gone), "agent sees the outage", a.says(captiveIF, limited, none))
	g.back()
	g.awaitLogin(2)
	a.awaitOnline(captiveIF)
}

// TestCarrier: the wire is pulled and plugged in again.
func TestCarrier(t *testing.T) {
	t.Parallel()
	g, a := loggedIn(t, gatewayConfig{})
	g.l.ip(g.l.gateway, "link set lan0 down")
	eventually(t, patience, "agent sees the wire pulled", func() (bool, string) {
		s, err := a.status(captiveIF)
		return err == nil && s.Phase == "inactive" && s.Verdict == none, fmt.Sprintf("%+v, %v", s, err)
	})
	g.l.leave(captiveIF)
	g.deauth()
	g.l.ip(g.l.gateway, "link set lan0 up")
	g.l.join(captiveIF, 100)
	g.awaitLogin(2)
	a.awaitOnline(captiveIF)
}

// TestTwoLinks: one captive and one open interface, each judged apart, whatever happens to the other.
func TestTwoLinks(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	g := l.startGateway(gatewayConfig{})
	l.addOpenLink()
	a := l.newAgent(quick)
	a.start(captiveIF, openIF)
	a.awaitOnline(captiveIF)
	a.awaitOnline(openIF)
	if s, err := a.status(openIF); err != nil || s.Helper != "" {
		t.Errorf("open link: %+v, %v; want no helper for it", s, err)
	}

	g.deauth()
	g.awaitLogin(2)
	a.awaitOnline(captiveIF)
	g.vanish()
	a.awaitVerdict(captiveIF, limited, none)
	always(t, 5*time.Second, "open link stays full", a.says(openIF, full))
}
