package link

import (
	"errors"
	"io"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotspot-helper/internal/file"
)

// place is a directory and its relevant files, as a glob.
type place struct{ directory, names string }

// leaseFiles returns where ISC's dhclient stores its leases, by itself and when
// NetworkManager starts it.
func leaseFiles() []place {
	return []place{
		{"var/lib/dhcp", "*.leases"},
		{"var/lib/dhclient", "*.leases"},
		{"var/lib/NetworkManager", "dhclient*.lease"},
	}
}

// maxLeases bounds the bytes that are read of a file, which dhclient only appends to.
const maxLeases = 1 << 20

// leasedAPI reads the captive portal API from the last lease of the link.
func (r *reader) leasedAPI(s State) (string, error) {
	api := ""
	for _, at := range leaseFiles() {
		files, err := filepath.Glob(r.path(at.directory, at.names))
		if err != nil {
			return "", err
		}
		for _, file := range files {
			if l, ok := r.lastLease(file, s); ok {
				api = l.api // also "": the network offers none any longer
			}
		}
	}
	if api == "" {
		return "", errors.New("no captive portal in a valid lease of dhclient")
	}
	return api, nil
}

// lastLease returns the last lease of a file that belongs to the link.
func (r *reader) lastLease(file string, s State) (last lease, found bool) {
	text, err := readTail(file)
	if err != nil {
		r.log().Debug("leases not read", "path", file, "cause", err)
		return last, false
	}
	for _, l := range parseLeases(text) {
		if l.belongsTo(s) {
			last, found = l, true
		}
	}
	return last, found
}

// readTail reads the end of a file, which has the newest leases.
func readTail(path string) (string, error) {
	leases, err := file.Open(path)
	if err != nil {
		return "", err
	}
	defer leases.Close()
	info, err := leases.Stat()
	if err != nil {
		return "", err
	}
	tail := io.NewSectionReader(leases, max(0, info.Size()-maxLeases), maxLeases)
	text, err := io.ReadAll(tail)
	return string(text), err
}

// lease is one declaration of dhclient.leases(5).
type lease struct {
	iface    string
	addrs    []netip.Addr
	api      string
	expires  time.Time // zero: never, or not known
	released bool
}

// belongsTo reports whether the link has an address of this lease. A lease of the network
// before may still be valid, but the link does not have its address.
func (l lease) belongsTo(s State) bool {
	if l.released || l.iface != s.Interface || !l.expires.IsZero() && time.Now().After(l.expires) {
		return false
	}
	return slices.ContainsFunc(s.Addresses, func(p netip.Prefix) bool { return slices.Contains(l.addrs, p.Addr()) })
}

// parseLeases reads the declarations as far as they concern captive portals, and skips
// everything else.
func parseLeases(text string) []lease {
	var leases []lease
	var open *lease
	depth := 0
	s := leaseScanner{rest: text}
	for {
		words, end := s.statement()
		switch end {
		case '{':
			depth++
			if depth == 1 && len(words) > 0 && (words[0] == "lease" || words[0] == "lease6") {
				leases = append(leases, lease{})
				open = &leases[len(leases)-1]
			}
		case '}':
			if depth--; depth <= 0 {
				depth, open = 0, nil
			}
		case 0:
			return leases
		}
		if open != nil {
			open.take(words)
		}
	}
}

// take reads one statement of the declaration.
func (l *lease) take(words []string) {
	if len(words) == 1 && words[0] == "released" {
		l.released = true
	}
	if len(words) < 2 {
		return
	}
	switch words[0] {
	case "interface":
		l.iface = words[1]
	case "fixed-address", "iaaddr":
		if addr, err := netip.ParseAddr(words[1]); err == nil {
			l.addrs = append(l.addrs, addr)
		}
	case "expire":
		l.expires = leaseTime(words[1:])
	case "option":
		l.option(words[1:])
	}
}

// option reads option 114 of DHCPv4 and 103 of DHCPv6, by the names of dhclient and by
// names that its configuration is likely to define.
func (l *lease) option(words []string) {
	if len(words) != 2 {
		return
	}
	switch words[0] {
	case "captive-portal", "default-url", "dhcp6.captive-portal", "dhcp6.v6-captive-portal":
		l.api = words[1]
	case "unknown-114", "dhcp6.unknown-103":
		l.api = unhex(words[1])
	}
}

// unhex reads the bytes of an option of unknown type, such as 68:74:74:70. dhclient
// writes printable bytes as text.
func unhex(text string) string {
	var bytes []byte
	for digits := range strings.SplitSeq(text, ":") {
		n, err := strconv.ParseUint(digits, 16, 8)
		if err != nil {
			return text
		}
		bytes = append(bytes, byte(n))
	}
	return string(bytes)
}

// leaseTime reads "never", "epoch SECONDS" or "WEEKDAY YYYY/MM/DD HH:MM:SS" in UTC.
// It takes anything else as never, because the address decides too.
func leaseTime(words []string) time.Time {
	if len(words) == 2 && words[0] == "epoch" {
		if seconds, err := strconv.ParseInt(words[1], 10, 64); err == nil {
			return time.Unix(seconds, 0)
		}
	}
	if len(words) == 3 {
		if t, err := time.Parse("2006/01/02 15:04:05", words[1]+" "+words[2]); err == nil {
			return t
		}
	}
	return time.Time{}
}
