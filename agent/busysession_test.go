package agent_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// busySession is a stage that is online, and whose portal is busy whenever it is asked from then on until a time.
func busySession(t *testing.T, kind portaltest.Kind, status int, retry string) (*stage, *busy) {
	t.Helper()
	hotspot := portaltest.New(portaltest.Options{Kind: kind, Internet: internet()})
	wire := &busy{Hotspot: hotspot, status: status, retry: retry}
	wire.is = func(r *http.Request) bool { return r.URL.Host != "one.test" && r.URL.Host != "two.test" }
	s := newStage(t)
	s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
		value, ok := map[string]string{"user": "ada", "pass": "2718"}[input]
		return portal.Plain(value), ok, nil
	}
	s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
		return consent.Given{Terms: consent.Always, Cleartext: true, SharedHosts: true}, nil
	}
	s.settings.Keepalive = time.Hour // the pack's pace counts
	s.wires["wlan0"] = wire
	s.start()
	s.join("wlan0", "Cafe", hotspot)
	s.want("wlan0", 30*time.Second, agent.Authenticated)
	return s, wire
}

// A keepalive that meets a busy portal is repeated when the portal wants it, not at the pack's pace; the
// session is kept meanwhile, and the link is still looked at.
func TestAKeepaliveWaitsForABusyPortal(t *testing.T) {
	for name, test := range map[string]struct {
		status      int
		retry       string
		least, most int // keepalives that are turned away in 20 minutes
	}{
		"503, for 8 min": {503, "480", 3, 3},
		"429, for 90 s":  {429, "90", 12, 13},
		"503, no time":   {503, "", 7, 9}, // 5 s, 10 s, 20 s … 10 min
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, wire := busySession(t, portaltest.KindSophos, test.status, test.retry)
				defer func() { s.stop() }()
				wire.isUntil(time.Now().Add(20 * time.Minute))
				time.Sleep(20 * time.Minute)
				synctest.Wait()
				if n := wire.count(); n < test.least || n > test.most {
					t.Errorf("%d keepalives were turned away", n)
				}
				time.Sleep(10 * time.Minute)
				s.want("wlan0", time.Minute, agent.Authenticated)
				if posts(wire.Hotspot) != 1 || wire.Captive() {
					t.Errorf("%d logins, captive %t", posts(wire.Hotspot), wire.Captive())
				}
				before := len(wire.Log())
				time.Sleep(10 * time.Minute)
				kept := 0
				for _, r := range wire.Log()[before:] {
					if r.Decision == portaltest.DecisionKept {
						kept++
					}
				}
				if kept < 3 || kept > 4 {
					t.Errorf("%d keepalives in 10 minutes after that", kept)
				}
			})
		})
	}
}

// A logoff waits for a busy portal within its time, and says why it did not happen.
func TestALogoffWaitsForABusyPortal(t *testing.T) {
	for name, test := range map[string]struct {
		retry  string
		lasts  time.Duration
		within time.Duration
		want   agent.LogoffResult
		most   int
	}{
		"20 s":        {"10", 20 * time.Second, 40 * time.Second, agent.LogoffDone, 3},
		"no time":     {"", 20 * time.Second, 50 * time.Second, agent.LogoffDone, 3},
		"for good":    {"", time.Hour, time.Minute, agent.LogoffBusy, 4},
		"another day": {"86400", time.Hour, 15 * time.Second, agent.LogoffBusy, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, wire := busySession(t, portaltest.KindOpenNDS, http.StatusServiceUnavailable, test.retry)
				defer func() { s.stop() }()
				wire.isUntil(time.Now().Add(test.lasts))
				if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(100 * time.Millisecond)
				synctest.Wait()
				if as := s.association("wlan0"); wire.count() > 0 && as.Phase == agent.LoggingOff && (as.Need == nil || as.Need.Kind != agent.NeedBusy || !as.Need.Until.After(time.Now())) {
					t.Errorf("it waits without a need: %+v", as.Need)
				}
				as := s.want("wlan0", test.within, agent.LoggedOff)
				if as.Need != nil {
					t.Errorf("logged off, and needs %+v", as.Need)
				}
				last := lastLogoff(t, as)
				if last.Logoff != test.want || wire.Captive() != (test.want == agent.LogoffDone) || wire.count() > test.most {
					t.Errorf("%q, captive %t, %d turned away: %s", last.Logoff, wire.Captive(), wire.count(), last.Cause)
				}
				if test.want == agent.LogoffDone {
					return
				}
				if !strings.Contains(last.Cause, "busy") {
					t.Errorf("cause %q", last.Cause)
				}
				// The session is known still.
				wire.isUntil(time.Time{})
				if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				s.want("wlan0", 10*time.Second, agent.LoggedOff)
				if synctest.Wait(); !wire.Captive() {
					t.Error("a second logoff does nothing")
				}
			})
		})
	}
}
