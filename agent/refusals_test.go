package agent_test

import (
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
)

// posts counts the submissions that reached a hotspot.
func posts(h *portaltest.Hotspot) (n int) {
	for _, r := range h.Log() {
		if r.Method == http.MethodPost {
			n++
		}
	}
	return n
}

const wrongPIN = "wrong-secret-pin"

// refusing is a stage with a hotspot whose vendor's pack has the wrong PIN.
func refusing(t *testing.T) (*stage, *portaltest.Hotspot, *string) {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindCredentials, Internet: internet(), Authority: authority})
	s := newStage(t, plugins.Entry{Helper: vendor(t, hotspot)})
	pin := wrongPIN
	s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
		if input == "pin" {
			return portal.Secret(pin), true, nil
		}
		return portal.Plain("ada"), true, nil
	}
	return s, hotspot, &pin
}

// wire makes an interface join a wire behind the hotspot, with another gateway each time.
func (s *stage) wire(iface string, h *portaltest.Hotspot, gateway byte) {
	s.attach(iface, h)
	link := agenttest.Up(iface, netip.AddrFrom4([4]byte{192, 0, 2, gateway}))
	s.links.Set(link)
}

// A refused credential is not sent to another network either, regardless of what changes, and not
// after a restart: only when the user asks for a login, or gives another one.
func TestRefusedCredentialsAreSentOnceWhateverChanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot, pin := refusing(t)
		s.start()
		for gateway := byte(1); gateway <= 5; gateway++ {
			s.wire("eth0", hotspot, gateway)
			s.want("eth0", 10*time.Second, agent.Failed)
			time.Sleep(time.Hour)
		}
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Failed)
		s.stop()
		s.start()
		s.want("wlan0", 10*time.Second, agent.Failed)
		if as := s.want("eth0", 10*time.Second, agent.Failed); !strings.Contains(as.Journal[len(as.Journal)-1].Cause, "refused before") {
			t.Errorf("cause: %q", as.Journal[len(as.Journal)-1].Cause)
		}
		if got := posts(hotspot); got != 1 {
			t.Errorf("the credentials went out %d times, want once", got)
		}

		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := posts(hotspot); got != 2 {
			t.Errorf("after a request the credentials went out %d times, want twice", got)
		}
		s.stop()

		// Another value is another credential.
		*pin = "2718"
		s.start()
		defer s.stop()
		s.want("eth0", 10*time.Second, agent.Authenticated)

		data, err := os.ReadFile(s.memory)
		if err != nil || strings.Contains(string(data), wrongPIN) || strings.Contains(string(data), "2718") || strings.Contains(s.log.String(), wrongPIN) {
			t.Errorf("a secret is in the memory or the log: %v\n%s", err, data)
		}
	})
}

// A program that uses the same memory at the same time counts what the other one was refused.
func TestRefusalsOfAnotherAgentCount(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot, _ := refusing(t)
		other, _, _ := refusing(t)
		other.memory = s.memory
		s.start()
		defer func() { s.stop() }()
		other.start() // it has read the memory before anything was refused
		defer func() { other.stop() }()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Failed)
		synctest.Wait()
		other.settings.Registry = s.settings.Registry
		if err := other.agent.Reload(t.Context(), other.settings); err != nil {
			t.Fatal(err)
		}
		other.join("wlan1", "Hall", hotspot)
		other.want("wlan1", 10*time.Second, agent.Failed)
		if got := posts(hotspot); got != 1 {
			t.Errorf("the credentials went out %d times, want once", got)
		}
	})
}

// The first join of an agent that was started for a login is that login.
func TestARequestedJoinSendsOnce(t *testing.T) {
	for name, refused := range map[string]bool{"first": false, "refused before": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, hotspot, _ := refusing(t)
				want := 1
				if refused { // before
					s.start()
					s.join("wlan0", "Cafe", hotspot)
					s.want("wlan0", 10*time.Second, agent.Failed)
					s.stop()
					want = 2
				}
				s.requested = true
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				s.want("wlan0", 10*time.Second, agent.Failed)
				s.radio.Kick("wlan0", 2)
				synctest.Wait()
				s.radio.Join("wlan0", openNetwork("Cafe"))
				time.Sleep(time.Hour)
				s.want("wlan0", 10*time.Second, agent.Failed)
				if got := posts(hotspot); got != want {
					t.Errorf("the credentials went out %d times, want %d", got, want)
				}
			})
		})
	}
}

// What was refused a moment ago is not sent again, also by hand, and the cause says until when. After
// that it is, and the cause does not say that it waits for a login by hand.
func TestARefusalAnswersALoginByHandForAMoment(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot, _ := refusing(t)
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Failed)
		again := func(wantPosts int, says, not string) {
			t.Helper()
			before := len(s.association("wlan0").Journal)
			if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Second)
			synctest.Wait()
			var causes []string
			for _, change := range s.want("wlan0", 0, agent.Failed).Journal[before:] {
				causes = append(causes, change.Cause)
			}
			all := strings.Join(causes, "\n")
			if posts(hotspot) != wantPosts || !strings.Contains(all, says) || strings.Contains(all, not) {
				t.Errorf("%d posts, want %d:\n%s", posts(hotspot), wantPosts, all)
			}
		}
		again(1, "change it, or ask again in", "by hand")
		time.Sleep(10 * time.Second)
		again(2, "sent again since a login is asked for by hand", "waits for a login by hand")
	})
}

// A record of an earlier version names networks and helpers alone. It still counts.
func TestRefusalsOfAnEarlierVersion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot, _ := refusing(t)
		s.memory = filepath.Join(t.TempDir(), "memory.json")
		old := `{"version": 1, "networks": {"ssid:Cafe": {"helper": "vendor", "outcome": "denied", "time": "2026-01-02T03:04:05Z", "refused": ["vendor"]}}}`
		if err := os.WriteFile(s.memory, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Failed)
		if got := posts(hotspot); got != 0 {
			t.Errorf("the credentials went out %d times", got)
		}
		if err := s.agent.Login(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if got := posts(hotspot); got != 1 {
			t.Errorf("after a request the credentials went out %d times, want once", got)
		}
	})
}
