package replay

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The spellings of a hardware address: with separators, which may be percent-encoded, in
// three groups, and as twelve digits after a name such as mac.
var (
	separated = regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:(?::|-|%3a|%2d)[0-9a-f]{2}){5}\b`)
	grouped   = regexp.MustCompile(`(?i)\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b`)
	bare      = regexp.MustCompile(`(?i)mac[a-z_-]*["']?\s*(?:=|:|%3d)\s*["']?([0-9a-f]{12})\b`)
)

// hardware finds hardware addresses in a text.
func (m *masker) hardware(text string) {
	for _, found := range separated.FindAllString(text, -1) {
		m.mac(found)
	}
	for _, found := range grouped.FindAllString(text, -1) {
		m.mac(found)
	}
	for _, found := range bare.FindAllStringSubmatch(text, -1) {
		m.mac(found[1])
	}
}

// escapedSeparator is a percent-encoded separator.
var escapedSeparator = regexp.MustCompile(`(?i)%3a|%2d`)

// mac replaces an address in all spellings.
func (m *masker) mac(found string) {
	if m.over {
		return
	}
	digits := escapedSeparator.ReplaceAllString(found, "")
	digits = strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "").Replace(digits))
	if strings.Trim(digits, "0") == "" || strings.Trim(digits, "f") == "" {
		return // unset, or broadcast
	}
	number, known := m.macs[digits]
	if !known {
		number = len(m.macs) + 1
		m.macs[digits] = number
	}
	fake := fmt.Sprintf("0200000000%02x", number%256)
	add := func(size int, separator string) {
		text := spelled(digits, size, separator)
		m.add(text, spelled(fake, size, separator), true)
	}
	for _, separator := range []string{"", ":", "-"} {
		add(2, separator)
	}
	add(4, ".")
}

// spelled separates the digits into groups.
func spelled(digits string, size int, separator string) string {
	var groups []string
	for group := range slices.Chunk([]byte(digits), size) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, separator)
}
