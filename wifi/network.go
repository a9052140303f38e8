package wifi

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Security is how a network authenticates stations and encrypts frames. It is
// independent of a captive portal. Zero means not known.
type Security uint8

// The kinds of security, as the RSN and WPA elements of a beacon announce them.
const (
	SecurityUnknown Security = iota
	SecurityOpen
	SecurityOWE        // opportunistic wireless encryption (RFC 8110): encrypted, no password
	SecurityWEP        // obsolete
	SecurityPersonal   // WPA, WPA2 or WPA3 with a passphrase (PSK, SAE)
	SecurityEnterprise // WPA, WPA2 or WPA3 with 802.1X
)

var securityNames = [...]string{"unknown", "open", "owe", "wep", "personal", "enterprise"}

// String returns the name that packs and JSON use.
func (s Security) String() string {
	if int(s) < len(securityNames) {
		return securityNames[s]
	}
	return fmt.Sprintf("unknown(%d)", uint8(s))
}

// ParseSecurity reads a name that [Security.String] writes.
func ParseSecurity(text string) (Security, error) {
	if i := slices.Index(securityNames[:], text); i >= 0 {
		return Security(i), nil
	}
	return 0, fmt.Errorf("parse security %q: want one of %q", text, securityNames[1:])
}

// MarshalText writes the name.
func (s Security) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name.
func (s *Security) UnmarshalText(text []byte) error {
	parsed, err := ParseSecurity(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// BSS is one access point of a network, as the last scan saw it.
type BSS struct {
	BSSID     BSSID    `json:"bssid"`
	Frequency int      `json:"frequency_mhz"` // channel centre, MHz; 0 is not known
	Signal    int      `json:"signal_dbm"`    // dBm; 0 is not known
	Security  Security `json:"security"`
}

// Network is an SSID with the access points that offer it. The network of a wired
// link has no access points, and no SSID unless the user configures one.
type Network struct {
	SSID SSID  `json:"ssid"`
	BSSs []BSS `json:"bsss,omitempty"` // strongest first
}

// Security returns that of the strongest access point, which is the one that a station joins.
func (n Network) Security() Security {
	if len(n.BSSs) == 0 {
		return SecurityUnknown
	}
	return n.BSSs[0].Security
}

// Signal returns the signal of the strongest access point in dBm; 0 is not known.
func (n Network) Signal() int {
	if len(n.BSSs) == 0 {
		return 0
	}
	return n.BSSs[0].Signal
}

// SameOffer reports whether helpers would claim both networks alike: same SSID, same
// access points, same security. Signal and channel do not count.
func (n Network) SameOffer(other Network) bool {
	return n.SSID == other.SSID && slices.Equal(n.offer(), other.offer())
}

type offer struct {
	bssid    BSSID
	security Security
}

func (n Network) offer() []offer {
	offers := make([]offer, len(n.BSSs))
	for i, b := range n.BSSs {
		offers[i] = offer{b.BSSID, b.Security}
	}
	slices.SortFunc(offers, func(a, b offer) int { return slices.Compare(a.bssid[:], b.bssid[:]) })
	return offers
}

// ScanEntry is one access point of a scan list, with the SSID that it announces.
type ScanEntry struct {
	SSID SSID
	BSS
}

// Group makes one network of each SSID and security in a scan list, because an access point
// without encryption that has the name of an encrypted network is another one. Access points and networks are
// ordered by signal, strongest first; a signal that is not known counts as the weakest.
// Equally strong networks are ordered by SSID. Hidden networks (an empty SSID) are left
// out, because no helper can claim them.
func Group(list []ScanEntry) []Network {
	index := map[Identity]int{}
	var networks []Network
	for _, e := range list {
		if e.SSID == "" {
			continue
		}
		identity := Identity{SSID: e.SSID, Security: e.Security}
		i, ok := index[identity]
		if !ok {
			i = len(networks)
			index[identity] = i
			networks = append(networks, Network{SSID: e.SSID})
		}
		networks[i].BSSs = append(networks[i].BSSs, e.BSS)
	}
	for _, n := range networks {
		slices.SortFunc(n.BSSs, func(a, b BSS) int {
			return cmp.Or(compareSignals(a.Signal, b.Signal), slices.Compare(a.BSSID[:], b.BSSID[:]))
		})
	}
	slices.SortFunc(networks, func(a, b Network) int {
		return cmp.Or(compareSignals(a.Signal(), b.Signal()), cmp.Compare(a.SSID, b.SSID), cmp.Compare(a.Security(), b.Security()))
	})
	return networks
}

// compareSignals orders signals in dBm: strongest first, not known last.
func compareSignals(a, b int) int {
	return cmp.Compare(cmp.Or(b, math.MinInt), cmp.Or(a, math.MinInt))
}
