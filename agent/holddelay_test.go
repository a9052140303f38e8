package agent

import (
	"testing"
	"time"

	"hotspot-helper/wifi"
)

// A time that the network gives makes a delay longer, never shorter.
func TestHoldDelay(t *testing.T) {
	for _, test := range []struct {
		kind  NeedKind
		given time.Duration
		tries int
		want  time.Duration
	}{
		{NeedBusy, 0, 0, 5 * time.Second},
		{NeedBusy, 0, 3, 40 * time.Second},
		{NeedBusy, time.Second, 0, 5 * time.Second},
		{NeedBusy, time.Second, 3, 40 * time.Second},
		{NeedBusy, 90 * time.Second, 3, 90 * time.Second},
		{NeedBusy, time.Second, 1 << 40, 10 * time.Minute},
		{NeedBusy, time.Second, -1, 5 * time.Second},
		{NeedLimit, 10 * time.Second, 0, 10 * time.Second},
		{NeedLimit, 10 * time.Second, 3, 80 * time.Second},
		{NeedLimit, 20 * time.Hour, 9, 20 * time.Hour},
		{NeedLimit, 0, 0, 5 * time.Minute},
		{NeedUnreachable, 10 * time.Second, 20, 10 * time.Minute},
		{NeedPace, 7 * time.Second, 9, 7 * time.Second},
	} {
		if got := holdDelay(test.kind, test.given, test.tries); got != test.want {
			t.Errorf("%s, %v given, %d before: %v, want %v", test.kind, test.given, test.tries, got, test.want)
		}
	}
}

// A part of the portal is left alone for as long as it says, unless it says a short time again and again: then for up to
// a minute.
func TestBusyDelay(t *testing.T) {
	for _, test := range []struct {
		after time.Duration
		tries int
		want  time.Duration
	}{
		{0, 0, 5 * time.Second},
		{0, 20, 10 * time.Minute},
		{time.Second, 0, 5 * time.Second},
		{time.Second, 20, time.Minute},
		{90 * time.Second, 20, 90 * time.Second},
	} {
		if got := busyDelay(test.after, test.tries); got != test.want {
			t.Errorf("%v given, %d before: %v, want %v", test.after, test.tries, got, test.want)
		}
	}
}

// What is counted outlives a hold of another kind and ends with a login that lets in, or a day later.
func TestHoldsAreCounted(t *testing.T) {
	for name, test := range map[string]struct {
		between func(a *Agent, as *association)
		want    time.Duration
	}{
		"another kind": {func(a *Agent, as *association) { a.holdLogins(as, NeedPace, "", time.Minute) }, 20 * time.Second},
		"a login that lets in": {func(a *Agent, as *association) {
			a.holdLogins(as, NeedPace, "", time.Minute)
			a.noteOnline(as)
		}, 5 * time.Second},
		"two days": {func(a *Agent, as *association) {
			h := *a.store.holdOf(as.identity)
			h.Until = wallClock().Add(-48 * time.Hour)
			a.store.setHold(as.identity, &h)
		}, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := newUnrun(t)
			as := &association{identity: wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}}
			for range maxBusy {
				a.holdLogins(as, NeedBusy, "", time.Second)
				a.noteBusy(as)
			}
			h := *a.store.holdOf(as.identity)
			if !a.isSpent(as) || h.Tries[NeedBusy] != maxBusy {
				t.Fatalf("%+v", h)
			}
			h.Tries = map[NeedKind]int{NeedBusy: 2}
			a.store.setHold(as.identity, &h)
			test.between(a, as)
			if spent := test.want == 20*time.Second; a.isSpent(as) != spent {
				t.Errorf("spent: %t, want %t", !spent, spent)
			}
			a.holdLogins(as, NeedBusy, "", time.Second)
			if got := holdDelay(NeedBusy, time.Second, a.store.holdOf(as.identity).Tries[NeedBusy]-1); got != test.want {
				t.Errorf("the next hold takes %v, want %v", got, test.want)
			}
		})
	}
}
