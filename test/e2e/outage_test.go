package e2e

import (
	"fmt"
	"testing"
	"time"
)

// TestGatewayRestart checks that the agent logs in again after the gateway restarted and lost its clients.
func TestGatewayRestart(t *testing.T) {
	t.Parallel()
	g, a := loggedIn(t, gatewayConfig{})
	g.crash()
	g.startNDS()
	g.awaitLogin(2)
	a.awaitOnline(captiveIF)
}

// TestOutage checks that the agent reports a gateway that is gone, and logs in again when it is back.
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

// TestCarrier unplugs the wire and plugs it in again.
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

// TestTwoLinks checks that a captive and an open interface have independent verdicts.
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
