package agent

import (
	"strings"
	"testing"

	"hotspot-helper/probe"
)

// One thing is asked at a time from when the gateway does not answer until the probe says something
// else, on this network.
func TestGentleProbes(t *testing.T) {
	silent := event{kind: eventProbed, verdict: probe.VerdictLimited, silent: true}
	noPage := event{kind: eventProbed, verdict: probe.VerdictPortal, silent: true}
	for name, test := range map[string]struct {
		events []event
		want   string // phases, with ~ where the next probe is gentle
	}{
		"limited":             {[]event{silent, variants["timer"]}, "evaluating~ evaluating~"},
		"limited otherwise":   {[]event{variants["limited"], variants["timer"]}, "evaluating evaluating"},
		"heals":               {[]event{silent, variants["full"], variants["timer"]}, "evaluating~ authenticated maintaining"},
		"a login":             {[]event{silent, variants["portal, claimed"], variants["submitted"], variants["full"]}, "evaluating~ authenticating~ verifying~ authenticated"},
		"another network":     {[]event{silent, variants["joined other"]}, "evaluating~ evaluating"},
		"lost":                {[]event{silent, variants["lost"]}, "evaluating~ inactive"},
		"suspected":           {[]event{silent, variants["suspected"]}, "evaluating~ evaluating~"},
		"asked":               {[]event{silent, variants["login"]}, "evaluating~ evaluating~"},
		"no page":             {[]event{noPage, variants["timer"]}, "evaluating~ evaluating~"},
		"no page, for good":   {[]event{noPage, variants["timer"], noPage}, "evaluating~ evaluating~ presenting-ui~"},
		"another reason then": {[]event{silent, variants["limited"]}, "evaluating~ evaluating"},
	} {
		s, phases := standing(Evaluating), []string{}
		for _, e := range test.events {
			var effects []effect
			s, effects = next(s, e)
			phase := s.phase.String()
			if s.gentle {
				phase += "~"
			}
			phases = append(phases, phase)
			for _, effect := range effects {
				if isProbe := effect.kind == effectProbe; effect.gentle != (isProbe && s.gentle) {
					t.Errorf("%s: %v has the effect %+v", name, s, effect)
				}
			}
		}
		if got := strings.Join(phases, " "); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
