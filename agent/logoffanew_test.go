package agent_test

import (
	"net/http"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// loginByHand opens the pages that a person would open to log in to an openNDS.
func loginByHand(t *testing.T, hotspot *portaltest.Hotspot) {
	t.Helper()
	other := newStage(t)
	other.start()
	defer func() { other.stop() }()
	other.join("wlan0", "Cafe", hotspot)
	other.want("wlan0", 10*time.Second, agent.Authenticated)
}

// A session that a person began, or of which nothing is known since the state was lost, ends at the page
// that a pack can name: that of the helper that claims the portal seen here.
func TestALogoffFromASessionThatNoHelperBegan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) { return consent.Given{}, nil }
		s.start()
		defer func() { s.stop() }()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.PresentingUI) // the terms are not agreed to
		loginByHand(t, hotspot)
		if as := s.want("wlan0", 6*time.Minute, agent.Authenticated); as.Helper != "" {
			t.Fatalf("helper %q", as.Helper)
		}
		err := s.agent.Logoff(t.Context(), "wlan0")
		if err != nil {
			t.Fatal(err)
		}
		as := s.want("wlan0", 20*time.Second, agent.LoggedOff)
		if last := lastLogoff(t, as); last.Logoff != agent.LogoffDone || !hotspot.Captive() {
			t.Errorf("%q, captive %t: %s", last.Logoff, hotspot.Captive(), last.Cause)
		}
	})
}

// A network that is open, and that no helper claims, has nothing to log off from.
func TestALogoffFromAnOpenNetwork(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		s.wires["wlan0"] = answering{hotspot, func(r *http.Request) (*http.Response, error) {
			response := page(r, "")
			response.StatusCode = http.StatusNoContent
			return response, nil
		}}
		s.start()
		defer func() { s.stop() }()
		s.join("wlan0", "Square", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		if err := s.agent.Logoff(t.Context(), "wlan0"); err == nil {
			t.Error("it logs off")
		}
		s.want("wlan0", time.Minute, agent.Authenticated)
	})
}
