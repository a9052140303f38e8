package e2e

import (
	"testing"
	"time"
)

// loggedIn is a lab with an agent that has just logged in, and the time of that login.
func loggedIn(t *testing.T, conf gatewayConfig) (*gateway, *agent, int64) {
	t.Helper()
	l := newLab(t)
	g := l.startGateway(conf)
	a := l.newAgent(quick)
	a.start(captiveIF)
	a.awaitOnline(captiveIF, 30*time.Second)
	return g, a, g.awaitSession(0, time.Second)
}

// TestDeauth: thrown out by the gateway, the agent logs in again.
func TestDeauth(t *testing.T) {
	t.Parallel()
	g, a, first := loggedIn(t, gatewayConfig{})
	g.deauth()
	g.awaitSession(first, 30*time.Second)
	a.awaitOnline(captiveIF, 10*time.Second)
}

// TestSessionTimeout: the session ends by itself after a minute, and the agent logs in again.
func TestSessionTimeout(t *testing.T) {
	t.Parallel()
	g, a, first := loggedIn(t, gatewayConfig{sessionMinutes: 1})
	again := g.awaitSession(first, 110*time.Second)
	if again-first < 60 {
		t.Errorf("second login %d s after the first: the session was not over", again-first)
	}
	a.awaitOnline(captiveIF, 10*time.Second)
}

// TestLogoff: who logged off stays off until told otherwise.
func TestLogoff(t *testing.T) {
	t.Parallel()
	g, a, first := loggedIn(t, gatewayConfig{})
	a.mustRun("logoff", "--interface", captiveIF)
	g.l.awaitWitness(captiveIF, intercepted, 5*time.Second)
	always(t, 20*time.Second, "logged off", func() (bool, string) {
		code := g.l.witness(captiveIF)
		return code == intercepted, "witness " + code
	})
	a.awaitVerdict(captiveIF, 5*time.Second, portal)
	a.mustRun("login", "--interface", captiveIF)
	g.awaitSession(first, time.Second)
	a.awaitOnline(captiveIF, 5*time.Second)
}
