package agent_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/wifi"
)

// Each hardware address of a gateway is another network. A wire that changes it again and again gets no more
// than a few logins in an hour, and a request of the user's is one more.
func TestAWireThatIsAnotherNetworkEachTime(t *testing.T) {
	for name, c := range map[string]struct {
		every   time.Duration
		changes int
	}{"at once": {500 * time.Millisecond, 120}, "slowly": {20 * time.Second, 90}} {
		for among, gateways := range map[string]int{"new ones": 1 << 16, "two": 2} {
			t.Run(name+", "+among, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					authority, err := portaltest.NewAuthority()
					if err != nil {
						t.Fatal(err)
					}
					hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Seed: 5, Internet: internet(), Authority: authority})
					s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
					s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
						return consent.Given{Terms: consent.Always, Cleartext: true, SharedHosts: true}, nil
					}
					s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
						return portal.Plain(map[string]string{"user": "ada", "pin": "2718"}[input]), true, nil
					}
					s.wires["eth0"] = shut{hotspot, nil}
					s.start()
					defer s.stop()
					s.attach("eth0", hotspot)
					for i := range c.changes {
						link := agenttest.Up("eth0", netip.MustParseAddr("192.0.2.1"))
						link.GatewayMACs = []string{fmt.Sprintf("02:00:00:00:%02x:%02x", i%gateways>>8, i%gateways&0xff)}
						s.links.Set(link)
						time.Sleep(c.every)
					}
					before := posts(hotspot)
					if before > 12 || before == 0 {
						t.Errorf("%d submissions after %d changes", before, c.changes)
					}
					if err := s.agent.Login(t.Context(), "eth0"); err != nil {
						t.Fatal(err)
					}
					time.Sleep(10 * time.Second)
					asked := posts(hotspot)
					if asked == before {
						t.Error("the user asked, and nothing was submitted")
					}
					for i := range c.changes {
						link := agenttest.Up("eth0", netip.MustParseAddr("192.0.2.1"))
						link.GatewayMACs = []string{fmt.Sprintf("02:00:00:01:%02x:%02x", i%gateways>>8, i%gateways&0xff)}
						s.links.Set(link)
						time.Sleep(c.every)
					}
					if after := posts(hotspot) - asked; among == "new ones" && before+after > 12 {
						t.Errorf("%d submissions before the request, and %d after it without another one", before, after)
					}
				})
			})
		}
	}
}

// A radio that joins another network before its carrier is back has left the one before: the login there ends at
// once, since what it was allowed to do is not allowed on the other.
func TestNoRoamToAnotherNetwork(t *testing.T) {
	for name, leave := range map[string]func(*stage){
		"the carrier is lost": func(*stage) {},
		"the radio moves on":  func(s *stage) { s.radio.Play(movingOn) },
	} {
		for to, network := range map[string]wifi.Network{
			"another name":     openNetwork("Evil"),
			"another security": {SSID: "Hotel", BSSs: []wifi.BSS{{Security: wifi.SecurityPersonal}}},
		} {
			t.Run(name+", "+to, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					helper := &waits{began: make(chan struct{}, 10), ended: make(chan struct{}, 10)}
					s := newStage(t, plugins.Entry{Helper: helper})
					s.start()
					defer s.stop()
					s.join("wlan0", "Hotel", portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Internet: internet()}))
					s.want("wlan0", 10*time.Second, agent.Authenticating)
					leave(s)
					s.change("wlan0", func(l *agent.Link) { l.Carrier = false })
					synctest.Wait()
					s.want("wlan0", 0, agent.Authenticating)
					s.radio.Join("wlan0", network)
					synctest.Wait()
					if len(helper.ended) != 1 {
						t.Error("the login goes on")
					}
					s.want("wlan0", 0, agent.Inactive)
				})
			})
		}
	}
}

// An address or a gateway that changes during a login ends it at once, however often. The probes after that
// have a pace.
func TestLostWaysHaveAPace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var requests atomic.Int64
		helper := &waits{began: make(chan struct{}, 1000), ended: make(chan struct{}, 1000)}
		s := newStage(t, plugins.Entry{Helper: helper})
		s.wires["wlan0"] = probetest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			if r.Host != "portal.test" {
				http.Redirect(w, r, "http://portal.test/", http.StatusFound)
			}
		}))
		s.start()
		defer s.stop()
		link := agenttest.Up("wlan0", netip.MustParseAddr("192.0.2.1"))
		link.Kind = agent.KindWifi
		s.radio.Join("wlan0", openNetwork("Hotel"))
		s.links.Set(link)
		s.want("wlan0", 10*time.Second, agent.Authenticating)
		before := requests.Load()
		for i := range 600 { // a minute
			running := len(helper.began) - len(helper.ended)
			link.Addresses = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(50 + i%2)}), 24)}
			s.links.Set(link)
			synctest.Wait()
			if running == 1 && len(helper.began) == len(helper.ended)+1 && s.association("wlan0").Phase == agent.Authenticating {
				t.Fatalf("change %d: the login goes on", i)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if made := requests.Load() - before; made > 100 || made == 0 {
			t.Errorf("600 changes in a minute made %d requests", made)
		}
		s.want("wlan0", time.Minute, agent.Authenticating)
	})
}
