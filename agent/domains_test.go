package agent_test

import (
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/portal/portaltest"
)

// searched gives the link of a radio search domains.
func (s *stage) searched(iface string, h *portaltest.Hotspot, domains ...string) {
	link := agenttest.Up(iface, h.Gateway())
	link.Kind, link.SearchDomains = agent.KindWifi, domains
	s.links.Set(link)
}

// The network gives search domains, too, and may repeat a secret in them. They are masked outside the loop; rules
// get them as they are.
func TestSearchDomainsAreMasked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot, _ := refusing(t)
		s.start()
		defer func() { s.stop() }()
		s.join("wlan0", "Cafe", hotspot)
		s.searched("wlan0", hotspot, "cafe.test")
		s.want("wlan0", 10*time.Second, agent.Failed) // the portal knows the PIN now
		if got := s.association("wlan0").Domains; !slices.Equal(got, []string{"cafe.test"}) {
			t.Errorf("domains %q", got)
		}
		if err := s.agent.AddMask(t.Context(), "wlan0", func(text string) string {
			if strings.Contains(string(debug.Stack()), ".(*Agent).loop(") {
				t.Error("masked on the loop")
			}
			return strings.ReplaceAll(text, "lumen", "[redacted]")
		}); err != nil {
			t.Fatal(err)
		}
		for _, domain := range []string{wrongPIN + ".test", "lumen.test", wrongPIN + ".lumen.test"} {
			s.searched("wlan0", hotspot, domain)
			synctest.Wait()
			as := s.association("wlan0")
			if got := strings.Join(as.Domains, " "); !strings.HasPrefix(got, "[redacted].") || strings.Contains(got, wrongPIN) || strings.Contains(got, "lumen") {
				t.Errorf("domains %q", got)
			}
			if got := as.LinkDomains(); !slices.Equal(got, []string{domain}) {
				t.Errorf("for rules: %q", got)
			}
		}
	})
}

// While a stored secret cannot be read, no search domain is shown; when it can, it is masked.
func TestALockedKeyringHoldsBackSearchDomains(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, h, lock := refusedThenLocked(t)
		defer func() { s.stop() }()
		s.searched("wlan0", h, sentPIN+".test")
		for range 12 {
			if as := s.association("wlan0"); as.Domains != nil {
				t.Errorf("domains %q", as.Domains)
			}
			time.Sleep(10 * time.Second)
			s.showsNoPIN()
		}
		lock(false)
		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if as := s.association("wlan0"); !slices.Equal(as.Domains, []string{"[redacted].test"}) {
			t.Errorf("domains %q", as.Domains)
		}
	})
}
