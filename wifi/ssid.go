// Package wifi has the types of Wi-Fi: SSIDs, access points, networks, and the events
// of scans and associations. It does no I/O.
package wifi

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSSID is the length in bytes of the longest SSID (IEEE 802.11-2020, 9.4.2.2).
const MaxSSID = 32

// SSID is the name of a network as it is transmitted: 0 to [MaxSSID] bytes of no
// declared encoding. The zero value is the hidden (wildcard) SSID.
type SSID string

// String returns the SSID as text that is safe to print: printable characters are
// unchanged, a backslash is doubled, and every other byte becomes \xNN.
// [ParseSSID] is its inverse.
func (s SSID) String() string {
	var b strings.Builder
	for rest := string(s); rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			for _, c := range []byte(rest[:size]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		default:
			b.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	return b.String()
}

// ParseSSID reads the form that [SSID.String] writes. A name without a backslash is
// unchanged.
func ParseSSID(text string) (SSID, error) {
	name, err := ParseBytes(text)
	if err != nil {
		return "", fmt.Errorf("parse SSID %q: %w", text, err)
	}
	if len(name) > MaxSSID {
		return "", fmt.Errorf("parse SSID %q: %d bytes, at most %d", text, len(name), MaxSSID)
	}
	return SSID(name), nil
}

// ParseBytes reads text of any length in which \xNN is a byte and \\ a backslash.
func ParseBytes(text string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		rest := text[i+1:]
		switch {
		case strings.HasPrefix(rest, `\`):
			b.WriteByte('\\')
			i++
		case len(rest) >= 3 && rest[0] == 'x':
			c, err := strconv.ParseUint(rest[1:3], 16, 8)
			if err != nil {
				return "", errors.New(`\x needs two hexadecimal digits`)
			}
			b.WriteByte(byte(c))
			i += 3
		default:
			return "", errors.New(`a backslash starts \\ or \xNN`)
		}
	}
	return b.String(), nil
}

// MarshalText writes the form of [SSID.String], which is valid text for any bytes.
func (s SSID) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the form of [SSID.String].
func (s *SSID) UnmarshalText(text []byte) error {
	parsed, err := ParseSSID(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
