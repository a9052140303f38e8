package wifi

import (
	"cmp"
	"fmt"
	"slices"
)

// Security is how a network admits a station on the radio; a captive portal
// comes after it. Zero means not known.
type Security uint8

// The kinds of security, from the RSN and vendor elements of a beacon.
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

// BSS is one access point of a network, as last heard.
type BSS struct {
	BSSID     BSSID    `json:"bssid"`
	Frequency int      `json:"frequency_mhz"` // channel centre, MHz; 0 is not known
	Signal    int      `json:"signal_dbm"`    // dBm; 0 is not known
	Security  Security `json:"security"`
}

// Network is an SSID with the access points that offer it. A wired or virtual
// link has a network too: one without access points, and without an SSID
// unless the user names one.
type Network struct {
	SSID SSID  `json:"ssid"`
	BSSs []BSS `json:"bsss,omitempty"` // strongest first
}

// Security is that of the strongest access point, for it is the one a station would join.
func (n Network) Security() Security {
	if len(n.BSSs) == 0 {
		return SecurityUnknown
	}
	return n.BSSs[0].Security
}

// Signal is the strength of the strongest access point in dBm; 0 is not known.
func (n Network) Signal() int {
	if len(n.BSSs) == 0 {
		return 0
	}
	return n.BSSs[0].Signal
}

// Offered says whether the two are one offer to helpers: the same name from the
// same access points with the same security. Signal and channel do not count.
func (n Network) Offered(other Network) bool {
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

// Heard is one access point with the name it goes by: a line of a scan.
type Heard struct {
	SSID SSID
	BSS
}

// Group makes one network of each SSID heard, access points strongest first,
// networks strongest first and then by name. A signal that is not known counts as
// the weakest. Hidden networks (an empty SSID) are left out: nothing can claim
// what has no name.
func Group(heard []Heard) []Network {
	index := map[SSID]int{}
	var networks []Network
	for _, h := range heard {
		if h.SSID == "" {
			continue
		}
		i, ok := index[h.SSID]
		if !ok {
			i = len(networks)
			index[h.SSID] = i
			networks = append(networks, Network{SSID: h.SSID})
		}
		networks[i].BSSs = append(networks[i].BSSs, h.BSS)
	}
	for _, n := range networks {
		slices.SortFunc(n.BSSs, func(a, b BSS) int {
			return cmp.Or(stronger(a.Signal, b.Signal), slices.Compare(a.BSSID[:], b.BSSID[:]))
		})
	}
	slices.SortFunc(networks, func(a, b Network) int {
		return cmp.Or(stronger(a.Signal(), b.Signal()), cmp.Compare(a.SSID, b.SSID))
	})
	return networks
}

// stronger orders signals in dBm, the strongest first and those not known last.
func stronger(a, b int) int {
	switch {
	case a == b:
		return 0
	case a == 0:
		return 1
	case b == 0:
		return -1
	}
	return cmp.Compare(b, a)
}
