package agent_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// A supplicant that roams takes the carrier away for a moment. The network is not lost: the session is looked
// at once, in one transition and its verdict. A carrier that stays away is a loss, and so is one whose radio
// says that it was disconnected.
func TestRoamIsOneTransition(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStage(t)
		s.settings.Keepalive = 24 * time.Hour
		hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
		s.start()
		defer s.stop()
		s.join("wlan0", "TestNet", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		up := agenttest.Up("wlan0", hotspot.Gateway())
		up.Kind = agent.KindWifi
		down := up
		down.Carrier = false
		transitions := func() int { return len(s.association("wlan0").Journal) }
		for name, events := range map[string][]func(){
			"as supplicants roam":       {func() { s.links.Set(down) }, func() { s.radio.Join("wlan0", openNetwork("TestNet")) }, func() { s.links.Set(up) }},
			"the radio says so last":    {func() { s.links.Set(down) }, func() { s.links.Set(up) }, func() { s.radio.Join("wlan0", openNetwork("TestNet")) }},
			"the radio says nothing":    {func() { s.links.Set(down) }, func() { s.links.Set(up) }},
			"the carrier is never lost": {func() { s.radio.Join("wlan0", openNetwork("TestNet")) }},
			// Seen of mac80211 with wpa_supplicant: the kernel leaves the old access point to authenticate with the new one.
			"as mac80211 roams":                                {func() { s.radio.Play(movingOn) }, func() { s.links.Set(down) }, func() { s.radio.Join("wlan0", openNetwork("TestNet")) }, func() { s.links.Set(up) }},
			"the carrier is lost first":                        {func() { s.links.Set(down) }, func() { s.radio.Play(movingOn) }, func() { s.radio.Join("wlan0", openNetwork("TestNet")) }, func() { s.links.Set(up) }},
			"the radio moves on and the carrier is never lost": {func() { s.radio.Play(movingOn) }, func() { s.radio.Join("wlan0", openNetwork("TestNet")) }},
		} {
			before := transitions()
			for _, happens := range events {
				happens()
				synctest.Wait()
				time.Sleep(5 * time.Millisecond)
			}
			time.Sleep(10 * time.Minute) // the pace of suspicions begins anew
			s.want("wlan0", 0, agent.Authenticated)
			if n := transitions() - before; n != 2 && (n != 4 || name != "the radio says so last") {
				t.Errorf("%s: %d transitions: %+v", name, n, s.association("wlan0").Journal[before:])
			}
		}

		s.links.Set(down)
		time.Sleep(time.Second)
		s.want("wlan0", 0, agent.Authenticated)
		time.Sleep(1100 * time.Millisecond)
		if as := s.want("wlan0", 0, agent.Inactive); as.Reason != "no carrier" {
			t.Errorf("lost because of %q", as.Reason)
		}
		s.links.Set(up)
		s.want("wlan0", 10*time.Second, agent.Authenticated)

		s.links.Set(down)
		synctest.Wait()
		s.radio.Kick("wlan0", 2)
		synctest.Wait()
		s.want("wlan0", 0, agent.Inactive)
	})
}

// movingOn is what a radio says that goes to another access point.
var movingOn = wifi.Event{Kind: wifi.EventDisconnected, Interface: "wlan0", Reason: 1}

// A radio that moves on and joins nothing has lost its network; one that was told to leave has lost it at once.
func TestRadioThatMovesOnMayArrive(t *testing.T) {
	for name, c := range map[string]struct {
		event wifi.Event
		after time.Duration
	}{
		"moves on":      {movingOn, 2 * time.Second},
		"leaves":        {wifi.Event{Kind: wifi.EventDisconnected, Interface: "wlan0", Reason: 3}, 0},
		"is told to go": {wifi.Event{Kind: wifi.EventDisconnected, Interface: "wlan0", Reason: 1, ByAP: true}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newStage(t)
				hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindOpenNDS, Internet: internet()})
				s.start()
				defer s.stop()
				s.join("wlan0", "TestNet", hotspot)
				s.want("wlan0", 10*time.Second, agent.Authenticated)
				s.radio.Play(c.event)
				if c.after != 0 {
					time.Sleep(c.after - time.Millisecond)
					s.want("wlan0", 0, agent.Authenticated)
					time.Sleep(2 * time.Millisecond)
				}
				synctest.Wait()
				if as := s.want("wlan0", 0, agent.Inactive); as.Reason != "not associated" {
					t.Errorf("lost because of %q", as.Reason)
				}
			})
		})
	}
}
