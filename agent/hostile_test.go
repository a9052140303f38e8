package agent_test

import (
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

// Under every attack of a portal, the agent stays within its bounds, says what happened, and never
// takes the link for online.
func TestHostilePortals(t *testing.T) {
	t.Parallel()
	for _, fault := range portaltest.Faults() {
		t.Run(fault.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Seed: 7, Kind: portaltest.KindClick, Internet: internet(), Fault: fault})
				s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)}, plugins.Entry{Helper: builtin.ClickThrough{}})
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				time.Sleep(time.Hour)
				as := s.association("wlan0")
				if as.Phase == agent.Authenticated || as.Phase == agent.Inactive || as.Verdict == probe.VerdictFull {
					t.Errorf("%v with verdict %v on a portal that never opens", as.Phase, as.Verdict)
				}
				if as.NextCheck == nil && as.Phase != agent.Authenticating && as.Phase != agent.Evaluating {
					t.Errorf("%v, and nothing will ever happen again", as.Phase)
				}
				if n := len(hotspot.Log()); n > 5000 {
					t.Errorf("%d requests in an hour", n)
				}
				if as.Reason == "" || len(as.Journal) == 0 || as.Journal[len(as.Journal)-1].Cause == "" {
					t.Errorf("nothing says why: %+v", as)
				}
			})
		})
	}
}

func TestExpiryIsMetOnTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Seed: 3, Kind: portaltest.KindClick, Session: 10 * time.Minute, Internet: internet()})
		s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
		s.settings.Keepalive = 24 * time.Hour
		s.start()
		defer s.stop()
		s.attach("wlan0", hotspot)
		link := agenttest.Up("wlan0", hotspot.Gateway())
		link.Kind, link.API = agent.KindWifi, hotspot.API()
		s.radio.Join("wlan0", openNetwork("Cafe"))
		s.links.Set(link)
		as := s.want("wlan0", 10*time.Second, agent.Authenticated)
		if as.API == nil || as.API.SecondsRemaining == nil || as.Expires == nil {
			t.Fatalf("the portal's API is not read: %+v", as.API)
		}
		if left := time.Until(*as.NextCheck); left < 9*time.Minute || left > 11*time.Minute {
			t.Errorf("next look in %v, the session lasts 10 minutes", left)
		}
		time.Sleep(10*time.Minute + 15*time.Second)
		if hotspot.Captive() {
			t.Errorf("captive after the expiry that the API reported\n%s", &s.log)
		}
	})
}

func TestUnknownSSIDsAreNotLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		s.join("wlan0", "Caf\xe9\x1b[31m", hotspot)
		as := s.want("wlan0", 10*time.Second, agent.Authenticated)
		if as.SSID != "Caf\xe9\x1b[31m" {
			t.Errorf("SSID %q", string(as.SSID))
		}
		s.stop()
		if strings.Contains(s.log.String(), "\x1b") {
			t.Error("a control character is in the log")
		}
		s.start()
		defer s.stop()
		s.radio.Scan("wlan0", openNetwork("Caf\xe9\x1b[31m"))
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		if networks := s.agent.Networks(); len(networks) != 1 || networks[0].Last == nil {
			t.Errorf("what was remembered is not found again: %+v", networks)
		}
	})
}

// A page that cannot be read is said to be so, and its address is kept.
func TestUnreadablePageIsSaid(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Seed: 7, Kind: portaltest.KindClick, Internet: internet(), Fault: portaltest.FaultComplex})
		s := newStage(t, plugins.Entry{Helper: builtin.ClickThrough{}})
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		as := s.want("wlan0", time.Minute, agent.PresentingUI)
		if as.Why != "no helper claims this network: page too complex" || as.PortalURL == "" ||
			!strings.Contains(as.Journal[len(as.Journal)-1].Cause, "page too complex") {
			t.Errorf("why %q, portal %q, journal %+v", as.Why, as.PortalURL, as.Journal)
		}
		if as.Obstacle != "page-too-complex" || !strings.HasSuffix(as.Reason, "; the portal's page cannot be read: it is too complex to be read") {
			t.Errorf("obstacle %q, reason %q", as.Obstacle, as.Reason)
		}
	})
}
