package configs

import (
	"errors"
	"path/filepath"
	"strings"

	"hotspot-helper/internal/strict"
)

// OnDemand is a rule about the tunnel of a VPN: of several the first one whose conditions all hold
// decides. The package ondemand says what the conditions mean.
type OnDemand struct {
	Name   string
	When   When
	Action string // connect, disconnect or ignore
	Tunnel Tunnel // not of ignore
	Hold   bool   // of connect: it stays up on a captive network
}

// When are the conditions of a rule, as they are written. What is empty holds everywhere.
type When struct {
	SSID, NotSSID, BSSID, Security, Type, SearchDomain, DNS, Verdict, Helper []string

	Metered *bool
}

// Tunnel is a connection of NetworkManager, or commands.
type Tunnel struct {
	Connection     string   // name or UUID; empty: commands
	Up, Down, IsUp []string // arguments, the program first
}

type rawOnDemand struct {
	Name   string    `toml:"name"`
	When   rawWhen   `toml:"when"`
	Action string    `toml:"action"`
	Tunnel rawTunnel `toml:"tunnel"`
	Hold   bool      `toml:"hold"`
}

type rawWhen struct {
	SSID         words `toml:"ssid"`
	NotSSID      words `toml:"not_ssid"`
	BSSID        words `toml:"bssid"`
	Security     words `toml:"security"`
	Type         words `toml:"type"`
	SearchDomain words `toml:"search_domain"`
	DNS          words `toml:"dns"`
	Verdict      words `toml:"verdict"`
	Helper       words `toml:"helper"`
	Metered      *bool `toml:"metered"`
}

// words is a list of strings, or one.
type words []string

// UnmarshalShorthand takes a single string.
func (w *words) UnmarshalShorthand(value any) error {
	text, ok := value.(string)
	if !ok {
		return errors.New("want a string, or an array of strings")
	}
	*w = words{text}
	return nil
}

// rawTunnel is a string that names a connection, or a table of commands.
type rawTunnel struct {
	Up         []string `toml:"up"`
	Down       []string `toml:"down"`
	IsUp       []string `toml:"is_up"`
	connection string
}

const wantTunnel = `want "nm:NAME", the name or UUID of a connection of NetworkManager, or { up = […], down = […], is_up = […] }`

// connectionPrefix marks the name of a connection of NetworkManager.
const connectionPrefix = "nm:"

// UnmarshalShorthand takes the name of a connection.
func (t *rawTunnel) UnmarshalShorthand(value any) error {
	text, _ := value.(string)
	name, ok := strings.CutPrefix(text, connectionPrefix)
	if !ok || name == "" || len(name) > maxArgument {
		return errors.New(wantTunnel)
	}
	t.connection = name
	return nil
}

// The values of action.
const (
	actionConnect    = "connect"
	actionDisconnect = "disconnect"
	actionIgnore     = "ignore"
)

const (
	// maxRules bounds the rules: each is looked at after each verdict.
	maxRules = 100
	// maxArguments bounds the arguments of a command, and maxArgument each in bytes.
	maxArguments, maxArgument = 64, 4096
)

func (p parser) onDemand(written []rawOnDemand) []OnDemand {
	if len(written) > maxRules {
		p.Report(strict.Path{"on_demand"}, "want at most %d rules, not %d", maxRules, len(written))
		return nil
	}
	var rules []OnDemand
	names := make([]string, len(written))
	for i, w := range written {
		names[i] = w.Name
		switch w.Action {
		case actionConnect, actionDisconnect:
			p.tunnel(w, "on_demand", i, "tunnel")
		case actionIgnore:
			if p.Has("on_demand", i, "tunnel") {
				p.Report(strict.Path{"on_demand", i, "tunnel"}, "is left as it is with the action %q: leave it out", actionIgnore)
			}
		default:
			p.Report(strict.Path{"on_demand", i, "action"}, "want %q, %q or %q, not %q", actionConnect, actionDisconnect, actionIgnore, w.Action)
		}
		if w.Hold && w.Action != actionConnect {
			p.Report(strict.Path{"on_demand", i, "hold"}, "is for the action %q", actionConnect)
		}
		rules = append(rules, OnDemand{
			Name: w.Name, When: whenOf(w.When), Action: w.Action, Hold: w.Hold,
			Tunnel: Tunnel{Connection: w.Tunnel.connection, Up: w.Tunnel.Up, Down: w.Tunnel.Down, IsUp: w.Tunnel.IsUp},
		})
	}
	p.unique(names, func(i int) strict.Path { return strict.Path{"on_demand", i, "name"} })
	return rules
}

func whenOf(w rawWhen) When {
	return When{
		SSID: w.SSID, NotSSID: w.NotSSID, BSSID: w.BSSID, Security: w.Security, Type: w.Type,
		SearchDomain: w.SearchDomain, DNS: w.DNS, Verdict: w.Verdict, Helper: w.Helper, Metered: w.Metered,
	}
}

// tunnel checks the tunnel of a rule. A mistake does not contain its arguments, which may be secrets.
func (p parser) tunnel(w rawOnDemand, at ...any) {
	if !p.Has(at...) {
		p.Report(at, "is missing: %s", wantTunnel)
		return
	}
	if w.Tunnel.connection != "" || p.Refused(at) {
		return
	}
	for _, command := range []struct {
		key  string
		argv []string
	}{{"up", w.Tunnel.Up}, {"down", w.Tunnel.Down}, {"is_up", w.Tunnel.IsUp}} {
		argv, here := command.argv, append(append(strict.Path{}, at...), command.key)
		switch {
		case len(argv) == 0 && command.key == "up" && w.Action == actionDisconnect:
		case len(argv) == 0:
			p.Report(here, "is missing or empty: want a command, the program and its arguments")
		case !isProgram(argv[0]):
			p.Report(here, "want the absolute path of a program first, or its name alone")
		case !areArguments(argv):
			p.Report(here, "want at most %d arguments, each of at most %d bytes and without a zero byte", maxArguments, maxArgument)
		}
	}
}

func isProgram(name string) bool {
	return filepath.IsAbs(name) || name != "" && name != "." && name != ".." && !strings.Contains(name, "/")
}

func areArguments(argv []string) bool {
	for _, argument := range argv {
		if len(argument) > maxArgument || strings.Contains(argument, "\x00") {
			return false
		}
	}
	return len(argv) <= maxArguments
}
