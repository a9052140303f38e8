package agent_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
)

// turningAway answers each login with a status, and keeps when it came.
func turningAway(h *portaltest.Hotspot, status int, retry string, at *[]time.Time) http.RoundTripper {
	return answering{h, func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPost {
			return nil, nil
		}
		*at = append(*at, time.Now())
		response := page(r, "<p>Too many guests.")
		response.StatusCode = status
		if retry != "" {
			response.Header.Set("Retry-After", retry)
		}
		return response, nil
	}}
}

// A portal that turns each login away gets the credentials less and less often, whatever else makes logins
// wait and whatever time it gives, and after ten of them no more before the user asks, also after a restart.
func TestABusyPortalGetsFewCredentials(t *testing.T) {
	for _, says := range []struct {
		status int
		retry  string
	}{{503, ""}, {429, "1"}} {
		t.Run(fmt.Sprint(says), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, hotspot := pinned(t)
				var at []time.Time
				s.wires["wlan0"] = turningAway(hotspot, says.status, says.retry, &at)
				s.start()
				defer func() { s.stop() }()
				s.join("wlan0", "Cafe", hotspot)
				for range 20 {
					time.Sleep(7 * time.Minute)
					if err := s.agent.Suspect(t.Context(), "wlan0", agent.Cause{Kind: "test", Text: "test"}); err != nil {
						t.Fatal(err)
					}
				}
				as := s.want("wlan0", time.Minute, agent.PresentingUI)
				synctest.Wait()
				if len(at) != 10 || as.Need == nil || as.Need.Kind != agent.NeedPage || !strings.Contains(as.Journal[len(as.Journal)-1].Cause, "busy at 10 logins") {
					t.Errorf("%d logins, needs %+v: %s", len(at), as.Need, as.Journal[len(as.Journal)-1].Cause)
				}
				for i, least := 1, 5*time.Second; i < len(at); i, least = i+1, min(2*least, 10*time.Minute) {
					if delay := at[i].Sub(at[i-1]); delay < least {
						t.Errorf("login %d after %v, want at least %v", i+1, delay, least)
					}
				}
				s.stop()
				s.start()
				time.Sleep(time.Hour)
				synctest.Wait()
				if len(at) != 10 {
					t.Errorf("%d logins after a restart", len(at))
				}
				if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if len(at) < 12 || len(at) > 20 {
					t.Errorf("%d logins after a request", len(at))
				}
			})
		})
	}
}
