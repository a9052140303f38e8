package agent_test

import (
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
)

// Requests without a pause do not fill the log. The first line after them says how many there were.
func TestManyRequestsAreFewLines(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()}))
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		before := strings.Count(s.log.String(), "level=INFO")
		for range 500 {
			if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
				t.Fatal(err)
			}
			if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
				t.Fatal(err)
			}
		}
		if lines := strings.Count(s.log.String(), "level=INFO") - before; lines < 10 || lines > 100 {
			t.Errorf("1000 requests are %d lines", lines)
		}
		time.Sleep(time.Minute)
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		if log := s.log.String(); !strings.Contains(log, "requests_not_logged=") {
			t.Errorf("not said how many:\n%s", log[max(0, len(log)-2000):])
		}
	})
}
