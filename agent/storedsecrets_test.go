package agent_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
)

// echoing is a portal that repeats a PIN in addresses and pages, in several spellings.
func echoing(pin string) http.RoundTripper {
	return probetest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/204" {
			http.Redirect(w, r, "http://10.0.0.1/"+pin+"/login?pin="+pin+"&zone=7", http.StatusFound)
			return
		}
		fmt.Fprintf(w, "<title>%s</title><form method=post><input name=pin value='&#%d;%s'></form>", pin, pin[0], pin[1:])
	}))
}

// A portal still has what was sent to it before the agent was started again. What it repeats
// to the first probe is masked with the stored inputs of the helper that logged in here, also
// if they come late. A probe does not wait for them for ever: until they are known, nothing is
// shown that may repeat one.
func TestStoredSecretsAreMasked(t *testing.T) {
	for name, delay := range map[string]time.Duration{"at once": 0, "late": time.Second, "too late for the probe": 10 * time.Second} {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { echoStored(t, delay) }) })
	}
}

func echoStored(t *testing.T, delay time.Duration) {
	const pin = "swordfish-2718"
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Internet: internet(), Authority: authority})
	s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
	s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
		time.Sleep(delay)
		if input == "pin" {
			return portal.Secret(pin), true, nil
		}
		return portal.Plain("ada"), true, nil
	}
	s.start()
	defer func() { s.stop() }()
	s.join("wlan0", "Cafe", hotspot)
	s.want("wlan0", time.Minute, agent.Failed) // that PIN is wrong, and was sent
	s.stop()
	s.wires["wlan0"] = echoing(pin)
	s.start()
	var early []string
	for range 18 {
		time.Sleep(time.Second)
		status, err := json.Marshal(s.agent.Status())
		if err != nil {
			t.Fatal(err)
		}
		early = append(early, string(status))
	}
	if delay > 5*time.Second && !strings.Contains(strings.Join(early, ""), `"portal_url":"http://10.0.0.1/…"`) {
		t.Errorf("nothing is shown meanwhile: %s", early[len(early)-1])
	}
	time.Sleep(time.Minute)
	as := s.association("wlan0")
	shown, err := json.Marshal(as)
	if err != nil {
		t.Fatal(err)
	}
	if as.PortalURL != "http://10.0.0.1/[redacted]/login?pin=…&zone=…" {
		t.Errorf("portal at %q", as.PortalURL)
	}
	for _, text := range append(early, string(shown), s.log.String()) {
		if strings.Contains(text, "swordfish") {
			t.Errorf("leak: %s", text)
		}
	}
}
