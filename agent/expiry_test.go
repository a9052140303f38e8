package agent_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// An expiry that the portal's API tells is looked at within a round trip, also when sessions
// are short and one follows the other.
func TestAnExpiryIsLookedAtAtOnce(t *testing.T) {
	for _, lasts := range []time.Duration{20 * time.Second, 45 * time.Second, 10 * time.Minute} {
		t.Run(fmt.Sprint(lasts), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStage(t, plugins.Entry{Helper: builtin.ClickThrough{}})
				s.settings.Keepalive = time.Hour
				hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Seed: 1, Session: lasts, Internet: internet()})
				s.start()
				defer s.stop()
				s.joinWithAPI("wlan0", "TestNet", hotspot, hotspot.API())
				s.want("wlan0", 10*time.Second, agent.Authenticated)
				for range 6 {
					for !hotspot.Captive() {
						time.Sleep(50 * time.Millisecond)
					}
					over := time.Now()
					for hotspot.Captive() {
						time.Sleep(50 * time.Millisecond)
					}
					if late := time.Since(over); late > 2*time.Second {
						t.Fatalf("logged in again %v after the end of a session of %v\n%s", late, lasts, &s.log)
					}
				}
			})
		})
	}
}

// joinWithAPI is join on a network that offers the hotspot's captive portal API.
func (s *stage) joinWithAPI(iface string, ssid wifi.SSID, h *portaltest.Hotspot, api string) {
	s.attach(iface, h)
	link := agenttest.Up(iface, h.Gateway())
	link.Kind, link.API = agent.KindWifi, api
	s.radio.Join(iface, openNetwork(ssid))
	s.links.Set(link)
}

// A document that says 0 seconds and not captive at once tells no expiry.
func TestNoTimeLeftAndNotCaptiveIsNoExpiry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.settings.Keepalive = 5 * time.Minute
		network := &hasty{document: `{"captive": false, "seconds-remaining": 0}`}
		s.wires["wlan0"] = network
		s.start()
		defer s.stop()
		s.joinWithAPI("wlan0", "Cafe", portaltest.New(portaltest.Options{Kind: portaltest.KindClick}), "https://api.test/")
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		time.Sleep(time.Second)
		synctest.Wait()
		begun := network.requests.Load()
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if got := network.requests.Load() - begun; got != 0 {
			t.Errorf("%d requests before the keepalive", got)
		}
	})
}
