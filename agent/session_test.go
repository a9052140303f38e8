package agent

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// document is one of the portal's API; a negative number is left out.
func document(secondsLeft, bytesLeft float64, extends bool) *probe.CAPPORT {
	api := &probe.CAPPORT{CanExtendSession: extends}
	if secondsLeft >= 0 {
		api.SecondsRemaining = &secondsLeft
	}
	if bytesLeft >= 0 {
		api.BytesRemaining = &bytesLeft
	}
	return api
}

// A helper that keeps a session is asked as often as it says, or sooner.
func TestNextCheckEvery(t *testing.T) {
	s := &session{every: 3 * time.Minute}
	for range 1000 {
		if got, _ := s.nextCheck(time.Hour); got > 3*time.Minute || got < 3*time.Minute*9/10 {
			t.Fatalf("next look in %v", got)
		}
	}
	if got, _ := s.nextCheck(time.Minute); got > 66*time.Second {
		t.Errorf("next look in %v, though the period is a minute", got)
	}
}

// What the portal's API says decides when a session is checked.
func TestNextCheck(t *testing.T) {
	const period = 100 * time.Minute // 90 to 110
	tests := []struct {
		name      string
		documents []*probe.CAPPORT // a minute apart
		from, to  time.Duration
	}{
		{"nothing known", []*probe.CAPPORT{nil}, 90 * time.Minute, 110 * time.Minute},
		{"an expiry", []*probe.CAPPORT{document(600, -1, false)}, 600*time.Second + expiryMargin, 600*time.Second + expiryMargin},
		{"a late expiry", []*probe.CAPPORT{document(1e6, -1, false)}, 90 * time.Minute, 110 * time.Minute},
		{"an absurd expiry", []*probe.CAPPORT{document(math.MaxFloat64, -1, false)}, 90 * time.Minute, 110 * time.Minute},
		{"a session that can be extended", []*probe.CAPPORT{document(600, -1, true)}, 570*time.Second + expiryMargin, 570*time.Second + expiryMargin},
		{"one that was not extended in time", []*probe.CAPPORT{document(40, -1, true)}, 40*time.Second + expiryMargin, 40*time.Second + expiryMargin},
		{"one that is over and is not captive", []*probe.CAPPORT{document(0, -1, true)}, 90 * time.Minute, 110 * time.Minute},
		{"bytes, once", []*probe.CAPPORT{document(-1, 1e9, false)}, 90 * time.Minute, 110 * time.Minute},
		{"bytes that are used", []*probe.CAPPORT{document(-1, 1.5e9, false), document(-1, 1e9, false)}, 2 * time.Minute, 2 * time.Minute},
		{"bytes that are nearly used up", []*probe.CAPPORT{document(-1, 1e9, false), document(-1, 10, false)}, allowanceCheck, allowanceCheck},
		{"bytes that are hardly used", []*probe.CAPPORT{document(-1, 1e9, false), document(-1, 1e9-1, false)}, 90 * time.Minute, 110 * time.Minute},
		{"bytes that grow", []*probe.CAPPORT{document(-1, 10, false), document(-1, 1e9, false)}, 90 * time.Minute, 110 * time.Minute},
		{"bytes and then none reported", []*probe.CAPPORT{document(-1, 1.5e9, false), document(-1, 1e9, false), nil}, 90 * time.Minute, 110 * time.Minute},
		{"whatever comes first", []*probe.CAPPORT{document(3600, 1.5e9, false), document(3540, 1e9, false)}, 2 * time.Minute, 2 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &session{}
				for i, api := range test.documents {
					if i > 0 {
						time.Sleep(time.Minute)
					}
					s.learn(api)
				}
				if got, _ := s.nextCheck(period); got < test.from || got > test.to {
					t.Errorf("next look in %v, want %v to %v", got, test.from, test.to)
				}
			})
		})
	}
}

// A session that is not over when it should be is checked once more, and then as usual.
func TestNextCheckAfterTheExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &session{}
		s.begin(flow.Result{Expires: time.Minute})
		for _, want := range []time.Duration{time.Minute + expiryMargin, expiryGrace} {
			got, _ := s.nextCheck(time.Hour)
			if got != want {
				t.Errorf("next look in %v, want %v", got, want)
			}
			time.Sleep(got)
		}
		if got, _ := s.nextCheck(time.Hour); got < 54*time.Minute {
			t.Errorf("next look in %v", got)
		}
	})
}

// What a keepalive does not tell stays as it was; a login begins a new session.
func TestAKeepaliveLeavesWhatItDoesNotTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &session{}
		s.begin(flow.Result{Expires: time.Minute, Captures: map[string]string{"id": "1"}})
		ends := s.expires
		s.renew(flow.Result{Every: time.Second})
		if s.expires != ends || s.captures["id"] != "1" {
			t.Errorf("got %v and %v, want %v and id 1", s.expires, s.captures, ends)
		}
		s.begin(flow.Result{})
		if !s.expires.IsZero() || s.captures != nil {
			t.Errorf("a new session has %v and %v of the one before", s.expires, s.captures)
		}
	})
}
