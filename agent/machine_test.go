package agent

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

const home = "wifi/open/Home"

// variants is every event in all variants that a transition depends on.
var variants = map[string]event{
	"joined":             {kind: eventJoined, network: home},
	"joined other":       {kind: eventJoined, network: "wifi/open/Other"},
	"joined, off":        {kind: eventJoined, network: home, off: true},
	"lost":               {kind: eventLost},
	"suspected":          {kind: eventSuspected},
	"joined, metered":    {kind: eventJoined, network: home, metered: true},
	"suspected, metered": {kind: eventSuspected, metered: true},
	"full":               {kind: eventProbed, verdict: probe.VerdictFull, next: time.Minute},
	"full, remembered":   {kind: eventProbed, verdict: probe.VerdictFull, helper: "h", next: time.Minute},
	"portal, claimed":    {kind: eventProbed, verdict: probe.VerdictPortal, helper: "h"},
	"portal, refused":    {kind: eventProbed, verdict: probe.VerdictPortal, helper: "h", refused: true},
	"portal, unclaimed":  {kind: eventProbed, verdict: probe.VerdictPortal},
	"portal, waits":      {kind: eventProbed, verdict: probe.VerdictPortal, waits: true},
	"limited":            {kind: eventProbed, verdict: probe.VerdictLimited},
	"none":               {kind: eventProbed, verdict: probe.VerdictNone},
	"submitted":          {kind: eventFlowEnded, outcome: flow.Submitted, sent: true},
	"denied":             {kind: eventFlowEnded, outcome: flow.Denied},
	"needs-user":         {kind: eventFlowEnded, outcome: flow.NeedsUser},
	"unsupported":        {kind: eventFlowEnded, outcome: flow.Unsupported},
	"broke off":          {kind: eventFlowEnded},
	"broke off, sent":    {kind: eventFlowEnded, sent: true},
	"joined again":       {kind: eventJoined, network: home, again: true},
	"asked":              {kind: eventJoined, network: home, asked: true},
	"asked, metered":     {kind: eventJoined, network: home, asked: true, metered: true},
	"asked, off":         {kind: eventJoined, network: home, asked: true, off: true},
	"identified":         {kind: eventIdentified, network: home},
	"identified, off":    {kind: eventIdentified, network: home, off: true},
	"suspected, fresh":   {kind: eventSuspected, fresh: true},
	"full, at once":      {kind: eventProbed, verdict: probe.VerdictFull, period: 5 * time.Minute},
	"timer":              {kind: eventTimer},
	"abandoned":          {kind: eventAbandoned},
	"login":              {kind: eventLogin},
	"logoff":             {kind: eventLogoff},
}

// transitions is the whole table: phase, event, and the next state with the effects.
// What is not in it changes nothing.
var transitions = map[Phase]map[string]string{
	Inactive: {
		"abandoned":       "inactive: ",
		"joined, metered": "on-request: cancel",
		"joined":          "evaluating: cancel probe",
		"joined other":    "evaluating: cancel probe",
		"joined, off":     "logged-off: cancel",
		"lost":            "inactive: cancel",
		"joined again":    "evaluating: cancel probe",
		"asked":           "evaluating: cancel forgive probe",
		"asked, metered":  "evaluating: cancel forgive probe",
		"asked, off":      "evaluating: cancel forgive probe",
	},
	Evaluating: {
		"abandoned":          "evaluating: ",
		"joined, metered":    "on-request: cancel",
		"suspected, metered": "on-request: cancel",
		"joined":             "evaluating: cancel probe",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"suspected":          "evaluating: cancel probe",
		"full":               "authenticated: arm 1m0s",
		"full, remembered":   "authenticated by h: arm 1m0s",
		"portal, claimed":    "authenticating by h: authenticate",
		"portal, refused":    "failed by h: arm 1s",
		"portal, unclaimed":  "presenting-ui: arm 1s",
		"portal, waits":      "presenting-ui: arm 1s",
		"limited":            "evaluating: arm 1s",
		"none":               "evaluating: arm 1s",
		"timer":              "evaluating: probe",
		"login":              "evaluating: cancel forgive probe",
		"logoff":             "logged-off: cancel",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "evaluating: cancel probe",
		"full, at once":      "authenticated: arm 1s",
	},
	Authenticating: {
		"abandoned":          "authenticating by h: ",
		"joined, metered":    "on-request: cancel",
		"suspected, metered": "authenticating by h: ",
		"joined":             "evaluating: cancel probe",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"submitted":          "verifying by h: probe",
		"denied":             "failed by h: arm 1s",
		"needs-user":         "presenting-ui by h: arm 1s",
		"unsupported":        "evaluating without h: probe",
		"broke off":          "verifying by h: probe",
		"logoff":             "logging-off by h: cancel logoff",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"broke off, sent":    "verifying by h: probe",
	},
	Verifying: {
		"abandoned":          "verifying by h: ",
		"joined, metered":    "on-request: cancel",
		"suspected, metered": "verifying by h: cancel probe",
		"joined":             "evaluating: cancel probe",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"suspected":          "verifying by h: cancel probe",
		"full":               "authenticated by h: arm 1m0s",
		"full, remembered":   "authenticated by h: arm 1m0s",
		"portal, claimed":    "verifying by h: arm 1s",
		"portal, refused":    "verifying by h: arm 1s",
		"portal, unclaimed":  "verifying by h: arm 1s",
		"portal, waits":      "verifying by h: arm 1s",
		"limited":            "verifying by h: arm 1s",
		"none":               "verifying by h: arm 1s",
		"timer":              "verifying by h: cancel probe",
		"login":              "evaluating: cancel forgive probe",
		"logoff":             "logging-off by h: cancel logoff",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "verifying by h: cancel probe",
		"full, at once":      "authenticated by h: arm 1s",
	},
	PresentingUI: {
		"abandoned":          "presenting-ui by h: ",
		"joined, metered":    "on-request: cancel",
		"suspected, metered": "on-request: cancel",
		"joined":             "evaluating: cancel probe",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"suspected":          "evaluating: cancel probe",
		"full":               "authenticated: arm 1m0s",
		"full, remembered":   "authenticated: arm 1m0s",
		"portal, claimed":    "presenting-ui by h: arm 1s",
		"portal, refused":    "presenting-ui by h: arm 1s",
		"portal, unclaimed":  "presenting-ui by h: arm 1s",
		"portal, waits":      "presenting-ui by h: arm 1s",
		"limited":            "presenting-ui by h: arm 1s",
		"none":               "presenting-ui by h: arm 1s",
		"timer":              "presenting-ui by h: probe",
		"login":              "evaluating: cancel forgive probe",
		"logoff":             "logged-off: cancel",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "evaluating: cancel probe",
		"full, at once":      "authenticated: arm 1s",
	},
	Authenticated: {
		"abandoned":          "authenticated by h: ",
		"joined, metered":    "on-request: cancel",
		"suspected, metered": "on-request by h: cancel",
		"joined":             "evaluating: cancel probe",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"suspected":          "maintaining by h: probe",
		"timer":              "maintaining by h: maintain",
		"login":              "maintaining by h: cancel forgive probe",
		"logoff":             "logging-off by h: cancel logoff",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "maintaining by h: probe",
	},
	Maintaining: {
		"abandoned":          "maintaining by h: ",
		"joined, metered":    "on-request: cancel",
		"suspected, metered": "on-request by h: cancel",
		"joined":             "evaluating: cancel probe",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"suspected":          "maintaining by h: cancel probe",
		"full":               "authenticated by h: arm 1m0s",
		"full, remembered":   "authenticated by h: arm 1m0s",
		"portal, claimed":    "authenticating by h: authenticate",
		"portal, refused":    "failed by h: arm 1s",
		"portal, unclaimed":  "presenting-ui: arm 1s",
		"portal, waits":      "presenting-ui: arm 1s",
		"limited":            "maintaining by h: arm 1s",
		"none":               "maintaining by h: arm 1s",
		"submitted":          "maintaining by h: probe",
		"denied":             "maintaining by h: probe",
		"needs-user":         "maintaining by h: probe",
		"unsupported":        "maintaining by h: probe",
		"broke off":          "maintaining by h: probe",
		"timer":              "maintaining by h: probe",
		"login":              "maintaining by h: cancel forgive probe",
		"logoff":             "logging-off by h: cancel logoff",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "maintaining by h: cancel probe",
		"full, at once":      "authenticated by h: arm 1s",
		"broke off, sent":    "maintaining by h: probe",
	},
	LoggingOff: {
		"abandoned":          "logging-off by h: ",
		"joined, metered":    "logged-off: cancel",
		"suspected, metered": "logging-off by h: ",
		"joined":             "logged-off: cancel",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"full":               "logged-off: ",
		"full, remembered":   "logged-off: ",
		"portal, claimed":    "logged-off: ",
		"portal, refused":    "logged-off: ",
		"portal, unclaimed":  "logged-off: ",
		"portal, waits":      "logged-off: ",
		"limited":            "logged-off: ",
		"none":               "logged-off: ",
		"submitted":          "logging-off by h: probe",
		"denied":             "logging-off by h: probe",
		"needs-user":         "logging-off by h: probe",
		"unsupported":        "logging-off by h: probe",
		"broke off":          "logging-off by h: probe",
		"login":              "evaluating: cancel forgive probe",
		"joined again":       "logged-off: cancel",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"full, at once":      "logged-off: ",
		"broke off, sent":    "logging-off by h: probe",
	},
	LoggedOff: {
		"abandoned":          "logged-off: ",
		"joined, metered":    "logged-off: cancel",
		"suspected, metered": "logged-off: ",
		"joined":             "logged-off: cancel",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"login":              "evaluating: cancel forgive probe",
		"joined again":       "logged-off: cancel",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
	},
	Failed: {
		"abandoned":          "failed by h: ",
		"joined, metered":    "on-request: cancel",
		"suspected, metered": "on-request: cancel",
		"joined":             "evaluating: cancel probe",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"suspected":          "evaluating: cancel probe",
		"full":               "authenticated: arm 1m0s",
		"full, remembered":   "authenticated: arm 1m0s",
		"portal, claimed":    "failed by h: arm 1s",
		"portal, refused":    "failed by h: arm 1s",
		"portal, unclaimed":  "failed by h: arm 1s",
		"portal, waits":      "failed by h: arm 1s",
		"limited":            "failed by h: arm 1s",
		"none":               "failed by h: arm 1s",
		"timer":              "failed by h: probe",
		"login":              "evaluating: cancel forgive probe",
		"logoff":             "logged-off: cancel",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "evaluating: cancel probe",
		"full, at once":      "authenticated: arm 1s",
	},
	OnRequest: {
		"abandoned":          "on-request by h: ",
		"joined":             "evaluating: cancel probe",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"joined, metered":    "on-request: cancel",
		"lost":               "inactive: cancel",
		"suspected":          "evaluating: cancel probe",
		"suspected, metered": "on-request by h: ",
		"login":              "evaluating: cancel forgive probe",
		"logoff":             "logging-off by h: cancel logoff",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "evaluating: cancel probe",
	},
}

// standing is a state that an association can be in during the phase.
func standing(p Phase) state {
	s := state{phase: p, network: home}
	switch p {
	case Authenticating, Verifying, PresentingUI, Authenticated, Maintaining, LoggingOff, Failed, OnRequest:
		s.helper = "h"
	}
	s.off = p == LoggingOff || p == LoggedOff
	return s
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	for p := range Phase(len(phaseNames)) {
		for _, name := range slices.Sorted(maps.Keys(variants)) {
			t.Run(p.String()+"/"+name, func(t *testing.T) {
				t.Parallel()
				before := standing(p)
				after, effects := next(before, variants[name])
				want, changes := transitions[p][name]
				if !changes {
					if diff := cmp.Diff(before, after, cmp.AllowUnexported(state{})); diff != "" || effects != nil {
						t.Fatalf("should change nothing, effects %v:\n%s", effects, diff)
					}
					return
				}
				if got := describeStep(after, effects); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

func describeStep(s state, effects []effect) string {
	names := map[effectKind]string{
		effectCancel: "cancel", effectProbe: "probe", effectAuthenticate: "authenticate",
		effectMaintain: "maintain", effectLogoff: "logoff", effectArm: "arm", effectForgive: "forgive", effectForget: "forget",
	}
	var words []string
	for _, e := range effects {
		word := names[e.kind]
		if e.kind == effectArm {
			word = fmt.Sprintf("arm %v", e.after)
		}
		words = append(words, word)
	}
	who := s.phase.String()
	if s.helper != "" {
		who += " by " + s.helper
	}
	if len(s.excluded) > 0 {
		who += " without " + strings.Join(s.excluded, ", ")
	}
	return who + ": " + strings.Join(words, " ")
}

// play runs events one after the other and describes the last step.
func play(s state, names ...string) (state, string) {
	last := ""
	for _, name := range names {
		var effects []effect
		s, effects = next(s, variants[name])
		last = describeStep(s, effects)
	}
	return s, last
}

// script makes one list of events of events and lists of events.
func script(parts ...any) (events []string) {
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			events = append(events, part)
		case []string:
			events = append(events, part...)
		}
	}
	return events
}

// looks are probes after a login that still see the portal.
func looks(n int) []string {
	events := slices.Repeat([]string{"portal, claimed", "timer"}, n)
	return events[:len(events)-1]
}

// hurried are looks at a session that the network wants at once.
func hurried(n int) []string { return slices.Repeat([]string{"timer", "full, at once"}, n) }

func TestSequences(t *testing.T) {
	t.Parallel()
	loginSent := []string{"joined", "portal, claimed", "submitted"}
	// fruitless is a login that was repeated once and changed nothing.
	fruitless := script(loginSent, looks(5), "timer", "portal, claimed", "submitted", looks(5))
	tests := []struct {
		name   string
		events []string
		want   string
	}{
		{"back-off doubles", []string{"joined", "limited", "timer", "limited", "timer", "limited"}, "evaluating: arm 4s"},
		{"a change resets it", []string{"joined", "limited", "timer", "limited", "suspected", "limited"}, "evaluating: arm 1s"},
		{"success resets it", []string{"joined", "limited", "timer", "full", "timer", "limited"}, "maintaining: arm 1s"},
		{"a late gateway gets five looks", script(loginSent, looks(4)), "verifying by h: arm 8s"},
		{"and nothing is submitted meanwhile", script(loginSent, looks(3), "suspected", "portal, claimed"), "verifying by h: arm 8s"},
		{"then the login counts as failed", script(loginSent, looks(5)), "evaluating by h: arm 1s"},
		{"and is tried again later", script(loginSent, looks(5), "timer", "portal, claimed"), "authenticating by h: authenticate"},
		{"once", script(loginSent, looks(5), "timer", "portal, claimed", "submitted", looks(5)), "presenting-ui by h: arm 2s"},
		{"by whatever helper", script(loginSent, looks(5), "timer", "portal, refused", "suspected", "portal, claimed", "submitted", looks(5)), "presenting-ui by h: arm 1s"},
		{"then it waits for the user", script(fruitless, "timer", "portal, claimed"), "presenting-ui by h: arm 4s"},
		{"whatever happens to the link", script(fruitless, "suspected", "portal, claimed"), "presenting-ui by h: arm 1s"},
		{"even if it is lost for a moment", script(fruitless, "lost", "joined again", "portal, claimed"), "presenting-ui by h: arm 1s"},
		{"or joined before everything is known of it", script(fruitless, "lost", "joined again", "identified", "portal, claimed"), "authenticating by h: authenticate"},
		{"until the user asks", script(fruitless, "login", "portal, claimed"), "authenticating by h: authenticate"},
		{"or other helpers come", script(fruitless, "suspected, fresh", "portal, claimed"), "authenticating by h: authenticate"},
		{"or it is joined another time", script(fruitless, "lost", "joined", "portal, claimed"), "authenticating by h: authenticate"},
		{"or online in between", script(fruitless, "timer", "full", "timer", "portal, claimed"), "authenticating by h: authenticate"},
		{"what broke off after it was sent is repeated once too", []string{"joined", "portal, claimed", "broke off, sent", "suspected"}, "verifying by h: cancel probe"},
		{"so it waits", script("joined", "portal, claimed", "broke off, sent", looks(5), "timer", "portal, claimed", "broke off, sent", looks(5)), "presenting-ui by h: arm 2s"},
		{"a login that is cancelled counts too", script("joined", "portal, claimed", "lost", "abandoned", "joined again", "portal, claimed", "lost", "abandoned", "joined again", "portal, claimed"), "presenting-ui by h: arm 1s"},
		{"what sent nothing is tried as long as it takes", script("joined", "portal, claimed", "broke off", looks(5), "timer", "portal, claimed", "broke off", looks(5), "timer", "portal, claimed", "broke off", looks(5)), "evaluating by h: arm 4s"},

		{"refused credentials are not sent by themselves", []string{"joined", "portal, refused", "timer", "portal, refused", "suspected", "portal, refused", "lost", "joined", "portal, refused"}, "failed by h: arm 1s"},
		{"but on request", []string{"joined", "portal, refused", "login", "portal, refused"}, "authenticating by h: forget authenticate"},
		{"or if the first join is the request", []string{"asked", "portal, refused"}, "authenticating by h: forget authenticate"},
		{"once for each request", []string{"joined", "portal, refused", "login", "portal, refused", "denied", "suspected", "portal, refused"}, "failed by h: arm 1s"},
		{"also if the outcome is not known", script("asked", "portal, refused", "submitted", looks(5), "timer", "portal, refused"), "failed by h: arm 2s"},
		{"by the helper that the network is for", []string{"asked", "portal, refused", "unsupported", "portal, refused"}, "authenticating by h without h: forget authenticate"},
		{"a request that found it online is answered", []string{"asked", "full", "timer", "portal, refused"}, "failed by h: arm 1s"},

		{"a look at once is followed by later ones", script("joined", "full, at once", hurried(3)), "authenticated: arm 8s"},
		{"never later than without the network's word", script("joined", "full, at once", hurried(20)), "authenticated: arm 5m0s"},
		{"a login does not start that again", script("joined", "full, at once", hurried(2), "timer", "portal, claimed", "submitted", "full, at once"), "authenticated by h: arm 8s"},
		{"nor does a lost link", script("joined", "full, at once", hurried(2), "lost", "joined again", "full, at once"), "authenticated: arm 8s"},
		{"an honest one does", script("joined", "full, at once", hurried(2), "timer", "full", "timer", "full, at once"), "authenticated: arm 1s"},
		{"an expired session is healed", []string{"joined", "portal, claimed", "submitted", "full", "timer", "submitted", "portal, claimed"}, "authenticating by h: authenticate"},
		{"logged off stays off on joining again", []string{"joined", "portal, claimed", "submitted", "full", "logoff", "submitted", "portal, claimed", "lost", "joined"}, "logged-off: cancel"},
		{"but not on another network", []string{"joined", "portal, claimed", "submitted", "full", "logoff", "submitted", "portal, claimed", "lost", "joined other"}, "evaluating: cancel probe"},
		{"login ends it", []string{"joined", "logoff", "login", "lost", "joined"}, "evaluating: cancel probe"},
		{"no helper, no logoff", []string{"joined", "full", "logoff"}, "authenticated: "},
		{"no helper, no keepalive flow", []string{"joined", "full", "timer"}, "maintaining: probe"},
		{"a portal that was slow to show itself is claimed later", []string{"joined", "portal, unclaimed", "timer", "portal, claimed"}, "authenticating by h: authenticate"},
		{"a portal that needs the user is not tried again", []string{"joined", "portal, claimed", "needs-user", "timer", "portal, claimed"}, "presenting-ui by h: arm 2s"},
		{"login by hand is not the helper's", []string{"joined", "portal, claimed", "denied", "timer", "full", "timer"}, "maintaining: probe"},
		{"a new join forgets who was excluded", []string{"joined", "portal, claimed", "unsupported", "lost", "joined"}, "evaluating: cancel probe"},

		{"a metered link is not looked at", []string{"joined, metered"}, "on-request: cancel"},
		{"not after a change either", []string{"joined, metered", "suspected, metered"}, "on-request: "},
		{"but on request", []string{"joined, metered", "login"}, "evaluating: cancel forgive probe"},
		{"once", []string{"joined, metered", "login", "limited"}, "on-request: "},
		{"with a login", []string{"joined, metered", "login", "portal, claimed"}, "authenticating by h: authenticate"},
		{"what went without the user's word gets as many", []string{"joined", "portal, claimed", "submitted", "portal, waits", "timer", "portal, waits"}, "verifying by h: arm 2s"},
		{"and then waits for it", []string{"joined", "portal, claimed", "submitted", "portal, waits", "timer", "portal, waits", "timer", "portal, waits", "timer", "portal, waits", "timer", "portal, waits"}, "presenting-ui by h: arm 1s"},
		{"and its proof", []string{"joined, metered", "login", "portal, claimed", "submitted"}, "verifying by h: probe"},
		{"and patience with a late gateway", []string{"joined, metered", "login", "portal, claimed", "submitted", "portal, claimed"}, "verifying by h: arm 1s"},
		{"which ends", []string{"joined, metered", "login", "portal, claimed", "submitted", "portal, claimed", "timer", "portal, claimed", "timer", "portal, claimed", "timer", "portal, claimed", "timer", "portal, claimed"}, "on-request by h: "},
		{"as that with a dead one does", []string{"joined, metered", "login", "portal, claimed", "submitted", "limited", "timer", "limited", "timer", "limited", "timer", "limited", "timer", "limited"}, "on-request by h: "},
		{"a change meanwhile is a reason to look again", []string{"joined, metered", "login", "suspected, metered"}, "evaluating: cancel probe"},
		{"a metered session is not kept", []string{"joined, metered", "login", "portal, claimed", "submitted", "full"}, "authenticated by h: "},
		{"and may be over after a change", []string{"joined, metered", "login", "portal, claimed", "submitted", "full", "suspected, metered"}, "on-request by h: cancel"},
		{"nor is a portal watched there", []string{"joined, metered", "login", "portal, unclaimed"}, "presenting-ui: "},
		{"it can be logged off from", []string{"joined, metered", "login", "portal, claimed", "submitted", "full", "suspected, metered", "logoff"}, "logging-off by h: cancel logoff"},
		{"a link that turns out to be metered is left alone", []string{"joined", "suspected, metered"}, "on-request: cancel"},
		{"unless a login is under way", []string{"joined", "portal, claimed", "suspected, metered", "submitted"}, "verifying by h: probe"},
		{"one that turns out not to be is looked at", []string{"joined, metered", "suspected"}, "evaluating: cancel probe"},
		{"another network may not be metered", []string{"joined, metered", "lost", "joined other", "limited"}, "evaluating: arm 1s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, got := play(state{}, tt.events...); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
