package main

import (
	"fmt"
	"strings"
	"time"

	"hotspot-helper/probe"
)

// describeSession says what the portal's API told of the session (RFC 8908); empty:
// nothing that a person would miss.
func describeSession(api probe.CAPPORT) string {
	var parts []string
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
	if len(parts) == 0 {
		return ""
	}
	return "by the portal's word " + strings.Join(parts, ", ")
}

// size is a number of octets as people read it.
func size(octets float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	for octets >= 1000 && len(units) > 1 {
		octets, units = octets/1000, units[1:]
	}
	return fmt.Sprintf("%.3g %s", octets, units[0])
}
