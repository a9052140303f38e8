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
	"portal, refused":    {kind: eventProbed, verdict: probe.VerdictPortal, helper: "h", credentialsRefused: true},
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
	"abandoned":          {kind: eventAbandoned, helper: "h"},
	"login":              {kind: eventLogin},
	"logoff":             {kind: eventLogoff},
	"logoff, exit":       {kind: eventLogoff, exit: true},
	"suspected, no way":  {kind: eventSuspected, lostWay: true},
	"portal, later":      {kind: eventProbed, verdict: probe.VerdictPortal, helper: "h", later: time.Hour},
	"later":              {kind: eventFlowEnded, outcome: flow.Later, sent: true, later: time.Hour},
	"portal, busy":       {kind: eventProbed, verdict: probe.VerdictPortal, later: time.Hour, busy: true},
	"portal, spent":      {kind: eventProbed, verdict: probe.VerdictPortal, helper: "h", later: time.Hour, busy: true, spent: true},
	"busy, sent":         {kind: eventFlowEnded, outcome: flow.Later, sent: true, later: time.Hour, busy: true},
	"stuck":              {kind: eventFlowEnded, stuck: true},
	"refused just now":   {kind: eventProbed, verdict: probe.VerdictPortal, helper: "h", credentialsRefused: true, justRefused: true},
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
		"portal, busy":       "deferred: arm 1h0m0s",
		"abandoned":          "verifying by h: cancel probe",
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
		"logoff":             "logging-off: cancel probe",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "evaluating: cancel probe",
		"full, at once":      "authenticated: arm 1s",
		"portal, later":      "deferred by h: arm 1s",
		"portal, spent":      "presenting-ui by h: arm 1s",
		"refused just now":   "failed by h: arm 1s",
		"suspected, no way":  "evaluating: cancel probe",
	},
	Authenticating: {
		"busy, sent":         "deferred by h: arm 1s",
		"later":              "deferred by h: arm 1s",
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
		"logoff, exit":       "logging-off by h: cancel logoff",
		"stuck":              "verifying by h: probe",
		"suspected, no way":  "evaluating: cancel arm 30s",
	},
	Verifying: {
		"portal, busy":       "verifying by h: arm 1s",
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
		"logoff":             "logging-off by h: cancel logoff",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "verifying by h: cancel probe",
		"full, at once":      "authenticated by h: arm 1s",
		"logoff, exit":       "logging-off by h: cancel logoff",
		"portal, later":      "verifying by h: arm 1s",
		"portal, spent":      "verifying by h: arm 1s",
		"refused just now":   "verifying by h: arm 1s",
		"suspected, no way":  "verifying by h: cancel probe",
	},
	PresentingUI: {
		"portal, busy":       "presenting-ui by h: arm 1s",
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
		"logoff":             "logging-off by h: cancel probe",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "evaluating: cancel probe",
		"full, at once":      "authenticated: arm 1s",
		"portal, later":      "presenting-ui by h: arm 1s",
		"portal, spent":      "presenting-ui by h: arm 1s",
		"refused just now":   "presenting-ui by h: arm 1s",
		"suspected, no way":  "evaluating: cancel probe",
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
		"logoff, exit":       "logging-off by h: cancel logoff",
		"suspected, no way":  "maintaining by h: probe",
	},
	Maintaining: {
		"portal, busy":       "deferred: arm 1h0m0s",
		"busy, sent":         "maintaining by h: probe",
		"later":              "maintaining by h: probe",
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
		"submitted":          "maintaining by h: look",
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
		"logoff, exit":       "logging-off by h: cancel logoff",
		"portal, later":      "deferred by h: arm 1s",
		"portal, spent":      "presenting-ui by h: arm 1s",
		"refused just now":   "failed by h: arm 1s",
		"stuck":              "maintaining by h: probe",
		"suspected, no way":  "maintaining by h: cancel probe",
	},
	LoggingOff: {
		"portal, busy":       "logged-off, done: ",
		"busy, sent":         "logging-off by h, busy: probe",
		"later":              "logging-off by h, failed: probe",
		"abandoned":          "logging-off by h: ",
		"joined, metered":    "logged-off: cancel",
		"suspected, metered": "logging-off by h: ",
		"joined":             "logged-off: cancel",
		"joined other":       "evaluating: cancel probe",
		"joined, off":        "logged-off: cancel",
		"lost":               "inactive: cancel",
		"full":               "logging-off by h: arm 1s",
		"full, remembered":   "logging-off by h: arm 1s",
		"portal, claimed":    "logged-off, done: ",
		"portal, refused":    "logged-off, done: ",
		"portal, unclaimed":  "logged-off, done: ",
		"portal, waits":      "logged-off, done: ",
		"limited":            "logging-off by h: arm 1s",
		"none":               "logging-off by h: arm 1s",
		"submitted":          "logging-off by h, still-online: probe",
		"denied":             "logging-off by h, failed: probe",
		"needs-user":         "logging-off by h, failed: probe",
		"unsupported":        "logging-off by h, no-flow: probe",
		"broke off":          "logging-off by h, failed: probe",
		"login":              "evaluating: cancel forgive probe",
		"joined again":       "logged-off: cancel",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"full, at once":      "logging-off by h: arm 1s",
		"broke off, sent":    "logging-off by h, failed: probe",
		"portal, later":      "logged-off, done: ",
		"portal, spent":      "logged-off, done: ",
		"refused just now":   "logged-off, done: ",
		"stuck":              "logging-off by h, failed: probe",
		"timer":              "logging-off by h: probe",
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
		"logoff":             "logging-off: cancel probe",
	},
	Failed: {
		"portal, busy":       "failed by h: arm 1s",
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
		"logoff":             "logging-off by h: cancel probe",
		"joined again":       "evaluating: cancel probe",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"identified, off":    "logged-off: cancel",
		"suspected, fresh":   "evaluating: cancel probe",
		"full, at once":      "authenticated: arm 1s",
		"portal, later":      "failed by h: arm 1s",
		"portal, spent":      "failed by h: arm 1s",
		"refused just now":   "failed by h: arm 1s",
		"suspected, no way":  "evaluating: cancel probe",
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
		"suspected, no way":  "evaluating: cancel probe",
	},
	Deferred: {
		"portal, busy":       "deferred: arm 1h0m0s",
		"abandoned":          "deferred by h: ",
		"asked":              "evaluating: cancel forgive probe",
		"asked, metered":     "evaluating: cancel forgive probe",
		"asked, off":         "evaluating: cancel forgive probe",
		"full":               "authenticated: arm 1m0s",
		"full, at once":      "authenticated: arm 1s",
		"full, remembered":   "authenticated: arm 1m0s",
		"identified, off":    "logged-off: cancel",
		"joined":             "evaluating: cancel probe",
		"joined again":       "evaluating: cancel probe",
		"joined other":       "evaluating: cancel probe",
		"joined, metered":    "on-request: cancel",
		"joined, off":        "logged-off: cancel",
		"limited":            "deferred by h: arm 1s",
		"login":              "evaluating: cancel forgive probe",
		"logoff":             "logging-off by h: cancel probe",
		"lost":               "inactive: cancel",
		"none":               "deferred by h: arm 1s",
		"portal, claimed":    "authenticating by h: authenticate",
		"portal, later":      "deferred by h: arm 1s",
		"portal, spent":      "presenting-ui by h: arm 1s",
		"portal, refused":    "failed by h: arm 1s",
		"portal, unclaimed":  "presenting-ui: arm 1s",
		"portal, waits":      "presenting-ui: arm 1s",
		"refused just now":   "failed by h: arm 1s",
		"suspected":          "deferred by h: cancel probe",
		"suspected, fresh":   "deferred by h: cancel probe",
		"suspected, metered": "on-request by h: cancel",
		"suspected, no way":  "deferred by h: cancel probe",
		"timer":              "deferred by h: cancel probe",
	},
}

// standing is a state that an association can be in during the phase.
func standing(p Phase) state {
	s := state{phase: p, network: home}
	switch p {
	case Authenticating, Verifying, PresentingUI, Authenticated, Maintaining, LoggingOff, Failed, OnRequest, Deferred:
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
		effectMaintain: "maintain", effectLogoff: "logoff", effectArm: "arm", effectClearLogoff: "forgive", effectClearRefusals: "forget",
	}
	var words []string
	for _, e := range effects {
		word := names[e.kind]
		if e.look {
			word = "look"
		}
		if e.kind == effectArm {
			word = fmt.Sprintf("arm %v", e.after)
		}
		words = append(words, word)
	}
	who := s.phase.String()
	if s.helper != "" {
		who += " by " + s.helper
	}
	if s.logoff != "" {
		who += ", " + string(s.logoff)
	}
	if len(s.excluded) > 0 {
		who += " without " + strings.Join(s.excluded, ", ")
	}
	return who + ": " + strings.Join(words, " ")
}
