package agent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// A gateway that answers one request after the other lets in a client that asks one thing at a time: also
// if it takes longer for each answer than the checks of a probe wait, which are asked at once.
func TestAGatewayThatAnswersOneAfterTheOther(t *testing.T) {
	for _, kind := range []portaltest.Kind{portaltest.KindOpenNDSFAS, portaltest.KindOpenNDS, portaltest.KindNodogsplash} {
		for each, within := range map[time.Duration]time.Duration{
			time.Second: 40 * time.Second, 3 * time.Second: time.Minute, 6 * time.Second: 2 * time.Minute, 10 * time.Second: 4 * time.Minute,
		} {
			t.Run(fmt.Sprint(kind, " ", each), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					hotspot := portaltest.New(portaltest.Options{Kind: kind, Seed: 1, Internet: probetest.Internet(), Serial: each})
					s := newStage(t)
					var err error
					if s.settings.Endpoints, err = probe.Defaults(); err != nil {
						t.Fatal(err)
					}
					s.settings.Endpoints = slices.DeleteFunc(s.settings.Endpoints, func(e probe.Endpoint) bool { return strings.HasPrefix(e.URL, "https:") })
					s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
						value, ok := map[string]string{"name": "Ada", "mail": "ada@example.test", "email": "ada@example.test"}[input]
						return portal.Plain(value), ok, nil
					}
					s.start()
					defer s.stop()
					began := time.Now()
					s.join("wlan0", "Cafe", hotspot)
					as := s.want("wlan0", within, agent.Authenticated)
					t.Logf("online after %v", time.Since(began))
					if logins(as) != 1 || hotspot.Captive() {
						t.Errorf("%d logins, captive %t\n%s", logins(as), hotspot.Captive(), &s.log)
					}
				})
			})
		}
	}
}
