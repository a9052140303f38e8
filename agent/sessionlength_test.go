package agent_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal/portaltest"
)

// lengthStage joins a hotspot of clicks that tells no expiry.
func lengthStage(t *testing.T, lasts time.Duration) (*stage, *portaltest.Hotspot) {
	s := newStage(t, plugins.Entry{Helper: builtin.ClickThrough{}})
	s.settings.Keepalive = 5 * time.Minute
	hotspot := portaltest.New(portaltest.Options{Kind: portaltest.KindClick, Seed: 1, Session: lasts, Internet: internet()})
	s.start()
	s.join("wlan0", "TestNet", hotspot)
	s.want("wlan0", 10*time.Second, agent.Authenticated)
	return s, hotspot
}

// session waits until the session ends and the next one begins, and returns how long nobody noticed.
func nextSession(t *testing.T, s *stage, h *portaltest.Hotspot, longest time.Duration) (unnoticed time.Duration) {
	t.Helper()
	for end := time.Now().Add(longest); !h.Captive(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no end of the session after %v\n%s", longest, &s.log)
		}
	}
	over := time.Now()
	for h.Captive() {
		time.Sleep(100 * time.Millisecond)
	}
	unnoticed = time.Since(over)
	s.want("wlan0", 10*time.Second, agent.Authenticated)
	return unnoticed
}

// Where sessions end at the same age, the third one is expected to end then, and the gap becomes short.
func TestTheLengthOfSessionsIsLearned(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const lasts = 2 * time.Hour
		s, hotspot := lengthStage(t, lasts)
		defer s.stop()
		for n := range 10 {
			began := time.Now()
			as := s.association("wlan0")
			if learned := n >= 2; as.ExpiresLearned != learned || (as.Expires != nil) != learned {
				t.Fatalf("session %d: expected to end: %v, %v\n%s", n+1, as.ExpiresLearned, as.Expires, &s.log)
			}
			if n >= 2 {
				if off := as.Expires.Sub(began.Add(lasts)).Abs(); off > lasts/20 {
					t.Errorf("session %d: expected to end %v off", n+1, off)
				}
			}
			unnoticed := nextSession(t, s, hotspot, lasts+time.Minute)
			if n == 9 && unnoticed > 20*time.Second {
				t.Errorf("the tenth end was noticed after %v\n%s", unnoticed, &s.log)
			}
		}
	})
}

// What was learned outlives the agent, and a session that is older than others became is none of that length.
func TestALengthOutlivesTheAgentAndEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, hotspot := lengthStage(t, time.Hour)
		nextSession(t, s, hotspot, 2*time.Hour)
		nextSession(t, s, hotspot, 2*time.Hour)
		if !s.association("wlan0").ExpiresLearned {
			t.Fatalf("nothing learned\n%s", &s.log)
		}
		s.stop()
		s.start()
		defer s.stop()
		s.join("wlan0", "TestNet", hotspot)
		s.want("wlan0", 10*time.Second, agent.Authenticated)
		if !s.association("wlan0").ExpiresLearned {
			t.Errorf("nothing known after a restart\n%s", &s.log)
		}
		for n := range 2 { // of other lengths
			time.Sleep(time.Duration(10+20*n) * time.Minute)
			hotspot.Expire()
			nextSession(t, s, hotspot, time.Minute)
		}
		if s.association("wlan0").ExpiresLearned {
			t.Errorf("sessions of other lengths changed nothing\n%s", &s.log)
		}
	})
}

// A length that was learned makes the agent look no more often than the back-off allows.
func TestALengthDoesNotHurryTheProbe(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const lasts = 30 * time.Minute
		s, hotspot := lengthStage(t, lasts)
		defer s.stop()
		for range 4 {
			nextSession(t, s, hotspot, 2*lasts)
		}
		before := len(hotspot.Log())
		time.Sleep(lasts - time.Minute)
		synctest.Wait()
		// One look each keepalive, and a few more around the expected end.
		if requests := len(hotspot.Log()) - before; requests > 24 {
			t.Errorf("%d requests in a session of %v", requests, lasts)
		}
	})
}
