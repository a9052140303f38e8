package flow

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// The hosts that a pattern takes from the network, not from the file.
const (
	hostStart   = "@start"
	hostGateway = "@gateway"
)

// checkHost says what is wrong with the pattern of a host.
func checkHost(pattern string) error {
	if pattern == hostStart || pattern == hostGateway {
		return nil
	}
	if strings.HasPrefix(pattern, "@") {
		return fmt.Errorf("no host %q; want %s or %s", pattern, hostStart, hostGateway)
	}
	if _, err := netip.ParseAddr(strings.Trim(pattern, "[]")); err == nil {
		return nil
	}
	name, wild := strings.CutPrefix(pattern, "*.")
	if err := checkHostName(name); err != nil {
		return fmt.Errorf("host %q: %w", pattern, err)
	}
	if suffix, _ := publicsuffix.PublicSuffix(name); wild && suffix == name {
		return fmt.Errorf("host %q takes in everybody below a public suffix: name the operator's own domain", pattern)
	}
	return nil
}

func checkHostName(name string) error {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil || !regexp.MustCompile(`^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$`).MatchString(ascii) {
		return errors.New(`want a name like login.example.com or *.example.com, an address, @start or @gateway; no scheme, port or path`)
	}
	return nil
}
