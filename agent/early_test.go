package agent_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/plugins"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// A verdict that the probe reports before it ends is shown, and not acted on until the
// portal's page is there: it may be overturned.
func TestVerdictIsShownBeforeTheProbeEnds(t *testing.T) {
	tests := []struct {
		name    string
		names   http.HandlerFunc // answers the checks by name, a second later
		phase   agent.Phase
		verdict probe.Verdict
		reason  string
	}{
		{"held", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://portal.test/")
			w.WriteHeader(http.StatusFound)
		}, agent.PresentingUI, probe.VerdictPortal, "where no server is"},
		{"overturned", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, agent.Authenticated, probe.VerdictFull, "by a filter"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log strings.Builder
				s := newStage(t)
				ag, err := agent.New(agent.Config{
					Links: &s.links, Logger: slog.New(slog.NewTextHandler(&log, nil)),
					Settings: agent.Settings{Registry: plugins.NewRegistry(nil), Endpoints: append(endpoints(), probe.Endpoint{Name: "decoy", Operator: "decoy", URL: "http://203.0.113.204/", Decoy: true})},
					Dial: func(agent.Link, probe.Family) agent.Path {
						return agenttest.Path(probetest.Transport(slowPortal(test.names)))
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				go func() { _ = ag.Run(t.Context()) }()
				s.links.Set(agenttest.Up("eth0", netip.MustParseAddr("192.0.2.1")))
				time.Sleep(time.Microsecond) // for results of the same moment
				synctest.Wait()
				as := ag.Status().Associations[0]
				if as.Phase != agent.Evaluating || as.Verdict != probe.VerdictPortal || !strings.Contains(as.Reason, "where no server is") || len(as.Claims) > 0 {
					t.Errorf("at first: %v, %v, %q, %d claims", as.Phase, as.Verdict, as.Reason, len(as.Claims))
				}
				time.Sleep(5 * time.Second)
				as = ag.Status().Associations[0]
				if as.Phase != test.phase || as.Verdict != test.verdict || !strings.Contains(as.Reason, test.reason) {
					t.Errorf("in the end: %v, %v, %q", as.Phase, as.Verdict, as.Reason)
				}
				if overturned := strings.Contains(log.String(), "overturns=portal"); overturned != (test.verdict == probe.VerdictFull) {
					t.Errorf("logged:\n%s", &log)
				}
			})
		})
	}
}

// slowPortal redirects requests of a decoy at once, to a page that takes two seconds.
func slowPortal(names http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after := func(d time.Duration, answer http.HandlerFunc) {
			select {
			case <-time.After(d):
				answer(w, r)
			case <-r.Context().Done():
			}
		}
		switch r.Host {
		case "203.0.113.204":
			http.Redirect(w, r, "http://portal.test/", http.StatusFound)
		case "portal.test":
			after(2*time.Second, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<form>log in</form>") })
		default:
			after(time.Second/2, names)
		}
	})
}
