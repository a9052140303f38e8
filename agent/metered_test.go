package agent_test

import (
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

// cafe makes an interface join a hotspot, over a metered link or not.
func (s *stage) cafe(metered bool) *portaltest.Hotspot {
	s.t.Helper()
	hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
	s.attach("wlan0", hotspot)
	s.radio.Join("wlan0", openNetwork("TestNet"))
	s.measure(metered)
	return hotspot
}

// measure sets whether the link is metered.
func (s *stage) measure(metered bool) {
	link := agenttest.Up("wlan0", s.hotspots["wlan0"].Gateway())
	link.Kind, link.Metered = agent.KindWifi, metered
	s.links.Set(link)
}

func TestMeteredLinkIsProbedOnRequestOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.start()
		defer s.stop()
		hotspot := s.cafe(true)
		time.Sleep(24 * time.Hour)
		as := s.want("wlan0", 0, agent.OnRequest)
		if n := len(hotspot.Log()); n != 0 {
			t.Errorf("%d requests without a login", n)
		}
		const cause = `joined "TestNet"; the link is metered, so it is probed on request only`
		if !as.Metered || as.NextCheck != nil || as.Journal[0].Cause != cause {
			t.Errorf("status %+v", as)
		}

		if err := s.agent.Login(t.Context(), "wlan0"); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", time.Minute, agent.Authenticated)
		wanted := len(hotspot.Log())
		time.Sleep(24 * time.Hour)
		if n := len(hotspot.Log()); n != wanted || hotspot.Captive() {
			t.Errorf("%d requests after the login, captive: %t", n-wanted, hotspot.Captive())
		}

		s.measure(false)
		s.want("wlan0", time.Second, agent.Authenticated)
		time.Sleep(time.Hour)
		if n := len(hotspot.Log()); n < wanted+10 {
			t.Errorf("%d requests in an hour on a link that is not metered any more", n-wanted)
		}

		s.measure(true)
		if as := s.want("wlan0", time.Second, agent.OnRequest); as.Reason != "" || as.Verdict != probe.VerdictUnknown || as.Why != "" {
			t.Errorf("nobody looks whether it still holds: %v, %q, %q", as.Verdict, as.Reason, as.Why)
		}
	})
}

func TestMeteredLinkMayBeProbedAsOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.settings.Metered = true
		s.start()
		defer s.stop()
		s.cafe(true)
		s.want("wlan0", time.Minute, agent.Authenticated)

		settings := s.settings
		settings.Metered = false
		if err := s.agent.Reload(t.Context(), settings); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", 0, agent.OnRequest)
		if err := s.agent.Reload(t.Context(), s.settings); err != nil {
			t.Fatal(err)
		}
		s.want("wlan0", time.Minute, agent.Authenticated)
	})
}
