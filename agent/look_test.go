package agent_test

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/probe/probetest"
)

// askedHosts is an Internet that notes which hosts are asked.
type askedHosts struct {
	mu      sync.Mutex
	asked   []string
	blocked string
}

func (h *askedHosts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, r.Host)
	if r.Host == h.blocked {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *askedHosts) block(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.blocked = host
}

func (h *askedHosts) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.asked)
}

// take returns the hosts asked since the last call, in alphabetical order.
func (h *askedHosts) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := slices.Sorted(slices.Values(h.asked))
	h.asked = nil
	return asked
}

// A link that is online is looked at by one operator's check, in turn; all are asked when
// that one does not agree, and when there is a reason to suspect the link.
func TestLooksAskOneOperator(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, internet := newStage(t), &askedHosts{}
		s.wires["eth0"] = probetest.Transport(internet)
		s.start()
		defer s.stop()
		s.links.Set(agenttest.Up("eth0", netip.MustParseAddr("192.0.2.1")))
		want := func(what string, hosts ...string) {
			t.Helper()
			for range 70 { // the keepalive period is a minute, more or less
				time.Sleep(time.Second)
				if internet.count() > 0 {
					break
				}
			}
			if got := internet.take(); !slices.Equal(got, hosts) {
				t.Errorf("%s: asked %q, want %q", what, got, hosts)
			}
			s.want("eth0", 0, agent.Authenticated)
		}
		want("joined", "one.test", "two.test")
		want("first look", "one.test")
		want("second look", "two.test")
		internet.block("one.test")
		want("a look that does not agree", "one.test", "one.test", "two.test")
		want("after that", "two.test")
		if err := s.agent.Suspect(t.Context(), "eth0", agent.Cause{}); err != nil {
			t.Fatal(err)
		}
		want("suspected", "one.test", "two.test")
	})
}
