package agent_test

import (
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/plugins"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
)

// asleep suspends the agent's computer for some time.
func (s *stage) asleep(d time.Duration) {
	s.t.Helper()
	if err := s.agent.Asleep(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	time.Sleep(d)
	s.wake()
}

func (s *stage) wake() {
	s.t.Helper()
	if err := s.agent.Awake(s.t.Context(), "the computer woke up"); err != nil {
		s.t.Fatal(err)
	}
}

// requests are how many the hotspot got, and how many of them logged in.
func requests(h *portaltest.Hotspot) (all, logins int) {
	for _, r := range h.Log() {
		all++
		if slices.Contains(r.Fields, "landing") {
			logins++
		}
	}
	return all, logins
}

// Nothing is sent asleep. A session that outlived the sleep is not logged in again, one that did not is,
// once.
func TestSleepAndSessions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "TestNet", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		for _, ends := range []bool{false, true, false} {
			before, logins := requests(hotspot)
			if err := s.agent.Asleep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if as := s.association("wlan0"); as.NextCheck != nil {
				t.Errorf("a timer is armed asleep: %v", as.NextCheck)
			}
			time.Sleep(8 * time.Hour)
			if ends {
				hotspot.Expire()
			}
			if all, _ := requests(hotspot); all != before {
				t.Errorf("%d requests asleep: %v", all-before, hotspot.Log()[before:])
			}
			s.wake()
			time.Sleep(500 * time.Millisecond)
			if all, _ := requests(hotspot); all != before {
				t.Errorf("%d requests before the link had time: %v", all-before, hotspot.Log()[before:])
			}
			time.Sleep(20 * time.Second)
			s.want("wlan0", 0, agent.Authenticated)
			all, again := requests(hotspot)
			if want := map[bool]int{true: 1}[ends]; again-logins != want {
				t.Errorf("%d logins after waking, want %d", again-logins, want)
			}
			if !ends && all-before > 2 { // one request for each check
				t.Errorf("%d requests of one probe: %v", all-before, hotspot.Log()[before:])
			}
		}
		journal := s.association("wlan0").Journal
		if !slices.ContainsFunc(journal, func(tr agent.Transition) bool {
			return tr.CauseKind == agent.CauseSleep && tr.Cause == "the computer woke up" && tr.To == agent.Maintaining
		}) {
			t.Errorf("no transition tells of waking: %+v", journal)
		}
	})
}

// A computer that wakes for a moment again and again sends nothing.
func TestShortWakes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "TestNet", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		hotspot.Expire()
		before, logins := requests(hotspot)
		for range 50 {
			s.asleep(10 * time.Minute)
			time.Sleep(500 * time.Millisecond)
		}
		if all, _ := requests(hotspot); all != before {
			t.Errorf("%d requests in short wakes: %v", all-before, hotspot.Log()[before:])
		}
		s.healed("wlan0", 20*time.Second)
		if _, again := requests(hotspot); again != logins+1 {
			t.Errorf("%d logins, want one", again-logins)
		}
	})
}

// A link that is taken down for the sleep is probed when it has address and route again, and not before.
func TestLinkComesAfterWaking(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "TestNet", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		before, logins := requests(hotspot)
		if err := s.agent.Asleep(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.radio.Leave("wlan0")
		synctest.Wait()
		time.Sleep(time.Hour)
		s.wake()
		time.Sleep(8 * time.Second)
		if all, _ := requests(hotspot); all != before {
			t.Errorf("%d requests without a link", all-before)
		}
		s.radio.Join("wlan0", openNetwork("TestNet"))
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		time.Sleep(20 * time.Second)
		if all, again := requests(hotspot); again != logins || all-before > 2 {
			t.Errorf("%d requests, %d logins after the sleep: %v", all-before, again-logins, hotspot.Log()[before:])
		}
	})
}

// An interface that comes while the computer goes to sleep waits, too.
func TestInterfaceComesAsleep(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		if err := s.agent.Asleep(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.join("eth0", "", hotspot)
		time.Sleep(time.Hour)
		if all, _ := requests(hotspot); all != 0 {
			t.Errorf("%d requests asleep", all)
		}
		s.wake()
		s.want("eth0", 10*time.Second, agent.Authenticated)
	})
}

// A login that the sleep cancels is begun again.
func TestSleepDuringALogin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		helper := &interrupted{}
		s := newStage(t)
		s.settings.Registry = plugins.NewRegistry([]plugins.Entry{{Helper: helper}})
		s.wires["eth0"] = probetest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host != "portal.test" {
				http.Redirect(w, r, "http://portal.test/", http.StatusFound)
			}
		}))
		s.start()
		defer s.stop()
		s.links.Set(agenttest.Up("eth0", netip.MustParseAddr("192.0.2.1")))
		s.want("eth0", 10*time.Second, agent.Authenticating)
		s.asleep(time.Hour)
		s.want("eth0", 0, agent.Evaluating)
		s.want("eth0", 10*time.Second, agent.PresentingUI) // what its second login says
	})
}
