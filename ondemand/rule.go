// Package ondemand decides which tunnels of VPNs are wanted on the networks that are joined. It
// starts and stops nothing.
package ondemand

import (
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Action is what a rule does with its tunnel.
type Action string

// The actions.
const (
	Connect    Action = "connect"
	Disconnect Action = "disconnect"
	Ignore     Action = "ignore" // every tunnel is left as it is
)

// Rule says what is wanted on some networks. Of several, the first whose conditions all hold decides.
type Rule struct {
	Name   string
	When   Condition
	Action Action
	Tunnel Tunnel // of Connect and Disconnect
	// Hold keeps the tunnel up on a network that is captive. Otherwise it is taken down there until
	// the login is done, if it was started by a rule.
	Hold bool
}

// Tunnel is one way to start and stop a VPN: a connection of NetworkManager, or commands.
type Tunnel struct {
	Connection string // name or UUID of NetworkManager's connection; empty: commands

	// Arguments of programs, the program first. IsUp ends with 0 if the tunnel is up. Up may be
	// missing where the tunnel is only stopped.
	Up, Down, IsUp []string
}

// ID tells tunnels apart: those that are stopped in the same way are the same one. It may hold what is
// not to be shown.
func (t Tunnel) ID() string {
	if t.Connection != "" {
		return "nm:" + t.Connection
	}
	return "command:" + strings.Join(t.Down, "\x00")
}

// String names the tunnel for people. Arguments are not shown, since they may be secrets.
func (t Tunnel) String() string {
	switch {
	case t.Connection != "":
		return "nm:" + t.Connection
	case len(t.Down) > 0:
		return "command " + filepath.Base(t.Down[0])
	default:
		return "none"
	}
}

// Condition is what has to hold of a network. What is empty holds of each.
type Condition struct {
	SSID          []wifi.SSID     // one of them
	NotSSID       []wifi.SSID     // none of them
	BSSID         []wifi.BSSID    // one of them is the access point's
	Security      []wifi.Security // one of them
	Type          []string        // one of them is the kind of link: wifi, ether, cellular, …
	SearchDomains []string        // one of them is a search domain of the link
	DNS           []netip.Prefix  // each name server of the link is in one of them
	Verdict       []probe.Verdict // one of them
	Helper        []string        // one of them logged in, or would
	Metered       *bool
}

// Situation is what is known of a link that has joined a network.
type Situation struct {
	Interface     string
	Network       string    // tells networks apart
	Joined        time.Time // tells one join from the next
	Type          string
	SSID          wifi.SSID
	BSSID         wifi.BSSID
	Security      wifi.Security
	SearchDomains []string
	DNS           []netip.Addr
	Verdict       probe.Verdict
	Helper        string // empty: none
	Metered       bool
}
