package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// Configurations.
const (
	quick  = "keepalive = \"5s\"\n" // probe often: these tests cannot wait for minutes
	person = "[helper.opennds.inputs]\nname = \"Ada Lovelace\"\nemail = \"ada@example.test\"\n"
)

// Exit codes of the helper.
const (
	exitPortal    = 3 // probe
	exitNeedsUser = 7 // login
)

// forBoth runs f for both logins of openNDS, with a configuration that is sufficient for each.
func forBoth(t *testing.T, f func(t *testing.T, option int, config string)) {
	t.Helper()
	t.Parallel()
	t.Run("click", func(t *testing.T) {
		t.Parallel()
		f(t, clickThrough, quick)
	})
	t.Run("name and email", func(t *testing.T) {
		t.Parallel()
		f(t, nameAndEmail, quick+person)
	})
}

// TestLoginOnce checks that one command logs in without an agent, and that its exit code says so.
func TestLoginOnce(t *testing.T) {
	forBoth(t, func(t *testing.T, option int, config string) {
		l := newLab(t)
		l.startGateway(gatewayConfig{loginOption: option})
		a := l.newAgent(config)
		a.wantProbe(captiveIF, exitPortal, portal)
		for _, when := range []string{"captive", "online already"} {
			if r := a.helper("login", "--interface", captiveIF, "--config", a.config); r.code != 0 {
				t.Fatalf("login when %s: exit %d\n%s%s", when, r.code, r.stdout, r.stderr)
			}
			if code := l.witness(captiveIF); code != online {
				t.Fatalf("witness after login when %s: %s, want %s", when, code, online)
			}
		}
		a.wantProbe(captiveIF, 0, full)
	})
}

// TestLoginNeedsUser checks that a form that asks for an input which is not configured is left to the user.
func TestLoginNeedsUser(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.startGateway(gatewayConfig{loginOption: nameAndEmail})
	a := l.newAgent(quick)
	if r := a.helper("login", "--interface", captiveIF, "--config", a.config); r.code != exitNeedsUser {
		t.Errorf("login without a name: exit %d, want %d\n%s%s", r.code, exitNeedsUser, r.stdout, r.stderr)
	}
	if code := l.witness(captiveIF); code != intercepted {
		t.Errorf("witness: %s, want %s", code, intercepted)
	}
}

// TestRun checks that the agent logs in by itself.
func TestRun(t *testing.T) {
	forBoth(t, func(t *testing.T, option int, config string) {
		l := newLab(t)
		g := l.startGateway(gatewayConfig{loginOption: option})
		a := l.newAgent(config)
		a.start(captiveIF)
		a.awaitOnline(captiveIF)
		if n := g.logins(); n != 1 {
			t.Errorf("online after %d logins, want 1", n)
		}
		if out := a.mustRun("networks", "--json"); strings.TrimSpace(out) != "[]" {
			t.Errorf("networks without a radio: %s", out)
		}
		if s, err := a.status(captiveIF); err != nil || s.Helper == "" {
			t.Errorf("status without the helper that logged in: %+v, %v", s, err)
		}
		a.stop()
	})
}

// TestStop checks that the agent ends at once, also while it waits for the user.
func TestStop(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.startGateway(gatewayConfig{loginOption: nameAndEmail})
	a := l.newAgent(quick)
	a.start(captiveIF)
	a.awaitVerdict(captiveIF, portal)
	a.stop()
}

// wantProbe checks one `helper probe`.
func (a *agent) wantProbe(ifname string, code int, verdict string) {
	a.l.t.Helper()
	r := a.helper("probe", "--interface", ifname, "--config", a.config, "--json")
	var got struct {
		Verdict string `json:"verdict"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
		a.l.t.Fatalf("read probe: %v\n%s%s", err, r.stdout, r.stderr)
	}
	if r.code != code || !strings.EqualFold(got.Verdict, verdict) {
		a.l.t.Fatalf("probe of %s: exit %d, verdict %q, want %d, %q\n%s", ifname, r.code, got.Verdict, code, verdict, r.stderr)
	}
}
