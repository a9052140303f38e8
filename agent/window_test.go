package agent_test

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/portal/portaltest"
)

// inWindow tells the agent that a person uses the portal of wlan0.
func inWindow(t *testing.T, s *stage) {
	t.Helper()
	if err := s.agent.Suspect(t.Context(), "wlan0", agent.Cause{Kind: agent.CauseWindow, Text: "the portal is used in a window"}); err != nil {
		t.Error(err)
	}
	synctest.Wait()
}

// pages counts the requests for the portal's own pages, and all others.
func pages(t *testing.T, hotspot *portaltest.Hotspot) (own, others int) {
	t.Helper()
	at, err := url.Parse(hotspot.PortalURL())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range hotspot.Log() {
		if r.Host == at.Host {
			own++
		} else {
			others++
		}
	}
	return own, others
}

// While a person has the portal's page open, the agent probes and leaves the page alone: requesting it anew may end what the
// person's page began. When the window has been away for a minute, it is looked at again.
func TestWindowKeepsItsPage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		before := s.want("wlan0", 10*time.Second, agent.PresentingUI)
		if before.CheckURL == "" {
			t.Error("it is not known what a window opens")
		}
		inWindow(t, s)
		own, others := pages(t, hotspot)
		for range 20 {
			time.Sleep(10 * time.Second)
			inWindow(t, s)
		}
		ownLater, othersLater := pages(t, hotspot)
		if ownLater != own || othersLater == others {
			t.Errorf("%d requests for the portal's pages, %d others", ownLater-own, othersLater-others)
		}
		as := s.association("wlan0")
		if as.Phase != agent.PresentingUI || as.PortalURL != before.PortalURL || as.CheckURL == "" {
			t.Errorf("%v, portal %q, check %q; before %q", as.Phase, as.PortalURL, as.CheckURL, before.PortalURL)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if ownLast, _ := pages(t, hotspot); ownLast == ownLater {
			t.Error("the portal's page is left alone without a window")
		}
	})
}

// What a person does in the window is looked into within seconds, also if the network made the agent suspect many things.
func TestWindowDoesNotWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "Cafe", hotspot)
		s.want("wlan0", 10*time.Second, agent.PresentingUI)
		for range 300 {
			if err := s.agent.Suspect(t.Context(), "wlan0", agent.Cause{Kind: agent.CauseConnectivity, Text: "NetworkManager says so"}); err != nil {
				t.Error(err)
			}
			time.Sleep(500 * time.Millisecond)
		}
		for range 40 {
			_, before := pages(t, hotspot)
			inWindow(t, s)
			time.Sleep(4 * time.Second)
			synctest.Wait()
			if _, after := pages(t, hotspot); after == before {
				t.Fatal("nothing was probed for 4 s")
			}
		}
		_, before := pages(t, hotspot)
		for range 600 { // however often it is said
			inWindow(t, s)
			time.Sleep(100 * time.Millisecond)
		}
		if _, after := pages(t, hotspot); after-before > 40*12 {
			t.Errorf("600 suspicions in a minute made %d requests", after-before)
		}
	})
}
