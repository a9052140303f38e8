package main

import (
	"fmt"
	"strings"
	"time"

	"hotspot-helper/probe"
)

// describeSession is what the portal's API says about the session (RFC 8908); empty: nothing.
func describeSession(api probe.CAPPORT) string {
	parts := sessionParts(api)
	if len(parts) == 0 {
		return ""
	}
	return "according to the portal " + strings.Join(parts, ", ")
}

// sessionParts are the limits of a session in words.
func sessionParts(api probe.CAPPORT) (parts []string) {
	if s := api.SecondsRemaining; s != nil {
		const year = 365 * 24 * 60 * 60
		parts = append(parts, (time.Duration(min(*s, year))*time.Second).String()+" left")
	}
	if b := api.BytesRemaining; b != nil {
		parts = append(parts, size(*b)+" left")
	}
	if api.CanExtendSession {
		parts = append(parts, "can be extended")
	}
	return parts
}

// size is a number of bytes with a unit.
func size(bytes float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	for bytes >= 1000 && len(units) > 1 {
		bytes, units = bytes/1000, units[1:]
	}
	return fmt.Sprintf("%.3g %s", bytes, units[0])
}
