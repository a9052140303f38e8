package configs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/file"
)

func TestOnDemand(t *testing.T) {
	got, err := Parse("f", []byte(`
[[on_demand]]
name = "cafes"
when = { ssid = "Cafe", not_ssid = ["Home", "Work"], metered = true }
action = "connect"
tunnel = "nm:my work"
hold = true
[[on_demand]]
name = "home"
action = "disconnect"
tunnel = { down = ["/usr/bin/tailscale", "set", "--exit-node="], is_up = ["true"] }
[[on_demand]]
name = "rest"
action = "ignore"
`), home)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := []OnDemand{
		{Name: "cafes", When: When{SSID: []string{"Cafe"}, NotSSID: []string{"Home", "Work"}, Metered: &yes}, Action: "connect", Tunnel: Tunnel{Connection: "my work"}, Hold: true},
		{Name: "home", Action: "disconnect", Tunnel: Tunnel{Down: []string{"/usr/bin/tailscale", "set", "--exit-node="}, IsUp: []string{"true"}}},
		{Name: "rest", Action: "ignore"},
	}
	if diff := cmp.Diff(want, got.OnDemand); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

// Each mistake has its line, and shows no argument: it may be a secret.
func TestOnDemandMistakes(t *testing.T) {
	const head = "[[on_demand]]\nname = 'a'\n"
	const tunnel = `want "nm:NAME", the name or UUID of a connection of NetworkManager, or { up = […], down = […], is_up = […] }`
	for name, test := range map[string]struct{ give, want string }{
		"no name":              {"[[on_demand]]\naction = 'ignore'", "f:1: on_demand 1, name: is missing or empty"},
		"a name twice":         {head + "action = 'ignore'\n" + head + "action = 'ignore'", `f:5: on_demand 2, name: "a" is here twice`},
		"no action":            {head, `f:1: on_demand "a", action: want "connect", "disconnect" or "ignore", not ""`},
		"another action":       {head + "action = 'evaluate'", `f:3: on_demand "a", action: want "connect", "disconnect" or "ignore", not "evaluate"`},
		"no tunnel":            {head + "action = 'connect'", `f:1: on_demand "a", tunnel: is missing: ` + tunnel},
		"a tunnel to ignore":   {head + "action = 'ignore'\ntunnel = 'nm:x'", `f:4: on_demand "a", tunnel: is left as it is with the action "ignore": leave it out`},
		"an unknown tunnel":    {head + "action = 'connect'\ntunnel = 'hunter2'", `f:4: on_demand "a", tunnel: ` + tunnel},
		"a number as a tunnel": {head + "action = 'connect'\ntunnel = 5", `f:4: on_demand "a", tunnel: ` + tunnel},
		"an empty name":        {head + "action = 'connect'\ntunnel = 'nm:'", `f:4: on_demand "a", tunnel: ` + tunnel},
		"hold with disconnect": {head + "action = 'disconnect'\ntunnel = 'nm:x'\nhold = true", `f:5: on_demand "a", hold: is for the action "connect"`},
		"commands missing":     {head + "action = 'connect'\n[on_demand.tunnel]\nup = ['x']\nis_up = []", "f:4: on_demand \"a\", tunnel.down: is missing or empty: want a command, the program and its arguments\nf:6: on_demand \"a\", tunnel.is_up: is missing or empty: want a command, the program and its arguments"},
		"a shell's words":      {head + "action = 'connect'\ntunnel = { up = 'wg-quick up hunter2', down = ['x'], is_up = ['x'] }", `f:4: on_demand "a", tunnel.up: want an array, not a string`},
		"a relative program":   {head + "action = 'disconnect'\ntunnel = { down = ['./hunter2'], is_up = ['..'] }", "f:4: on_demand \"a\", tunnel.down: want the absolute path of a program first, or its name alone\nf:4: on_demand \"a\", tunnel.is_up: want the absolute path of a program first, or its name alone"},
		"a zero byte":          {head + "action = 'disconnect'\ntunnel = { down = ['x', \"hunter2\\u0000\"], is_up = ['x'] }", `f:4: on_demand "a", tunnel.down: want at most 64 arguments, each of at most 4096 bytes and without a zero byte`},
		"an unknown condition": {head + "action = 'ignore'\nwhen = { essid = 'x' }", `f:4: on_demand "a", when: unknown key "essid": did you mean "bssid"?`},
		"a number as a name":   {head + "action = 'ignore'\nwhen = { ssid = 5 }", `f:4: on_demand "a", when.ssid: want a string, or an array of strings`},
		"too many":             {strings.Repeat("[[on_demand]]\n", 101), "f:1: on_demand: want at most 100 rules, not 101"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("f", []byte(test.give), home)
			if err == nil {
				t.Fatal("no mistake found")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("an argument is shown")
			}
		})
	}
}

// Rules run commands, so the file has to be the user's own, or root's.
func TestOnDemandOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("giving a file away takes root")
	}
	path := filepath.Join(t.TempDir(), "helper.toml")
	for content, refused := range map[string]bool{"[[on_demand]]\nname = 'a'\naction = 'ignore'\n": true, "keepalive = '5m'\n": false} {
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chown(path, 4711, 4711)); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, home); errors.Is(err, file.ErrOthers) != refused || (err != nil) != refused {
			t.Errorf("%q: %v, want it refused: %t", content, err, refused)
		}
	}
}
