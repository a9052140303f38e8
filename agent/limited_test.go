package agent_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

// plainOnly refuses https, until it is opened.
type plainOnly struct {
	http.RoundTripper

	opened atomic.Bool
}

func (p *plainOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" && !p.opened.Load() {
		return nil, syscall.ECONNREFUSED
	}
	return p.RoundTripper.RoundTrip(r)
}

// A login that opens http and not https is over soon, with that reason. The link is looked at
// less and less often, nothing is submitted again, and the agent is online when https works.
func TestALoginThatDoesNotOpenHTTPS(t *testing.T) {
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet(), Authority: authority})
		s := newStage(t)
		for _, name := range []string{"one", "two"} {
			s.settings.Endpoints = append(s.settings.Endpoints, probe.Endpoint{
				Name: name + "-https", Operator: name, URL: "https://" + name + ".test/204", Status: http.StatusNoContent,
			})
		}
		wire := &plainOnly{RoundTripper: hotspot.Transport()}
		s.wires["wlan0"] = wire
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 5*time.Second, agent.Verifying)
		as := s.want("wlan0", 20*time.Second, agent.Evaluating)
		last := as.Journal[len(as.Journal)-1]
		if as.Verdict != probe.VerdictLimited || !strings.Contains(last.Cause, "https does not") || !strings.Contains(last.Cause, "submitted") || as.NextCheck == nil {
			t.Errorf("%v: %s", as.Verdict, last.Cause)
		}
		before := len(hotspot.Log())
		time.Sleep(time.Hour)
		synctest.Wait()
		const looks = 9 + 12 // the back-off, and every 5 min
		if sent := len(hotspot.Log()) - before; logins(s.association("wlan0")) != 1 || sent > 4*looks {
			t.Errorf("%d logins, %d requests in an hour", logins(s.association("wlan0")), sent)
		}
		wire.opened.Store(true)
		if as := s.want("wlan0", 6*time.Minute, agent.Authenticated); as.Helper != "opennds" || logins(as) != 1 {
			t.Errorf("%d logins, by %q", logins(as), as.Helper)
		}
	})
}
