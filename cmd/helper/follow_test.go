package main

import (
	"strings"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
)

// A logoff that waits says so once; steps and verdicts are printed as they come, if they are wanted.
func TestFollow(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	busy := agent.Association{Phase: agent.LoggingOff, Need: &agent.Need{Kind: agent.NeedBusy, Until: until}}
	steps := []agent.Association{
		{Phase: agent.Authenticating, Step: "open", Helper: "cafe"},
		{Phase: agent.Authenticating, Step: "open", Helper: "cafe"},
		{Phase: agent.Authenticating, Step: "sub\x1bmit", Helper: "cafe"},
		{Phase: agent.Verifying, Helper: "cafe", Verdict: probe.VerdictPortal, Reason: "a check was redirected"},
		busy, busy,
	}
	for _, test := range []struct {
		steps, json bool
		want        []string
	}{
		{false, false, []string{"logging-off: the portal is busy; tried again at 03:04:05"}},
		{true, true, nil},
		{true, false, []string{`authenticating: step "open" of cafe`, `authenticating: step "sub`, "verifying: verdict portal: a check was redirected", "logging-off: the portal is busy; tried again at 03:04:05"}},
	} {
		a, out := newPrinter(false, nil)
		a.showSteps, a.asJSON = test.steps, test.json
		f := follower{app: a}
		for _, as := range steps {
			f.see(as)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(test.want) == 0 {
			lines = strings.Fields(out.String())
		}
		if len(lines) != len(test.want) || strings.Contains(out.String(), "\x1b") {
			t.Errorf("steps %t: %q", test.steps, lines)
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(lines[i], want) {
				t.Errorf("line %q, want %q", lines[i], want)
			}
		}
	}
}

// The end of a login that waits tells the next try, not one that has passed.
func TestTheEndOfALoginTellsTheNextTry(t *testing.T) {
	t.Parallel()
	asked := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	need := func(after time.Duration) *agent.Need {
		return &agent.Need{Kind: agent.NeedBusy, Until: asked.Add(after)}
	}
	a, out := newPrinter(false, nil)
	as := agent.Association{
		Interface: "wlan0", Phase: agent.Deferred, Need: need(time.Minute),
		Journal: []agent.Transition{{To: agent.Deferred, Cause: "busy", Need: need(time.Second)}},
	}
	if err := a.exitOfLogin(as, asked); !strings.Contains(err.Error(), "tried again at 03:05:05") {
		t.Error(err)
	}
	a.printDetails(as)
	if !strings.Contains(out.String(), "waits for busy, until 03:05:05\n") {
		t.Errorf("status:\n%s", out)
	}
}
