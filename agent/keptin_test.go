package agent_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/internal/web"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

// change reports the interface, which has joined a network, with a change.
func (s *stage) change(iface string, change func(*agent.Link)) {
	link := agenttest.Up(iface, s.hotspots[iface].Gateway())
	link.Kind = agent.KindWifi
	change(&link)
	s.links.Set(link)
}

// reroute changes the routes of the computer.
func (s *stage) reroute(iface string, routing uint64) {
	s.change(iface, func(l *agent.Link) { l.Routing = routing })
}

// killSwitch is a firewall of this computer, until it is lifted.
type killSwitch struct {
	http.RoundTripper

	lifted atomic.Bool
	denied atomic.Int32
}

func (k *killSwitch) RoundTrip(r *http.Request) (*http.Response, error) {
	if !k.lifted.Load() {
		k.denied.Add(1)
		return nil, fmt.Errorf("dial %s: %w: %w", r.URL.Host, web.ErrLocalFirewall, syscall.EPERM)
	}
	return k.RoundTripper.RoundTrip(r)
}

// A local firewall is a reason of its own. A change of the routes, which a VPN makes when it comes or
// goes, is looked at at once, and only while the firewall is in the way.
func TestALocalFirewallIsLookedAtWhenRoutesChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		wire := &killSwitch{RoundTripper: hotspot.Transport()}
		s.wires["wlan0"] = wire
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		as := s.association("wlan0")
		if as.Phase != agent.Evaluating || as.Verdict != probe.VerdictLimited || as.Obstacle != "local-firewall" || !strings.Contains(as.Reason, "firewall lets nothing out") {
			t.Fatalf("%v, %v, obstacle %q, %q", as.Phase, as.Verdict, as.Obstacle, as.Reason)
		}
		before := wire.denied.Load()
		s.reroute("wlan0", 1)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if wire.denied.Load() == before {
			t.Error("a change of the routes is not looked at")
		}
		time.Sleep(20 * time.Minute) // the delays are long again
		wire.lifted.Store(true)
		s.reroute("wlan0", 2)
		s.want("wlan0", 20*time.Second, agent.Authenticated)

		sent := len(hotspot.Log())
		s.reroute("wlan0", 3)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if more := len(hotspot.Log()) - sent; more > 0 {
			t.Errorf("%d requests after a change of the routes of a link that is online", more)
		}
	})
}

// The answers that a strict reverse-path filter drops come when the filter is loose, or the tunnel gone.
func TestTheReversePathFilterIsLookedAtWhenItChanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 20*time.Second, agent.Authenticated)
		for _, via := range []string{"tun0", ""} {
			sent := len(hotspot.Log())
			s.change("wlan0", func(l *agent.Link) { l.AnswersVia = via })
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if len(hotspot.Log()) == sent {
				t.Errorf("not looked at: answers via %q", via)
			}
		}
	})
}
