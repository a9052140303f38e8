package agent_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// agreedOn makes consent hold on one network.
func (s *stage) agreedOn(identity wifi.Identity) {
	s.settings.Consent = func(_ plugins.Helper, n wifi.Identity) (consent.Given, error) {
		if n.Same(identity) {
			return consent.Given{Terms: consent.Always}, nil
		}
		return consent.Given{}, nil
	}
}

// clickable is a stage with a hotspot whose login is an agreement to its terms.
func clickable(t *testing.T) (*stage, *portaltest.Hotspot) {
	t.Helper()
	hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
	s := newStage(t)
	return s, hotspot
}

// A wire is recognised by its gateway's hardware address, which the kernel may not know
// when the wire is joined. Until then nothing that was agreed to counts.
func TestAWireIsItsGateway(t *testing.T) {
	const mac, other = "02:00:00:00:00:01", "02:00:00:00:00:02"
	wire := wifi.Identity{Wire: "ether", Gateway: mac}
	for name, test := range map[string]struct {
		early, late []string // hardware addresses known at the join, and after the probe
		want        agent.Phase
		identity    wifi.Identity
	}{
		"known at once":       {[]string{mac}, []string{mac}, agent.Authenticated, wire},
		"known by the probe":  {nil, []string{mac}, agent.Authenticated, wire},
		"two gateways":        {nil, []string{mac, other}, agent.Authenticated, wire},
		"another gateway":     {nil, []string{other}, agent.PresentingUI, wifi.Identity{Wire: "ether", Gateway: other}},
		"exchanged meanwhile": {[]string{mac}, []string{other}, agent.PresentingUI, wifi.Identity{Wire: "ether", Gateway: other}},
		"never known":         {nil, nil, agent.PresentingUI, wifi.Identity{Wire: "ether"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, hotspot := clickable(t)
				s.agreedOn(wire)
				s.macs = func(agent.Link) []string { return test.late }
				s.start()
				defer s.stop()
				s.attach("eth0", hotspot)
				link := agenttest.Up("eth0", hotspot.Gateway())
				link.GatewayMACs = test.early
				s.links.Set(link)
				as := s.want("eth0", 10*time.Second, test.want)
				if as.Identity != test.identity {
					t.Errorf("the identity is %s, want %s", as.Identity, test.identity)
				}
			})
		})
	}
}

// What is known of a wire stays while nothing contradicts it: the kernel forgets a gateway
// that is not used, and lists several in any order.
func TestAnIdentityDoesNotFlap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const mac, other = "02:00:00:00:00:01", "02:00:00:00:00:02"
		s, hotspot := clickable(t)
		s.start()
		defer s.stop()
		s.attach("eth0", hotspot)
		link := agenttest.Up("eth0", hotspot.Gateway())
		for i, macs := range [][]string{{mac}, nil, {other, mac}, {mac, other}, nil} {
			link.GatewayMACs = macs
			link.DNS = []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)})}
			s.links.Set(link)
			as := s.want("eth0", 10*time.Second, agent.Authenticated)
			if as.Identity.Gateway != mac {
				t.Errorf("with %q it is %s", macs, as.Identity)
			}
			for _, transition := range as.Journal[1:] {
				if transition.CauseKind == agent.CauseJoined {
					t.Errorf("with %q it is joined again: %s", macs, transition.Cause)
				}
			}
		}
	})
}

// A network without encryption that has the name of an encrypted one is another network:
// consent, the remembered helper and the logoff are the other's.
func TestACopiedNameIsAnotherNetwork(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot := clickable(t)
		known := wifi.Network{SSID: "Cafe", BSSs: []wifi.BSS{{Security: wifi.SecurityPersonal}}}
		s.agreedOn(known.Identity())
		pinned := ""
		s.settings.Policy = func(n wifi.Identity) agent.Policy {
			pinned = n.String()
			return agent.Policy{Helper: "opennds"}
		}
		s.start()
		defer s.stop()
		join := func(n wifi.Network) {
			s.radio.Kick("wlan0", 3)
			synctest.Wait()
			s.radio.Join("wlan0", n)
		}
		s.join("wlan0", "Cafe", hotspot)
		join(known)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.LoggedOff)

		join(openNetwork("Cafe"))
		as := s.want("wlan0", 10*time.Second, agent.PresentingUI)
		if as.Need == nil || as.Need.Kind != agent.NeedTerms || strings.Contains(as.Why, "logged in here last") || strings.Contains(as.Why, "pinned") || pinned != "wifi/open/Cafe" {
			t.Errorf("needs %+v, %s; the policy is of %s", as.Need, as.Why, pinned)
		}
		s.radio.Scan("wlan0", openNetwork("Cafe"))
		synctest.Wait()
		if last := s.agent.Networks()[0].Last; last == nil || last.Helper == "opennds" {
			t.Errorf("the copy's history is %+v", last)
		}
	})
}

// The user logged off from a wire. It is left alone after a restart, although its gateway's
// address is known only after the first probe; another wire is not.
func TestALogoffIsForOneGateway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot := clickable(t)
		s.start()
		s.attach("eth0", hotspot)
		link := agenttest.Up("eth0", hotspot.Gateway())
		s.links.Set(link)
		s.want("eth0", 10*time.Second, agent.Authenticated)
		if err := s.agent.Logoff(t.Context(), "eth0"); err != nil {
			t.Fatal(err)
		}
		mac := s.want("eth0", 10*time.Second, agent.LoggedOff).Identity.Gateway
		s.stop()

		s.macs = func(agent.Link) []string { return []string{mac} }
		link.GatewayMACs = nil
		s.links.Set(link)
		s.start()
		s.want("eth0", 10*time.Second, agent.LoggedOff)
		time.Sleep(time.Hour)
		if s.want("eth0", 0, agent.LoggedOff); !hotspot.Captive() {
			t.Error("logged in again")
		}
		s.macs = nil
		s.stop()

		s.start()
		defer s.stop()
		link.GatewayMACs = []string{"02:00:00:00:00:99"}
		s.links.Set(link)
		s.want("eth0", 10*time.Second, agent.Authenticated)
	})
}

// What an earlier version remembered by the name alone is kept, shown and not trusted.
func TestMemoryOfAnEarlierVersion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot := clickable(t)
		old := `{"version": 1, "networks": {"ssid:Cafe": {"helper": "opennds", "outcome": "logged-in", "time": "2026-01-02T03:04:05Z"}, "wire:eth0/192.0.2.1": {"helper": "opennds", "outcome": "logged-in", "time": "2026-01-02T03:04:05Z"}}}`
		if err := os.WriteFile(s.memory, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		s.start()
		s.radio.Scan("wlan0", openNetwork("Cafe"))
		synctest.Wait()
		if last := s.agent.Networks()[0].Last; last == nil || last.Helper != "opennds" {
			t.Errorf("history: %+v", last)
		}
		s.join("wlan0", "Cafe", hotspot)
		if as := s.want("wlan0", 10*time.Second, agent.Authenticated); strings.Contains(as.Why, "logged in here last") {
			t.Errorf("picked because %s", as.Why)
		}
		s.stop()
		if got := strings.Count(s.log.String(), "remembered by its name alone"); got != 1 {
			t.Errorf("%d log lines, want one", got)
		}
		data, err := os.ReadFile(s.memory)
		if err != nil || !strings.Contains(string(data), `"ssid:Cafe"`) || !strings.Contains(string(data), `"wire:eth0/192.0.2.1"`) {
			t.Errorf("old records are gone: %v\n%s", err, data)
		}
	})
}
