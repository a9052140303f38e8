package wifi

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// Identity is what a network is recognised by when an interface joins it again. Memory,
// consents, pins and logoffs belong to it. An access point can copy a name, so the name
// alone identifies nothing: an open network is another one than an encrypted one of the
// same name.
type Identity struct {
	SSID     SSID     // of a wire: what the user calls it, or empty
	Security Security // of a radio's network
	Wire     string   // class of a wire's interface, such as ether or cellular; empty: a radio
	Gateway  string   // of a wire: hardware address as [net.HardwareAddr.String] writes it; empty: not known
}

// Identity returns the identity of a radio's network.
func (n Network) Identity() Identity { return Identity{SSID: n.SSID, Security: n.Security()} }

// unknown is written in place of what is not known.
const unknown = "unknown"

// Complete reports whether everything is known that the network is recognised by.
func (i Identity) Complete() bool {
	if i.Wire == "" {
		return i.SSID != "" && i.Security != SecurityUnknown
	}
	return i.Wire != unknown && i.Gateway != ""
}

// Same reports whether both are known to be the same network. An identity that is not
// complete is the same as none, not even as itself.
func (i Identity) Same(other Identity) bool { return i == other && i.Complete() }

// String returns the form that files use: "wifi/personal/Cafe" or
// "wire/ether/02:00:00:00:00:01", followed by a slash and the name if the wire has one.
// [ParseIdentity] is its inverse.
func (i Identity) String() string {
	if i.Wire == "" {
		return "wifi/" + i.Security.String() + "/" + i.SSID.String()
	}
	text := "wire/" + i.Wire + "/" + unknown
	if i.Gateway != "" {
		text = "wire/" + i.Wire + "/" + i.Gateway
	}
	if i.SSID != "" {
		text += "/" + i.SSID.String()
	}
	return text
}

// ParseIdentity reads the form that [Identity.String] writes.
func ParseIdentity(text string) (Identity, error) {
	identity, err := parseIdentity(text)
	if err != nil {
		return Identity{}, fmt.Errorf("parse identity %q: %w", text, err)
	}
	return identity, nil
}

func parseIdentity(text string) (i Identity, err error) {
	medium, rest, _ := strings.Cut(text, "/")
	class, rest, complete := strings.Cut(rest, "/")
	switch {
	case medium == "wifi" && complete:
		if i.Security, err = ParseSecurity(class); err != nil {
			return i, err
		}
		i.SSID, err = ParseSSID(rest)
		return i, err
	case medium == "wire" && complete && class != "":
		gateway, name, _ := strings.Cut(rest, "/")
		i.Wire = class
		if gateway != unknown {
			mac, err := net.ParseMAC(gateway)
			if err != nil {
				return i, err
			}
			i.Gateway = mac.String()
		}
		i.SSID, err = ParseSSID(name)
		return i, err
	}
	return i, errors.New("want wifi/SECURITY/SSID or wire/CLASS/GATEWAY")
}

// MarshalText writes the form of [Identity.String].
func (i Identity) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads the form of [Identity.String].
func (i *Identity) UnmarshalText(text []byte) error {
	parsed, err := ParseIdentity(string(text))
	if err != nil {
		return err
	}
	*i = parsed
	return nil
}
