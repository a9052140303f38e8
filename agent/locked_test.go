package agent_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/wifi"
)

// lockable makes the inputs those of a keyring, and returns what locks it.
func (s *stage) lockable() (lock func(locked bool)) {
	inputs := s.settings.Inputs
	var isLocked atomic.Bool
	s.settings.Inputs = func(helper plugins.Helper, input string) (portal.Value, bool, error) {
		if isLocked.Load() && input == "pin" {
			return portal.Value{}, false, fmt.Errorf("read input: %w", agent.ErrLocked)
		}
		return inputs(helper, input)
	}
	return isLocked.Store
}

// refusedThenLocked is a stage whose PIN was refused on a network; since then the agent was started
// again with a keyring that is locked, and the portal repeats the PIN.
func refusedThenLocked(t *testing.T) (s *stage, h *portaltest.Hotspot, lock func(bool)) {
	t.Helper()
	s, h = pinned(t)
	lock = s.lockable()
	s.start()
	s.join("wlan0", "Cafe", h)
	s.want("wlan0", time.Minute, agent.Failed)
	s.stop()
	lock(true)
	s.wires["wlan0"] = echoing(sentPIN)
	s.start()
	return s, h, lock
}

// A stored secret that cannot be read is not none: what the network says is held back, and the status says
// for which. When it can be read, all is shown, masked.
func TestALockedKeyringHoldsBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, _, lock := refusedThenLocked(t)
		defer func() { s.stop() }()
		for range 30 {
			time.Sleep(10 * time.Second)
			s.showsNoPIN()
		}
		as := s.association("wlan0")
		if as.Phase != agent.PresentingUI && as.Phase != agent.Failed || as.PortalURL != "http://10.0.0.1/…" {
			t.Errorf("%s, portal at %q", as.Phase, as.PortalURL)
		}
		if n := as.HeldBack; n == nil || n.Kind != agent.NeedSecretStore || !n.Locked || n.Helper != "vendor" || n.Input != "pin" {
			t.Errorf("held back for %+v", n)
		}
		lock(false)
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		as = s.association("wlan0")
		if as.HeldBack != nil || as.PortalURL != "http://10.0.0.1/[redacted]/login?pin=…&zone=…" {
			t.Errorf("unlocked: portal at %q, held back for %+v", as.PortalURL, as.HeldBack)
		}
		s.showsNoPIN()
	})
}

// Without a request the next probes read the secrets again.
func TestALockedKeyringIsReadAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, _, lock := refusedThenLocked(t)
		defer func() { s.stop() }()
		time.Sleep(time.Minute)
		if s.association("wlan0").HeldBack == nil {
			t.Error("nothing is held back")
		}
		lock(false)
		time.Sleep(6 * time.Minute)
		if as := s.association("wlan0"); as.HeldBack != nil || !strings.Contains(as.PortalURL, "[redacted]") {
			t.Errorf("portal at %q, held back for %+v", as.PortalURL, as.HeldBack)
		}
		s.showsNoPIN()
	})
}

// The journal of a network that could not be masked does not come to light on the next one.
func TestNothingHeldBackOutlivesItsNetwork(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, h, _ := refusedThenLocked(t)
		defer func() { s.stop() }()
		time.Sleep(time.Minute)
		s.rewire("wlan0", probetest.Transport(internet()))
		s.join("wlan0", "Other", h)
		as := s.want("wlan0", time.Minute, agent.Authenticated)
		if as.HeldBack != nil || len(as.Journal) < 3 || strings.Contains(as.Reason, "held back") {
			t.Errorf("%q, held back for %+v, journal of %d", as.Reason, as.HeldBack, len(as.Journal))
		}
		s.showsNoPIN()
	})
}

// keptSession is a helper that logs in with a PIN and captures what the portal says after that.
func keptSession(t *testing.T) *pack.Pack {
	t.Helper()
	const step = "expect = [{css = \"#t\"}]\n[step.capture]\ntok = {css = \"#t\"}\n"
	p, err := pack.Load(fstest.MapFS{
		"kept/pack.toml": {Data: []byte("format = 1\nname = \"kept\"\nversion = \"1.0.0\"\nlabel = \"Kept\"\ndescription = \"Kept.\"\n" +
			"[[claim]]\nconfidence = \"high\"\nportal_path = [\"/p\"]\n")},
		"kept/authenticate.toml": {Data: []byte("format = 1\nhosts = [\"@start\"]\n[inputs.pin]\nprompt = \"PIN\"\nsecret = true\n" +
			"[[step]]\nid = \"a\"\nopen = \"{{.probe.url}}\"\nexpect = [{css = \"form\"}]\n" +
			"[[step]]\nid = \"b\"\nsubmit = \"form\"\nfields = {pin = \"{{.input.pin}}\"}\n" + step)},
		"kept/maintain.toml": {Data: []byte("format = 1\nhosts = [\"@start\"]\nevery = 60\n" +
			"[[step]]\nid = \"k\"\nopen = \"http://10.0.0.1/keep?t={{.session.tok | urlencode}}\"\n" + step)},
	}, "kept", "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// While a stored secret cannot be read, nothing of the session is written: the portal may repeat the secret in
// what the keepalive captures. The keepalive itself goes on.
func TestALockedKeyringKeepsNoSession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t, plugins.Entry{Helper: keptSession(t)})
		s.settings.Inputs = func(plugins.Helper, string) (portal.Value, bool, error) { return portal.Secret(sentPIN), true, nil }
		s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
			return consent.Given{Terms: consent.Always, Cleartext: true}, nil
		}
		lock := s.lockable()
		var isIn atomic.Bool
		var kept atomic.Int64
		var said atomic.Value
		said.Store("aaaabbbb1111")
		s.wires["wlan0"] = probetest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), sentPIN) {
				isIn.Store(true)
			}
			w.Header().Set("Content-Type", "text/html")
			switch {
			case r.URL.Path == "/204" && isIn.Load():
				internet().ServeHTTP(w, r)
			case r.URL.Path == "/204":
				http.Redirect(w, r, "http://10.0.0.1/p", http.StatusFound)
			case r.URL.Path == "/keep":
				kept.Add(1)
				fmt.Fprintf(w, "<p id=t>%s</p>", said.Load())
			case isIn.Load():
				fmt.Fprintf(w, "<p id=t>%s</p>", said.Load())
			default:
				fmt.Fprint(w, "<form method=post action=/p><input name=pin type=password></form>")
			}
		}))
		s.start()
		defer func() { s.stop() }()
		s.join("wlan0", "Cafe", portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Internet: internet()}))
		time.Sleep(3 * time.Minute)
		s.stop()
		if before := kept.Load(); before == 0 || !strings.Contains(s.memoryText(), "aaaabbbb1111") {
			t.Fatalf("kept %d times, memory %s", before, s.memoryText())
		}
		lock(true)
		kept.Store(0)
		said.Store("x" + sentPIN)
		s.start()
		time.Sleep(5 * time.Minute)
		as := s.association("wlan0")
		if kept.Load() == 0 || as.Phase != agent.Authenticated && as.Phase != agent.Maintaining || as.HeldBack == nil {
			t.Errorf("%s, kept %d times, held back for %+v", as.Phase, kept.Load(), as.HeldBack)
		}
		s.showsNoPIN()
		lock(false)
		time.Sleep(3 * time.Minute)
		if as := s.association("wlan0"); as.HeldBack != nil {
			t.Errorf("unlocked: held back for %+v", as.HeldBack)
		}
		s.showsNoPIN()
		data, err := json.Marshal(s.association("wlan0"))
		if err != nil || strings.Contains(string(data), "held back") {
			t.Errorf("unlocked: %s", data)
		}
	})
}
