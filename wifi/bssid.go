package wifi

import (
	"encoding/hex"
	"fmt"
	"net"
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
	var prefix BSSID
	count := 0
	for rest := text; ; rest = rest[1:] {
		var b [1]byte
		digits := rest[:min(2, len(rest))]
		if n, err := hex.Decode(b[:], []byte(digits)); err != nil || n != 1 {
			return "", fmt.Errorf("parse BSSID prefix %q: want bytes like 02:00:5e", text)
		}
		if count < len(prefix) {
			prefix[count] = b[0]
		}
		count++
		if rest = rest[2:]; rest == "" {
			break
		}
		if rest[0] != ':' && rest[0] != '-' {
			return "", fmt.Errorf("parse BSSID prefix %q: want bytes like 02:00:5e", text)
		}
	}
	if count > len(prefix) {
		return "", fmt.Errorf("parse BSSID prefix %q: %d bytes, at most %d", text, count, len(prefix))
	}
	return BSSIDPrefix(prefix[:count]), nil
}
