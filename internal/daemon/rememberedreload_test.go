package daemon

import (
	"net/netip"
	"testing"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// A running agent uses a login as soon as it is remembered, and not any more when it is forgotten.
func TestARunningAgentUsesWhatIsRemembered(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	hotspot := newHotspot(t, portaltest.Options{Seed: 2, Kind: portaltest.KindOpenNDS})
	f := newFollowedIn(t, e, hotspot, func(*Reloader) {})
	f.awaitPhase(agent.PresentingUI)
	link := agenttest.Up("wlan0", netip.MustParseAddr("127.0.0.1"))
	n := wifi.Identity{Wire: string(link.Kind), Gateway: link.GatewayMACs[0]}
	login, err := remembered(t, e, signIn(t, hotspotOf(t, portaltest.KindOpenNDS, 1)), n)
	if err != nil {
		t.Fatal(err)
	}
	f.await("logged in by it", func(as agent.Association, _ string) bool {
		return as.Phase == agent.Authenticated && as.Helper == login.Name
	})
	if _, err := e.Forget(t.Context(), login.Name); err != nil {
		t.Fatal(err)
	}
	hotspot.Expire()
	if err := f.Login(t.Context(), "wlan0"); err != nil {
		t.Fatal(err)
	}
	f.await("waiting for a person again", func(as agent.Association, _ string) bool {
		return as.Phase == agent.PresentingUI && as.Helper != login.Name
	})
}
