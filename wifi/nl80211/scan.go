package nl80211

import (
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// line is one access point of the kernel's scan list.
type line struct {
	wifi.Heard
	associated bool
}

// scan lists what an interface hears. It starts no scan: that takes CAP_NET_ADMIN.
func (s socket) scan(index int) ([]line, error) {
	encoder := netlink.NewAttributeEncoder()
	encoder.Uint32(unix.NL80211_ATTR_IFINDEX, uint32(index))
	attributes, err := encoder.Encode()
	if err != nil {
		return nil, fmt.Errorf("encode interface index: %w", err)
	}
	messages, err := s.dump(unix.NL80211_CMD_GET_SCAN, attributes)
	if err != nil {
		return nil, fmt.Errorf("dump scan results: %w", err)
	}
	var heard []line
	for _, m := range messages {
		l, ok, err := parseScan(m.Data)
		if err != nil {
			return nil, fmt.Errorf("decode scan result: %w", err)
		}
		if ok {
			heard = append(heard, l)
		}
	}
	return heard, nil
}

// parseScan reads one message of a scan dump. The result is false where it tells of no BSS.
func parseScan(data []byte) (line, bool, error) {
	attributes, err := netlink.NewAttributeDecoder(data)
	if err != nil {
		return line{}, false, err
	}
	var l line
	found := false
	for attributes.Next() {
		if attributes.Type() == unix.NL80211_ATTR_BSS {
			attributes.Nested(func(bss *netlink.AttributeDecoder) error {
				found = true
				return l.decode(bss)
			})
		}
	}
	return l, found, attributes.Err()
}

// decode reads the nested attributes of a BSS (nl80211_send_bss). The elements
// are those of the probe response where one was heard, else of the beacon.
func (l *line) decode(bss *netlink.AttributeDecoder) error {
	var capability uint16
	var elements []byte
	for bss.Next() {
		switch bss.Type() {
		case unix.NL80211_BSS_BSSID:
			if copy(l.BSSID[:], bss.Bytes()) != len(l.BSSID) {
				return fmt.Errorf("BSSID of %d octets", len(bss.Bytes()))
			}
		case unix.NL80211_BSS_FREQUENCY:
			l.Frequency = int(bss.Uint32())
		case unix.NL80211_BSS_CAPABILITY:
			capability = bss.Uint16()
		case unix.NL80211_BSS_INFORMATION_ELEMENTS:
			elements = bss.Bytes()
		case unix.NL80211_BSS_SIGNAL_MBM:
			l.Signal = int(bss.Int32()) / 100
		case unix.NL80211_BSS_SIGNAL_UNSPEC:
			// Old drivers give 0 to 100 without a unit; the usual reading of
			// it spans -100 to -50 dBm.
			l.Signal = int(bss.Uint8())/2 - 100
		case unix.NL80211_BSS_STATUS:
			l.associated = bss.Uint32() == unix.NL80211_BSS_STATUS_ASSOCIATED
		}
	}
	l.SSID, l.Security = readElements(elements, capability)
	return nil
}

// lines drops what only this package asks of a scan list.
func lines(heard []line) []wifi.Heard {
	all := make([]wifi.Heard, len(heard))
	for i, l := range heard {
		all[i] = l.Heard
	}
	return all
}

// joined is the network of the association, nil where there is none. A hidden
// network may be heard without its name; then it is what the station asked for.
func joined(heard []line, asked wifi.SSID) *wifi.Network {
	var serving []wifi.Heard
	for _, l := range heard {
		if !l.associated {
			continue
		}
		if l.SSID == "" {
			l.SSID = asked
		}
		serving = append(serving, l.Heard)
	}
	if networks := wifi.Group(serving); len(networks) > 0 {
		return &networks[0]
	}
	return nil
}
