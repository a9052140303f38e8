package main

import (
	"os/exec"
	"strings"
	"testing"

	"hotspot-helper/agent"
	"hotspot-helper/wifi"
)

// A cause says what to type, or nothing if no command helps.
func TestCauseText(t *testing.T) {
	for want, need := range map[string]*agent.Need{
		"why": nil,
		"why: helper consent terms h always --network 'Cafe'":                                         {Kind: agent.NeedTerms},
		"why; to allow it: helper consent terms h always --network 'Cafe'":                            {Kind: agent.NeedTerms, TermsDenied: true},
		"why; to have it sent anyway: helper consent cleartext h --network 'Cafe'":                    {Kind: agent.NeedCleartext},
		"why; 'helper status' shows both; to have it sent anyway: helper login --accept-changed 0123": {Kind: agent.NeedChanged, Accept: "0123"},
		"why: helper secret set h pin":                                                                {Kind: agent.NeedInput, Input: "pin"},
		"why: unlock it in the desktop, then 'helper login'":                                          {Kind: agent.NeedSecretStore, Locked: true},
	} {
		if need != nil {
			need.Helper, need.Network = "h", "Cafe"
		}
		if got := (&app{}).causeText(agent.Transition{Cause: "why", Need: need}); got != want {
			t.Errorf("%+v: %q, want %q", need, got, want)
		}
	}
	for _, kind := range []agent.NeedKind{agent.NeedPage, agent.NeedSecretStore, "of a newer agent"} {
		if got := (&app{}).causeText(agent.Transition{Cause: "why", Need: &agent.Need{Kind: kind, Helper: "h"}}); got != "why" {
			t.Errorf("%s: %q", kind, got)
		}
	}
}

// A pack that is tried is known by its directory alone.
func TestCauseTextOfTrial(t *testing.T) {
	a := &app{trial: &tried{"h", triedDir("h/"), map[string]bool{"pin": true}}}
	for want, need := range map[string]agent.Need{
		"why: give it with --secret pin, or 'helper secret set ./h pin'":        {Kind: agent.NeedInput, Input: "pin"},
		"why: give it with --input user=VALUE, or 'helper secret set ./h user'": {Kind: agent.NeedInput, Input: "user"},
		"why: helper consent terms ./h always --network 'Cafe'":                 {Kind: agent.NeedTerms},
	} {
		need.Helper, need.Network = "h", "Cafe"
		if got := a.causeText(agent.Transition{Cause: "why", Need: &need}); got != want {
			t.Errorf("%+v: %q, want %q", need, got, want)
		}
	}
	for dir, want := range map[string]string{"/a/h": "/a/h", ".": "./.", "a b": "'./a b'", "../h": "../h"} {
		if got := triedDir(dir); got != want {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
}

// A logoff says if the session at the portal goes on.
func TestLogoffWithoutFlow(t *testing.T) {
	for cause, goesOn := range map[string]bool{
		"logoff of cafe: unsupported, the pack has no logoff flow": true,
		"logoff of cafe: submitted":                                false,
	} {
		a, out := newPrinter(false, nil)
		as := agent.Association{Phase: agent.LoggedOff, Journal: []agent.Transition{{From: agent.LoggingOff, To: agent.LoggedOff, Cause: cause}}}
		if err := a.exitOfLogoff(as); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "lasts until it expires") != goesOn {
			t.Errorf("%s: %s", cause, out)
		}
	}
}

// The name of any network is one word of the command.
func TestCommandsAreSafeToType(t *testing.T) {
	for _, ssid := range []wifi.SSID{"", "Cafe Lumen", "-x", "a'b", `a\b`, "$(id)`id`", "a\n; id", "';id;'", "\xff\x1b[31m", `"`} {
		for _, system := range []bool{false, true} {
			a := &app{system: system}
			for command, want := range map[string]string{
				a.termsCommand("opennds", ssid):      "consent terms opennds always --network <" + ssid.String() + ">",
				a.cleartextCommand("mikrotik", ssid): "consent cleartext mikrotik --network <" + ssid.String() + ">",
			} {
				// The shell shows the words that the program would get.
				script := `helper() { while [ $# -gt 1 ]; do printf '%s ' "$1"; shift; done; printf '<%s>' "$1"; }; ` + command
				out, err := exec.CommandContext(t.Context(), "sh", "-c", script).CombinedOutput()
				if system {
					want = "--system " + want
				}
				if err != nil || string(out) != want {
					t.Errorf("%q: the words are %q, %v; want %q", command, out, err, want)
				}
			}
		}
	}
}
