// Package configs reads the agent's configuration, helper.toml, strictly: an unknown key is a
// mistake, and all mistakes are reported at once.
package configs

import (
	"path"
	"slices"
	"time"

	"hotspot-helper/internal/strict"
)

// DefaultKeepalive is the longest time between two checks of a session.
const DefaultKeepalive = 300 * time.Second

// The values of notify.
const (
	NotifyAll   = "all"
	NotifyNeeds = "needs"
	NotifyNone  = "none"
)

// Config is the configuration. All paths in it are ready to open.
type Config struct {
	Interfaces   []string      // names or globs of interfaces to watch; none: ethernet, Wi-Fi and cellular
	Packs        []string      // directories of packs, searched in order after the built-in ones
	Keepalive    time.Duration // longest time between two checks of a session; at least a second
	Metered      bool          // metered links are probed like others; else only on request
	Memory       string        // file; empty: nothing is remembered beyond the agent's life
	Notify       string        // which notifications the desktop shows: [NotifyAll], [NotifyNeeds] or [NotifyNone]
	LogoffOnExit bool          // sessions are logged off when the agent ends
	Browsers     []string      // for the sign-in window, the best first: names or paths; none: the user's default one
	KeepWindow   bool          // the sign-in window stays when the link is online
	Probe        Probe
	Profile      Profile
	Helpers      map[string]Helper // by name; one that is not here is enabled, and has neither priority nor inputs
	Networks     []Network         // no SSID twice
	OnDemand     []OnDemand        // in the order of the file; no name twice

	// place finds the place of a path in the file; nil: no file. It is a closure, as in [Input],
	// because the file contains secrets.
	place func(at strict.Path) strict.Mistake
}

// Probe is how connectivity is checked.
type Probe struct {
	Endpoints []string // names in the catalogue; none: its defaults
	Catalogue string   // file of further endpoints; empty: none
}

// Profile is what the user tells portals that ask, in plain text. A value that is empty is not given.
type Profile struct {
	Name      string
	FirstName string
	LastName  string
	Email     string
	Phone     string
	Company   string
	Room      string
	City      string
	Postcode  string
	Country   string
}

// Helper is what the user decided about one helper.
type Helper struct {
	Disabled bool
	Priority int      // decides between equal claims: the greater wins
	Maker    string   // to whom Inputs belong: program, user, or a public key; empty: see docs/security.md
	Hosts    []string // of a WISPr account: patterns of where its password may go
	Inputs   map[string]Input
}

// Network is what the user decided about one network.
type Network struct {
	SSID         string // as `helper networks` prints it: \\ is a backslash, \xNN a byte that cannot be printed; empty: any wire behind Gateway
	Security     string // as `helper networks --json` prints it; empty: any
	Gateway      string // hardware address of a wire's gateway; empty: any
	Helper       string // to prefer over all others; empty: none
	NoLogin      bool   // never log in here
	LogoffOnExit bool   // Config.LogoffOnExit, or what the network has in its place
}

// Mistake makes a mistake that only a caller that knows the helpers and checks can find. The
// path is that of the wrong value in the file, such as "network", 0, "helper".
func (c Config) Mistake(text string, at ...any) strict.Mistake {
	m := strict.Mistake{Where: new(strict.Document).Where(at...)}
	if c.place != nil {
		m = c.place(at)
	}
	m.Text = text
	return m
}

// Watches reports whether the configuration allows the interface: it names it, or names none.
func (c Config) Watches(name string) bool {
	if len(c.Interfaces) == 0 {
		return name != "lo"
	}
	return slices.ContainsFunc(c.Interfaces, func(glob string) bool {
		matches, err := path.Match(glob, name)
		return err == nil && matches
	})
}

// Default is the configuration without a file.
func Default(getenv func(string) string) Config {
	return Config{Keepalive: DefaultKeepalive, Notify: NotifyNeeds, Memory: environment{getenv}.memory()}
}
