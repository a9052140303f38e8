package agent_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
)

// A busy portal answered once, so logins wait for 5 s. Then the clock is set back by 30 days, as on a computer whose
// clock has no battery: what was to be over in seconds is not held for as long.
func TestAClockSetBackHoldsNoLongerThanTheHold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot := pinned(t)
		var at []time.Time
		busy := true
		inner := turningAway(hotspot, 503, "", &at)
		s.wires["wlan0"] = answering{hotspot, func(r *http.Request) (*http.Response, error) {
			if !busy {
				return nil, nil
			}
			return inner.RoundTrip(r)
		}}
		s.start()
		defer func() { s.stop() }()
		s.join("wlan0", "Cafe", hotspot)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		s.stop()
		busy = false
		data, err := os.ReadFile(s.memory)
		if err != nil {
			t.Fatal(err)
		}
		moved := 0
		text := regexp.MustCompile(`"(since|until)": "([^"]+)"`).ReplaceAllStringFunc(string(data), func(m string) string {
			name, value, _ := strings.Cut(m, ": ")
			when, err := time.Parse(time.RFC3339Nano, strings.Trim(value, `"`))
			if err != nil {
				t.Fatal(err)
			}
			moved++
			return fmt.Sprintf(`%s: %q`, name, when.Add(30*24*time.Hour).Format(time.RFC3339Nano))
		})
		if err := os.WriteFile(s.memory, []byte(text), 0o600); err != nil || len(at) == 0 || moved != 2 {
			t.Fatalf("%d logins, %d times of holds moved, %v", len(at), moved, err)
		}
		s.start()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", time.Minute, agent.Failed) // it was tried: the hotspot knows other credentials
	})
}

// The credentials are refused, then the clock is set back by an hour, and the user asks for a login after the time
// in which that has its answer already: it is tried.
func TestARequestAfterTheClockWasSetBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot, _ := refusing(t)
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.Failed)
		agent.ShiftRefused(s.agent, time.Hour)
		time.Sleep(time.Minute)
		before := posts(hotspot)
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if posts(hotspot) != before+1 {
			t.Errorf("%d posts, want %d", posts(hotspot), before+1)
		}
	})
}
