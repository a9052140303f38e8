package agent

import (
	"slices"
	"testing"
)

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

// probes are those after a login that still see the portal.
func probes(n int) []string {
	events := slices.Repeat([]string{"portal, claimed", "timer"}, n)
	return events[:len(events)-1]
}

// earlyChecks are checks of a session that the network wants at once.
func earlyChecks(n int) []string { return slices.Repeat([]string{"timer", "full, at once"}, n) }

func TestSequences(t *testing.T) {
	t.Parallel()
	loginSent := []string{"joined", "portal, claimed", "submitted"}
	limited := script(slices.Repeat([]string{"limited", "timer"}, 3), "limited")
	// fruitless is a login that was repeated once and changed nothing.
	fruitless := script(loginSent, probes(7), "timer", "portal, claimed", "submitted", probes(7))
	tests := []struct {
		name   string
		events []string
		want   string
	}{
		{"back-off doubles", []string{"joined", "limited", "timer", "limited", "timer", "limited"}, "evaluating: arm 4s"},
		{"a change resets it", []string{"joined", "limited", "timer", "limited", "suspected", "limited"}, "evaluating: arm 1s"},
		{"success resets it", []string{"joined", "limited", "timer", "full", "timer", "limited"}, "maintaining: arm 1s"},
		{"a late gateway gets seven probes", script(loginSent, probes(6)), "verifying by h: arm 8s"},
		{"and nothing is submitted meanwhile", script(loginSent, probes(3), "suspected", "portal, claimed"), "verifying by h: arm 8s"},
		{"then the login counts as failed", script(loginSent, probes(7)), "deferred by h: arm 1s"},
		{"and is tried again later", script(loginSent, probes(7), "timer", "portal, claimed"), "authenticating by h: authenticate"},
		{"once", script(loginSent, probes(7), "timer", "portal, claimed", "submitted", probes(7)), "presenting-ui by h: arm 2s"},
		{"by any helper", script(loginSent, probes(7), "timer", "portal, refused", "suspected", "portal, claimed", "submitted", probes(7)), "presenting-ui by h: arm 1s"},
		{"then it waits for the user", script(fruitless, "timer", "portal, claimed"), "presenting-ui by h: arm 4s"},
		{"regardless of the link", script(fruitless, "suspected", "portal, claimed"), "presenting-ui by h: arm 1s"},
		{"even if it is lost for a moment", script(fruitless, "lost", "joined again", "portal, claimed"), "presenting-ui by h: arm 1s"},
		{"or joined before everything is known of it", script(fruitless, "lost", "joined again", "identified", "portal, claimed"), "authenticating by h: authenticate"},
		{"until the user asks", script(fruitless, "login", "portal, claimed"), "authenticating by h: authenticate"},
		{"or other helpers come", script(fruitless, "suspected, fresh", "portal, claimed"), "authenticating by h: authenticate"},
		{"or it is joined another time", script(fruitless, "lost", "joined", "portal, claimed"), "authenticating by h: authenticate"},
		{"or online in between", script(fruitless, "timer", "full", "timer", "portal, claimed"), "authenticating by h: authenticate"},
		{"what broke off after it was sent is repeated once too", []string{"joined", "portal, claimed", "broke off, sent", "suspected"}, "verifying by h: cancel probe"},
		{"so it waits", script("joined", "portal, claimed", "broke off, sent", probes(7), "timer", "portal, claimed", "broke off, sent", probes(7)), "presenting-ui by h: arm 2s"},
		{"a login that is cancelled counts too", script("joined", "portal, claimed", "lost", "abandoned", "joined again", probes(7), "timer", "portal, claimed", "lost", "abandoned", "joined again", probes(7)), "presenting-ui by h: arm 1s"},
		{"a gateway that disconnects the station is not submitted to again", script(loginSent, "lost", "joined again", "portal, claimed"), "verifying by h: arm 1s"},
		{"nor if the flow was under way", script("joined", "portal, claimed", "lost", "joined again", "abandoned", "portal, claimed"), "verifying by h: arm 1s"},
		{"nor if its address changed", script("joined", "portal, claimed", "suspected, no way", "abandoned", "portal, claimed"), "verifying by h: arm 1s"},
		{"what sent nothing before that is begun again", script("joined", "portal, claimed", "suspected, no way", "portal, claimed"), "authenticating by h: authenticate"},
		{"another join begins again", script(loginSent, "lost", "joined", "portal, claimed"), "authenticating by h: authenticate"},
		{"a request joins a login", script("joined", "portal, claimed", "login"), "authenticating by h: "},
		{"and its verification", script(loginSent, "portal, claimed", "login"), "verifying by h: "},
		{"and its refusal of a moment ago", []string{"joined", "portal, claimed", "denied", "login", "refused just now"}, "failed by h: arm 1s"},
		{"what no other try heals waits after one probe", []string{"joined", "portal, claimed", "stuck", "portal, claimed"}, "presenting-ui by h: arm 1s"},
		{"and is tried again some time later", script("joined", "portal, claimed", "stuck", probes(1), slices.Repeat([]string{"timer", "portal, claimed"}, 10)), "authenticating by h: authenticate"},
		{"a link that stays limited ends the login", script(loginSent, limited), "evaluating by h: arm 1s"},
		{"and is looked at less and less often", script(loginSent, limited, slices.Repeat([]string{"timer", "limited"}, 7)), "evaluating by h: arm 2m8s"},
		{"until it is online", script(loginSent, limited, "timer", "full"), "authenticated by h: arm 1m0s"},
		{"or the portal is back, which may still open", script(loginSent, limited, "timer", "portal, claimed"), "verifying by h: arm 8s"},
		{"nothing is submitted before that is known", script(loginSent, limited, "timer", probes(3)), "deferred by h: arm 2s"},
		{"it does not count as a login that changed nothing", script(loginSent, limited, "timer", probes(3), "timer", "portal, claimed", "submitted", probes(7)), "deferred by h: arm 4s"},
		{"it can be logged off from", script(loginSent, limited, "logoff"), "logging-off by h: cancel logoff"},
		{"and logged in to on request", script(loginSent, limited, "login", "portal, claimed"), "authenticating by h: authenticate"},
		{"a login waits for its time", []string{"joined", "portal, later"}, "deferred by h: arm 1s"},
		{"and looks whether the user passed", []string{"joined", "portal, later", "timer", "portal, later"}, "deferred by h: arm 2s"},
		{"and goes on", []string{"joined", "portal, later", "timer", "portal, claimed"}, "authenticating by h: authenticate"},
		{"or on request", []string{"joined", "portal, later", "login", "portal, later"}, "authenticating by h: authenticate"},
		{"not because the link comes back", []string{"joined", "portal, later", "lost", "joined again", "portal, later"}, "deferred by h: arm 1s"},
		{"a busy portal is left alone", []string{"joined", "portal, busy"}, "deferred: arm 1h0m0s"},
		{"until a helper claims it", []string{"joined", "portal, busy", "timer", "portal, claimed"}, "authenticating by h: authenticate"},
		{"what it may have taken is looked for", []string{"joined", "portal, claimed", "busy, sent"}, "deferred by h: arm 1s"},
		{"and is the helper's", []string{"joined", "portal, claimed", "busy, sent", "timer", "full"}, "authenticated by h: arm 1m0s"},
		{"after too many it is the user's", []string{"joined", "portal, claimed", "busy, sent", "timer", "portal, spent"}, "presenting-ui by h: arm 2s"},
		{"who may ask for one more", []string{"joined", "portal, spent", "login", "portal, spent"}, "authenticating by h: authenticate"},
		{"it does not count", script("joined", slices.Repeat([]string{"portal, claimed", "busy, sent", "timer"}, 3), "portal, claimed"), "authenticating by h: authenticate"},
		{"what sent nothing is tried as long as it takes", script("joined", "portal, claimed", "broke off", probes(3), "timer", "portal, claimed", "broke off", probes(3), "timer", "portal, claimed", "broke off", probes(3)), "evaluating by h: arm 4s"},

		{"refused credentials are not sent by themselves", []string{"joined", "portal, refused", "timer", "portal, refused", "suspected", "portal, refused", "lost", "joined", "portal, refused"}, "failed by h: arm 1s"},
		{"but on request", []string{"joined", "portal, refused", "login", "portal, refused"}, "authenticating by h: forget authenticate"},
		{"or if the first join is the request", []string{"asked", "portal, refused"}, "authenticating by h: forget authenticate"},
		{"once for each request", []string{"joined", "portal, refused", "login", "portal, refused", "denied", "suspected", "portal, refused"}, "failed by h: arm 1s"},
		{"also if the outcome is not known", script("asked", "portal, refused", "submitted", probes(7), "timer", "portal, refused"), "failed by h: arm 2s"},
		{"by the helper that the network is for", []string{"asked", "portal, refused", "unsupported", "portal, refused"}, "authenticating by h without h: forget authenticate"},
		{"a request that found it online is answered", []string{"asked", "full", "timer", "portal, refused"}, "failed by h: arm 1s"},

		{"a check at once is followed by later ones", script("joined", "full, at once", earlyChecks(3)), "authenticated: arm 8s"},
		{"never later than without what the network says", script("joined", "full, at once", earlyChecks(20)), "authenticated: arm 5m0s"},
		{"a login does not start that again", script("joined", "full, at once", earlyChecks(2), "timer", "portal, claimed", "submitted", "full, at once"), "authenticated by h: arm 8s"},
		{"nor does a lost link", script("joined", "full, at once", earlyChecks(2), "lost", "joined again", "full, at once"), "authenticated: arm 8s"},
		{"an honest one does", script("joined", "full, at once", earlyChecks(2), "timer", "full", "timer", "full, at once"), "authenticated: arm 1s"},
		{"an expired session is healed", []string{"joined", "portal, claimed", "submitted", "full", "timer", "submitted", "portal, claimed"}, "authenticating by h: authenticate"},
		{"logged off stays off on joining again", []string{"joined", "portal, claimed", "submitted", "full", "logoff", "submitted", "portal, claimed", "lost", "joined"}, "logged-off: cancel"},
		{"but not on another network", []string{"joined", "portal, claimed", "submitted", "full", "logoff", "submitted", "portal, claimed", "lost", "joined other"}, "evaluating: cancel probe"},
		{"login ends it", []string{"joined", "logoff", "login", "lost", "joined"}, "evaluating: cancel probe"},
		{"a logoff is true when the probe sees the portal", []string{"joined", "portal, claimed", "submitted", "full", "logoff", "submitted", "full", "timer", "portal, claimed"}, "logged-off, done: "},
		{"it may be late", []string{"joined", "portal, claimed", "submitted", "full", "logoff", "submitted", "full"}, "logging-off by h, still-online: arm 1s"},
		{"but not too late", script("joined", "portal, claimed", "submitted", "full", "logoff", "submitted", slices.Repeat([]string{"full", "timer"}, 3), "full"), "logged-off, still-online: "},
		{"nothing to wait for without a flow", []string{"joined", "portal, claimed", "submitted", "full", "logoff", "unsupported", "full"}, "logged-off, no-flow: "},
		{"a flow that broke off may have worked", []string{"joined", "portal, claimed", "submitted", "full", "logoff", "broke off", "portal, claimed"}, "logged-off, done: "},
		{"or not", script("joined", "portal, claimed", "submitted", "full", "logoff", "denied", slices.Repeat([]string{"full", "timer"}, 3), "full"), "logged-off, failed: "},
		{"without an answer it is not known", script("joined", "portal, claimed", "submitted", "full", "logoff", "submitted", slices.Repeat([]string{"limited", "timer"}, 3), "limited"), "logged-off, not-verified: "},
		{"a logoff while evaluating looks first", []string{"joined", "logoff"}, "logging-off: cancel probe"},
		{"and logs off if a helper logged in before", []string{"joined", "logoff", "full, remembered"}, "logging-off by h: logoff"},
		{"with the same proof", []string{"joined", "logoff", "full, remembered", "submitted", "portal, claimed"}, "logged-off, done: "},
		{"there is nothing to do at a portal", []string{"joined", "logoff", "portal, claimed"}, "logged-off, done: "},
		{"nor without a helper", []string{"joined", "logoff", "full"}, "logged-off, no-helper: "},
		{"a logoff that failed is tried again", []string{"joined", "logoff", "full", "logoff"}, "logging-off: cancel probe"},
		{"one that worked is not", []string{"joined", "logoff", "portal, claimed", "logoff"}, "logged-off, done: "},
		{"the agent's end logs off", []string{"joined", "portal, claimed", "submitted", "full", "logoff, exit"}, "logging-off by h: cancel logoff"},
		{"not if nobody logged in", []string{"joined", "full", "logoff, exit"}, "authenticated: "},
		{"and does not stay off", []string{"joined", "portal, claimed", "submitted", "full", "logoff, exit", "submitted", "portal, claimed", "lost", "joined"}, "evaluating: cancel probe"},
		{"no helper, no logoff", []string{"joined", "full", "logoff"}, "authenticated: "},
		{"no helper, no keepalive flow", []string{"joined", "full", "timer"}, "maintaining: look"},
		{"a portal that was slow to show itself is claimed later", []string{"joined", "portal, unclaimed", "timer", "portal, claimed"}, "authenticating by h: authenticate"},
		{"a portal that needs the user is not tried again", []string{"joined", "portal, claimed", "needs-user", "timer", "portal, claimed"}, "presenting-ui by h: arm 2s"},
		{"login by hand is not the helper's", []string{"joined", "portal, claimed", "denied", "timer", "full", "timer"}, "maintaining: look"},
		{"a new join forgets who was excluded", []string{"joined", "portal, claimed", "unsupported", "lost", "joined"}, "evaluating: cancel probe"},

		{"a metered link is not probed", []string{"joined, metered"}, "on-request: cancel"},
		{"not after a change either", []string{"joined, metered", "suspected, metered"}, "on-request: "},
		{"but on request", []string{"joined, metered", "login"}, "evaluating: cancel forgive probe"},
		{"once", []string{"joined, metered", "login", "limited"}, "on-request: "},
		{"with a login", []string{"joined, metered", "login", "portal, claimed"}, "authenticating by h: authenticate"},
		{"what went without the user's consent gets as many", []string{"joined", "portal, claimed", "submitted", "portal, waits", "timer", "portal, waits"}, "verifying by h: arm 2s"},
		{"and then waits for it", []string{"joined", "portal, claimed", "submitted", "portal, waits", "timer", "portal, waits", "timer", "portal, waits"}, "presenting-ui by h: arm 1s"},
		{"and its proof", []string{"joined, metered", "login", "portal, claimed", "submitted"}, "verifying by h: probe"},
		{"and patience with a late gateway", []string{"joined, metered", "login", "portal, claimed", "submitted", "portal, claimed"}, "verifying by h: arm 1s"},
		{"which ends", script("joined, metered", "login", "portal, claimed", "submitted", probes(7)), "on-request by h: "},
		{"as that with a dead one does", script("joined, metered", "login", "portal, claimed", "submitted", slices.Repeat([]string{"limited", "timer"}, 6), "limited"), "on-request by h: "},
		{"a change meanwhile is a reason to probe again", []string{"joined, metered", "login", "suspected, metered"}, "evaluating: cancel probe"},
		{"a metered session is not kept", []string{"joined, metered", "login", "portal, claimed", "submitted", "full"}, "authenticated by h: "},
		{"and may be over after a change", []string{"joined, metered", "login", "portal, claimed", "submitted", "full", "suspected, metered"}, "on-request by h: cancel"},
		{"nor is a portal watched there", []string{"joined, metered", "login", "portal, unclaimed"}, "presenting-ui: "},
		{"it can be logged off from", []string{"joined, metered", "login", "portal, claimed", "submitted", "full", "suspected, metered", "logoff"}, "logging-off by h: cancel logoff"},
		{"a link that turns out to be metered is left alone", []string{"joined", "suspected, metered"}, "on-request: cancel"},
		{"unless a login is under way", []string{"joined", "portal, claimed", "suspected, metered", "submitted"}, "verifying by h: probe"},
		{"one that turns out not to be is probed", []string{"joined, metered", "suspected"}, "evaluating: cancel probe"},
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
