package e2e

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// custom is a name with spaces, an ampersand and letters beyond ASCII.
const custom = "Hôtel Zur Post & Café"

// TestFAS checks a login at the authentication server that openNDS ships, and that it is one login:
// the form is sent once, also if the user asks for a login while the agent makes it.
func TestFAS(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	g := l.startGateway(gatewayConfig{fas: true, name: custom})
	a := l.newAgent(quick + person)
	a.start(captiveIF)
	a.awaitVerdict(captiveIF, portal, full)
	var asked sync.WaitGroup
	for range 2 {
		asked.Go(func() {
			// A gateway that is too busy to answer the probe ends it; the agent goes on by itself.
			r := a.helper("login", "--interface", captiveIF)
			t.Logf("login: exit %d\n%s%s", r.code, r.stdout, r.stderr)
		})
	}
	asked.Wait()
	a.awaitOnline(captiveIF)
	always(t, 10*time.Second, "one submission, one login", func() (bool, string) {
		return g.submissions() == 1 && g.logins() == 1, fmt.Sprintf("%d submissions, %d logins", g.submissions(), g.logins())
	})
	if s, err := a.status(captiveIF); err != nil || s.Helper != "opennds" {
		t.Errorf("status %+v, %v", s, err)
	}
}

// TestGatewayName checks logins at a gateway with a name of its operator.
func TestGatewayName(t *testing.T) {
	forBoth(t, func(t *testing.T, option int, config string) {
		l := newLab(t)
		g := l.startGateway(gatewayConfig{loginOption: option, name: custom})
		a := l.newAgent(config)
		a.start(captiveIF)
		a.awaitOnline(captiveIF)
		if n := g.logins(); n != 1 {
			t.Errorf("online after %d logins, want 1", n)
		}
	})
}

// TestLogoffAfterRestart checks that an agent logs off from the session of the one before.
func TestLogoffAfterRestart(t *testing.T) {
	t.Parallel()
	g, a := loggedIn(t, gatewayConfig{})
	a.stop()
	a.startRun(captiveIF)
	a.awaitVerdict(captiveIF, full)
	a.mustRun("logoff", "--interface", captiveIF)
	g.l.awaitWitness(captiveIF, intercepted)
	always(t, 10*time.Second, "stays logged off", func() (bool, string) {
		code := g.l.witness(captiveIF)
		return code != online && g.logins() == 1, "witness " + code
	})
}
