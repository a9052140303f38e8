package agent

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

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
		{"an expiry", []*probe.CAPPORT{document(600, -1, false)}, 601 * time.Second, 601 * time.Second},
		{"a late expiry", []*probe.CAPPORT{document(1e6, -1, false)}, 90 * time.Minute, 110 * time.Minute},
		{"an absurd expiry", []*probe.CAPPORT{document(math.MaxFloat64, -1, false)}, 90 * time.Minute, 110 * time.Minute},
		{"a session that can be extended", []*probe.CAPPORT{document(600, -1, true)}, 571 * time.Second, 571 * time.Second},
		{"one that was not extended in time", []*probe.CAPPORT{document(40, -1, true)}, 41 * time.Second, 41 * time.Second},
		{"one that is over just now", []*probe.CAPPORT{document(0, -1, true)}, time.Second, time.Second},
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
