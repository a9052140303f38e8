package agent_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// lastLogoff returns the transition that ended a logoff.
func lastLogoff(t *testing.T, as agent.Association) agent.Transition {
	t.Helper()
	last := as.Journal[len(as.Journal)-1]
	if last.To != agent.LoggedOff {
		t.Fatalf("the last transition is to %v", last.To)
	}
	return last
}

// What came of a logoff is what the probe sees after it.
func TestALogoffIsTrue(t *testing.T) {
	refuses := func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "opennds_deny") {
			return page(r, "<p>Not now."), nil
		}
		return nil, nil
	}
	for _, test := range []struct {
		name   string
		opts   portaltest.Options
		helper plugins.Helper // nil: a shipped pack
		answer func(*http.Request) (*http.Response, error)
		want   agent.LogoffResult
		cause  string
	}{
		{"it works", portaltest.Options{Kind: portaltest.KindOpenNDS}, nil, nil, agent.LogoffDone, ""},
		{"the session goes on", portaltest.Options{Kind: portaltest.KindOpenNDS}, nil, refuses, agent.LogoffStillOnline, "logoff of opennds: submitted"},
		{"no flow", portaltest.Options{Kind: portaltest.KindClick, Seed: 1}, builtin.ClickThrough{}, nil, agent.LogoffNoFlow, "logoff of click-through: unsupported"},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				test.opts.Internet = internet()
				hotspot := portaltest.New(test.opts)
				s := newStage(t)
				if test.helper != nil {
					s = newStage(t, plugins.Entry{Helper: test.helper})
				}
				if test.answer != nil {
					s.wires["wlan0"] = answering{hotspot, test.answer}
				}
				s.start()
				defer s.stop()
				s.join("wlan0", "Cafe", hotspot)
				s.want("wlan0", 30*time.Second, agent.Authenticated)
				if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
					t.Fatal(err)
				}
				as := s.want("wlan0", 20*time.Second, agent.LoggedOff)
				if last := lastLogoff(t, as); last.Logoff != test.want || !strings.Contains(last.Cause, test.cause) {
					t.Errorf("%q: %s", last.Logoff, last.Cause)
				}
				if hotspot.Captive() != (test.want == agent.LogoffDone) {
					t.Errorf("captive: %v", hotspot.Captive())
				}
			})
		})
	}
}

// answering is a hotspot with answers of its own to some requests.
type answering struct {
	*portaltest.Hotspot

	answer func(*http.Request) (*http.Response, error)
}

func (h answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if response, err := h.answer(r); response != nil || err != nil {
		return response, err
	}
	return h.Transport().RoundTrip(r)
}

// A logoff while the agent evaluates looks whether there is a session, and ends it.
func TestLogoffWhileEvaluating(t *testing.T) {
	bubble(t, func(t *testing.T) {
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s := newStage(t)
		s.start()
		s.join("wlan0", "TestNet", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		s.stop()

		hotspot.SetUp(false)
		s.start()
		defer s.stop()
		time.Sleep(10 * time.Second)
		s.want("wlan0", 0, agent.Evaluating)
		hotspot.SetUp(true)
		if err := s.agent.Logoff(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		as := s.want("wlan0", 20*time.Second, agent.LoggedOff)
		ran := false
		for _, r := range hotspot.Log() {
			ran = ran || strings.Contains(r.Path, "opennds_deny")
		}
		if last := lastLogoff(t, as); !ran || last.Logoff == "" || hotspot.Captive() != (last.Logoff == agent.LogoffDone) {
			t.Errorf("%q: %s; captive %v", last.Logoff, last.Cause, hotspot.Captive())
		}
	})
}

// The end of the agent ends the session if the user wants that, within 5 s, and the next start
// logs in again.
func TestLogoffOnExit(t *testing.T) {
	for name, test := range map[string]struct{ wanted, dead bool }{"not wanted": {}, "wanted": {wanted: true}, "dead gateway": {wanted: true, dead: true}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
				s := newStage(t)
				s.settings.Policy = func(wifi.Identity) agent.Policy { return agent.Policy{LogoffOnExit: test.wanted} }
				s.start()
				s.join("wlan0", "TestNet", hotspot)
				s.want("wlan0", 10*time.Second, agent.Authenticated)
				hotspot.SetUp(!test.dead)
				began := time.Now()
				s.stop()
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("the agent ended after %v", took)
				}
				if hotspot.Captive() != (test.wanted && !test.dead) {
					t.Errorf("captive: %v", hotspot.Captive())
				}
				hotspot.SetUp(true)
				s.start()
				defer s.stop()
				synctest.Wait()
				s.want("wlan0", 20*time.Second, agent.Authenticated)
			})
		})
	}
}
