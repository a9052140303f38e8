package main

import (
	"os/exec"
	"testing"

	"hotspot-helper/agent"
	"hotspot-helper/wifi"
)

// A cause says what to type, or nothing if no command helps.
func TestCauseText(t *testing.T) {
	for want, need := range map[string]*agent.Need{
		"why": nil,
		"why: helper consent terms h always --network 'Cafe'":                                         {Kind: agent.NeedTerms},
		"why; to allow it: helper consent terms h always --network 'Cafe'":                            {Kind: agent.NeedTerms, Refused: true},
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
