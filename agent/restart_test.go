package agent_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
)

// memoryText is what the memory file says.
func (s *stage) memoryText() string {
	s.t.Helper()
	data, err := os.ReadFile(s.memory)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// state returns how often the session was kept, and whether it is alive.
func (f *forgetful) state() (kept int, online bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept, f.online
}

// A session outlives the agent: it is kept, and logged off from, with the cookie and the token of
// its login. Then nothing of it is left.
func TestASessionOutlivesTheAgent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, network := joinForgetful(t)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		s.stop()
		if text := s.memoryText(); !strings.Contains(text, "token-0") {
			t.Fatalf("the session is not remembered: %s", text)
		}
		if info, err := os.Stat(s.memory); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file is %v, %v", info.Mode(), err)
		}
		before, _ := network.state()

		s.start()
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		time.Sleep(10 * time.Minute)
		as := s.want("wlan0", time.Second, agent.Authenticated)
		if kept, _ := network.state(); kept < before+8 || logins(as) != 0 {
			t.Errorf("kept %d times, %d logins", kept-before, logins(as))
		}
		s.stop()

		s.start()
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		as = s.want("wlan0", 20*time.Second, agent.LoggedOff)
		if _, online := network.state(); lastLogoff(t, as).Logoff != agent.LogoffDone || online {
			t.Errorf("%q: %s", lastLogoff(t, as).Logoff, lastLogoff(t, as).Cause)
		}
		s.stop()
		if text := s.memoryText(); strings.Contains(text, "token-0") {
			t.Errorf("left after the logoff: %s", text)
		}
	})
}

// A session is remembered also if the agent ends as soon as it began, as that of a login without a running agent.
func TestASessionOfAnAgentThatEndsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, _ := joinForgetful(t)
		s.agent.Listen(func(t agent.Transition) {
			if t.To == agent.Authenticated {
				s.quit()
			}
		})
		time.Sleep(10 * time.Second)
		s.stop()
		if text := s.memoryText(); !strings.Contains(text, "token-0") {
			t.Errorf("the session is not remembered: %s", text)
		}
	})
}

// madeBy is a pack of another maker.
type madeBy struct {
	*pack.Pack

	maker maker.Maker
}

func (m madeBy) Maker() maker.Maker { return m.maker }

// What another maker's helper of the same name, or a record that no agent writes, would send is not
// sent, and the log says so.
func TestASessionThatIsNotTakenUp(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(t *testing.T, s *stage)
		says  string
	}{
		"another maker": {func(t *testing.T, s *stage) {
			own, ok := startPage(t, time.Minute).(*pack.Pack)
			if !ok {
				t.Fatal("no pack")
			}
			s.settings.Registry = plugins.NewRegistry([]plugins.Entry{{Helper: madeBy{own, "key:" + maker.Maker(strings.Repeat("a", 43))}}})
		}, "another maker"},
		"no helper": {func(_ *testing.T, s *stage) { s.settings.Registry = plugins.NewRegistry(nil) }, "no helper has that name"},
		"tampered": {func(t *testing.T, s *stage) {
			text := strings.ReplaceAll(s.memoryText(), `"portal_url": "http:`, `"portal_url": "gopher:`)
			if err := os.WriteFile(s.memory, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "no address of a portal"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, network := joinForgetful(t)
				s.want("wlan0", 10*time.Second, agent.Authenticated)
				s.stop()
				test.spoil(t, s)
				before, _ := network.state()
				s.start()
				s.want("wlan0", 10*time.Second, agent.Authenticated)
				time.Sleep(10 * time.Minute)
				_ = s.agent.Logoff(t.Context(), "wlan0") // fails if no helper is known
				time.Sleep(time.Minute)
				synctest.Wait()
				if kept, online := network.state(); kept != before || !online {
					t.Errorf("kept %d times, online %t", kept-before, online)
				}
				s.stop()
				if log := s.log.String(); !strings.Contains(log, "remembered session is ignored") || !strings.Contains(log, test.says) {
					t.Error("the log does not say so")
				}
				if strings.Contains(s.memoryText(), "token-0") {
					t.Error("it is still remembered")
				}
			})
		})
	}
}

// A session that ended while the agent did not run is not taken up, and nothing is sent for it.
func TestASessionThatEndedMeanwhile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, network := joinForgetful(t)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		s.stop()
		time.Sleep(25 * time.Hour)
		before, _ := network.state()
		s.start()
		defer s.stop()
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if kept, _ := network.state(); kept != before {
			t.Errorf("kept %d times", kept-before)
		}
		if strings.Contains(s.memoryText(), "token-0") {
			t.Error("it is still remembered")
		}
	})
}
