package agent_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
)

// inSession is a stage whose wlan0 has logged in to a hotspot.
func inSession(t *testing.T) (*stage, *portaltest.Hotspot) {
	t.Helper()
	s := newStage(t)
	hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
	s.start()
	s.join("wlan0", "TestNet", hotspot)
	s.want("wlan0", 10*time.Second, agent.Authenticated)
	time.Sleep(time.Minute)
	return s, hotspot
}

// However often the network or another program makes the agent suspect something, it probes with growing delays
// between, and the last suspicion is looked into. After a quiet time the next one is looked into at once.
func TestSuspicionsHaveAPace(t *testing.T) {
	suspicions := map[string]func(*stage, int){
		"connectivity": func(s *stage, _ int) {
			if err := s.agent.Suspect(s.t.Context(), "wlan0", agent.Cause{Kind: agent.CauseConnectivity, Text: "NetworkManager says so"}); err != nil {
				s.t.Error(err)
			}
		},
		"name servers": func(s *stage, i int) {
			s.change("wlan0", func(l *agent.Link) { l.DNS = []netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + i%200)})} })
		},
		"clock": func(s *stage, _ int) {
			if err := s.agent.Awake(s.t.Context(), "the clock was set"); err != nil {
				s.t.Error(err)
			}
		},
	}
	for name, suspect := range suspicions {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, hotspot := inSession(t)
				defer s.stop()
				before, _ := requests(hotspot)
				for i := range 600 {
					suspect(s, i)
					time.Sleep(100 * time.Millisecond)
					synctest.Wait()
				}
				if all, _ := requests(hotspot); all-before > 40 || all == before {
					t.Errorf("600 suspicions in a minute made %d requests", all-before)
				}
				hotspot.Expire()
				for i := range 20 { // they go on, and are no obstacle
					suspect(s, 600+i)
					time.Sleep(900 * time.Millisecond)
				}
				time.Sleep(30 * time.Second)
				s.want("wlan0", 0, agent.Authenticated)
				if hotspot.Captive() {
					t.Error("the end of the session is not noticed")
				}
				time.Sleep(2 * time.Minute)
				hotspot.Expire()
				suspect(s, 700)
				time.Sleep(5 * time.Second)
				if hotspot.Captive() {
					t.Error("after a quiet time a suspicion waits")
				}
			})
		})
	}
}

// A user who asks for something is awake, whatever the computer announced.
func TestARequestEndsASleep(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot := inSession(t)
		defer s.stop()
		if err := s.agent.Asleep(t.Context()); err != nil {
			t.Fatal(err)
		}
		hotspot.Expire()
		time.Sleep(time.Hour)
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		s.want("wlan0", 0, agent.Authenticated)
		if hotspot.Captive() {
			t.Error("it is not logged in")
		}
	})
}

// What the user asks for is looked into at once, no matter how much was suspected before.
func TestAUsersProbeHasNoPace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.PresentingUI)
		for range 10 {
			before := len(hotspot.Log())
			if err := s.agent.Suspect(t.Context(), "wlan0", agent.Cause{Kind: agent.CauseProbe, Text: "probe requested"}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if len(hotspot.Log()) == before {
				t.Fatalf("nothing is sent\n%s", &s.log)
			}
			as := s.want("wlan0", time.Second, agent.PresentingUI)
			if last := as.Journal[len(as.Journal)-2]; last.CauseKind != agent.CauseProbe {
				t.Fatalf("the last cause is %s", last.CauseKind)
			}
		}
	})
}
