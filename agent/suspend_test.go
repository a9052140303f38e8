package agent

import (
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/portal/flow"
)

// Expiries and timers are wall-clock times: their differences include the time that the
// computer was suspended. A time with a monotonic reading differs from its rounded self.
func TestExpiriesAreWallClockTimes(t *testing.T) {
	s := &session{}
	s.renew(flow.Result{Expires: time.Hour})
	s.learn(document(-1, 2e9, false))
	s.learn(document(-1, 1e9, false))
	times := map[string]time.Time{"renewed": s.expires, "allowance": s.allowance.at}
	s.learn(document(600, -1, false))
	times["learned"] = s.expires
	var armed timer
	armed.arm(time.Hour, func(int) {})
	defer armed.disarm()
	times["timer"] = armed.due
	for name, at := range times {
		if at.IsZero() || at != at.Round(0) {
			t.Errorf("%s: %v is no wall-clock time", name, at)
		}
	}
}

// A timer that is overdue by the wall clock fires when it catches up; one that is not
// stays due when it was.
func TestTimerCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fired := 0
		var armed timer
		armed.catchUp() // is not armed
		armed.arm(time.Hour, func(number int) {
			if number == armed.number {
				fired++
			}
		})
		time.Sleep(time.Minute)
		armed.catchUp()
		time.Sleep(58 * time.Minute)
		if fired > 0 {
			t.Error("fired early")
		}
		armed.due = armed.due.Add(-30 * time.Minute) // as if the computer had been suspended
		armed.catchUp()
		synctest.Wait()
		if fired != 1 {
			t.Errorf("fired %d times after the suspension", fired)
		}
		armed.arm(time.Hour, func(int) { fired++ })
		armed.disarm()
		time.Sleep(2 * time.Hour)
		if fired != 1 || !armed.due.IsZero() {
			t.Errorf("fired %d times after it was disarmed", fired)
		}
	})
}
