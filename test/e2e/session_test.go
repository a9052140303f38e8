package e2e

import (
	"testing"
	"time"
)

// loggedIn is a lab with an agent that has logged in for the first time.
func loggedIn(t *testing.T, conf gatewayConfig) (*gateway, *agent) {
	t.Helper()
	l := newLab(t)
	g := l.startGateway(conf)
	a := l.newAgent(quick)
	a.start(captiveIF)
	a.awaitOnline(captiveIF)
	if n := g.logins(); n != 1 {
		t.Fatalf("online after %d logins, want 1", n)
	}
	return g, a
}

// TestDeauth checks that the agent logs in again after the gateway ended its session.
func TestDeauth(t *testing.T) {
	t.Parallel()
	g, a := loggedIn(t, gatewayConfig{})
	g.deauth()
	g.awaitLogin(2)
	a.awaitOnline(captiveIF)
}

// TestSessionTimeout checks that the agent logs in again after the session expired.
func TestSessionTimeout(t *testing.T) {
	t.Parallel()
	g, a := loggedIn(t, gatewayConfig{sessionMinutes: 1})
	begin := time.Now()
	g.awaitLogin(2)
	if took := time.Since(begin); took < 45*time.Second {
		t.Errorf("second login %v after the first: the session was not over", took)
	}
	a.awaitOnline(captiveIF)
}

// TestLogoff checks that the agent stays logged off until a login.
func TestLogoff(t *testing.T) {
	t.Parallel()
	g, a := loggedIn(t, gatewayConfig{})
	a.mustRun("logoff", "--interface", captiveIF)
	g.l.awaitWitness(captiveIF, intercepted)
	always(t, 20*time.Second, "stays logged off", func() (bool, string) {
		code := g.l.witness(captiveIF)
		return code != online && g.logins() == 1, "witness " + code
	})
	a.awaitVerdict(captiveIF, portal)
	a.mustRun("login", "--interface", captiveIF)
	g.awaitLogin(2)
	a.awaitOnline(captiveIF)
}
