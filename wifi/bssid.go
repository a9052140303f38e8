package wifi

import (
	"fmt"
	"net"
	"strings"
)

// BSSID is the MAC address of one access point.
type BSSID [6]byte

// ParseBSSID reads six bytes in hexadecimal, separated by colons or dashes.
func ParseBSSID(text string) (BSSID, error) {
	mac, err := net.ParseMAC(text)
	if err != nil || len(mac) != len(BSSID{}) {
		return BSSID{}, fmt.Errorf("parse BSSID %q: want six bytes like 02:00:00:00:01:10", text)
	}
	return BSSID(mac), nil
}

// String returns the address as lower-case hexadecimal with colons.
func (b BSSID) String() string { return net.HardwareAddr(b[:]).String() }

// MarshalText writes the form of [BSSID.String].
func (b BSSID) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads what [ParseBSSID] reads.
func (b *BSSID) UnmarshalText(text []byte) error {
	parsed, err := ParseBSSID(string(text))
	if err != nil {
		return err
	}
	*b = parsed
	return nil
}

// BSSIDPrefix is the beginning of a BSSID, most often a vendor's 24 bits (OUI).
type BSSIDPrefix string

// ParseBSSIDPrefix reads one to six bytes in hexadecimal, separated by colons or dashes.
func ParseBSSIDPrefix(text string) (BSSIDPrefix, error) {
	colons := strings.ReplaceAll(text, "-", ":")
	count := strings.Count(colons, ":") + 1
	if count > len(BSSID{}) {
		return "", fmt.Errorf("parse BSSID prefix %q: %d bytes, at most %d", text, count, len(BSSID{}))
	}
	// With zeros for the rest it is an address.
	full, err := net.ParseMAC(colons + strings.Repeat(":00", len(BSSID{})-count))
	if err != nil || len(full) != len(BSSID{}) || len(text) != 3*count-1 {
		return "", fmt.Errorf("parse BSSID prefix %q: want bytes like 02:00:5e", text)
	}
	return BSSIDPrefix(full[:count]), nil
}
