package agent

import (
	"maps"
	"slices"
	"testing"
)

var (
	asleep = event{kind: eventAsleep}
	awake  = event{kind: eventAwake}
)

// While the computer sleeps, no event in any phase sends anything or arms a timer.
func TestNothingIsSentAsleep(t *testing.T) {
	t.Parallel()
	allowed := []effectKind{effectCancel, effectClearLogoff}
	for p := range Phase(len(phaseNames)) {
		for _, first := range slices.Sorted(maps.Keys(variants)) {
			for _, second := range slices.Sorted(maps.Keys(variants)) {
				s, _ := next(standing(p), asleep)
				for _, name := range []string{first, second} {
					var effects []effect
					s, effects = next(s, variants[name])
					for _, e := range effects {
						if !slices.Contains(allowed, e.kind) {
							t.Errorf("%v asleep, %s, %s: %s", p, first, second, describeStep(s, effects))
						}
					}
					if !s.asleep {
						t.Errorf("%v asleep, %s, %s: it is awake", p, first, second)
					}
				}
			}
		}
	}
}

// After waking there is one probe at the end of a moment, or what the phase does without one.
func TestWaking(t *testing.T) {
	t.Parallel()
	tests := map[Phase][3]string{ // asleep, awake, after a moment
		Inactive:       {"inactive: cancel", "inactive: ", ""},
		Evaluating:     {"evaluating: cancel", "evaluating: cancel arm 1s", "evaluating: cancel probe"},
		Authenticating: {"evaluating: cancel", "evaluating: cancel arm 1s", "evaluating: cancel probe"},
		Verifying:      {"verifying by h: cancel", "verifying by h: cancel arm 1s", "verifying by h: cancel probe"},
		PresentingUI:   {"presenting-ui by h: cancel", "presenting-ui by h: cancel arm 1s", "evaluating: cancel probe"},
		Authenticated:  {"authenticated by h: cancel", "authenticated by h: cancel arm 1s", "maintaining by h: probe"},
		Maintaining:    {"maintaining by h: cancel", "maintaining by h: cancel arm 1s", "maintaining by h: cancel probe"},
		LoggingOff:     {"logging-off by h: cancel", "logging-off by h: cancel arm 1s", "logging-off by h: logoff"},
		LoggedOff:      {"logged-off: cancel", "logged-off: ", ""},
		Failed:         {"failed by h: cancel", "failed by h: cancel arm 1s", "evaluating: cancel probe"},
		OnRequest:      {"on-request by h: cancel", "on-request by h: ", ""},
		Deferred:       {"deferred by h: cancel", "deferred by h: cancel arm 1s", "deferred by h: cancel probe"},
	}
	for p := range Phase(len(phaseNames)) {
		want, known := tests[p]
		if !known {
			t.Errorf("no case for %v", p)
		}
		s := standing(p)
		s.metered = p == OnRequest
		for i, e := range []event{asleep, awake, {kind: eventTimer}} {
			var effects []effect
			s, effects = next(s, e)
			if got := describeStep(s, effects); want[i] != "" && got != want[i] {
				t.Errorf("%v, step %d: got %s, want %s", p, i, got, want[i])
			}
		}
		if s.asleep || s.woke {
			t.Errorf("%v: %+v after the probe", p, s)
		}
	}
}

// Sequences of events around a sleep, and what the last one does.
func TestSleepSequences(t *testing.T) {
	t.Parallel()
	named := maps.Clone(variants)
	named["asleep"], named["awake"] = asleep, awake
	tests := []struct {
		name   string
		begin  Phase
		events []string
		want   string
	}{
		{"what changes after waking waits for the probe", Authenticated, []string{"asleep", "awake", "suspected"}, "authenticated by h: "},
		{"and is answered by one", Authenticated, []string{"asleep", "awake", "suspected", "suspected", "timer"}, "maintaining by h: probe"},
		{"a short wake probes nothing", Authenticated, []string{"asleep", "awake", "asleep"}, "authenticated by h: cancel"},
		{"a session that outlived the sleep goes on", Authenticated, []string{"asleep", "awake", "timer", "full"}, "authenticated by h: arm 1m0s"},
		{"a session that did not is logged in again", Authenticated, []string{"asleep", "awake", "timer", "portal, claimed"}, "authenticating by h: authenticate"},
		{"a network that is left asleep", Authenticated, []string{"asleep", "lost", "awake"}, "inactive: "},
		{"and joined again", Authenticated, []string{"asleep", "lost", "awake", "joined again"}, "evaluating: cancel probe"},
		{"a network that is joined asleep", Inactive, []string{"asleep", "joined", "awake", "timer"}, "evaluating: cancel probe"},
		{"a login that had submitted something is looked for", Authenticating, []string{"asleep", "abandoned", "awake", "timer"}, "verifying by h: cancel probe"},
		{"also if that is known late", Authenticating, []string{"asleep", "awake", "abandoned", "timer"}, "verifying by h: cancel probe"},
		{"a login asked for asleep", PresentingUI, []string{"asleep", "login", "awake", "timer", "portal, claimed"}, "authenticating by h: authenticate"},
		{"a login asked for after waking", PresentingUI, []string{"asleep", "awake", "login"}, "evaluating: cancel forgive probe"},
		{"its probe is the only one", PresentingUI, []string{"asleep", "awake", "login", "full"}, "authenticated: arm 1m0s"},
		{"a logoff asked for asleep", Authenticated, []string{"asleep", "logoff", "awake", "timer"}, "logging-off by h: logoff"},
		{"the agent ends asleep", Authenticated, []string{"asleep", "logoff, exit"}, "authenticated by h: "},
		{"a clock that is set", Authenticated, []string{"awake", "timer"}, "maintaining by h: probe"},
		{"a clock that is set again soon", Authenticated, []string{"awake", "awake"}, "authenticated by h: "},
		{"is probed when it would have been", Authenticated, []string{"awake", "awake", "timer"}, "maintaining by h: probe"},
		{"a clock that is set during a login", Authenticating, []string{"awake", "submitted"}, "verifying by h: probe"},
		{"a clock that is set during a logoff", LoggingOff, []string{"awake", "submitted"}, "logging-off by h, still-online: probe"},
		{"a metered link is left alone", Authenticated, []string{"suspected, metered", "asleep", "awake"}, "on-request by h: "},
		{"also if that is known after waking", Authenticated, []string{"asleep", "awake", "suspected, metered", "timer"}, "on-request by h: cancel"},
	}
	for _, test := range tests {
		s, got := standing(test.begin), ""
		for _, name := range test.events {
			e, ok := named[name]
			if !ok {
				t.Fatalf("no event %q", name)
			}
			var effects []effect
			s, effects = next(s, e)
			got = describeStep(s, effects)
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}
