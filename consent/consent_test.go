package consent_test

import (
	"encoding/json"
	"os/exec"
	"testing"

	"hotspot-helper/consent"
	"hotspot-helper/wifi"
)

func TestAnswer(t *testing.T) {
	for answer, want := range map[consent.Answer]string{consent.Ask: "ask", consent.Always: "always", consent.Never: "never", 9: "unknown(9)"} {
		text, err := json.Marshal(answer)
		if err != nil || string(text) != `"`+want+`"` {
			t.Errorf("answer %d is %s, %v", answer, text, err)
		}
		var back consent.Answer
		if err := back.UnmarshalText([]byte(want)); (err == nil) != (answer != 9) || err == nil && back != answer {
			t.Errorf("%q is read as %v, %v", want, back, err)
		}
	}
}

// Whatever a network is called, its name is one word of the command.
func TestCommandsAreSafeToType(t *testing.T) {
	for _, ssid := range []wifi.SSID{"", "Cafe Lumen", "-x", "a'b", `a\b`, "$(id)`id`", "a\n; id", "';id;'", "\xff\x1b[31m", `"`} {
		for _, system := range []bool{false, true} {
			given := consent.Given{System: system}
			for command, want := range map[string]string{
				given.TermsCommand("opennds", ssid):      "consent terms opennds always --network <" + ssid.String() + ">",
				given.CleartextCommand("mikrotik", ssid): "consent cleartext mikrotik --network <" + ssid.String() + ">",
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
