package nl80211

import (
	"cmp"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// entry is one entry of the kernel's scan list.
type entry struct {
	wifi.ScanEntry
	associated bool
}

// scan returns the scan list of an interface. It starts no scan, which takes
// CAP_NET_ADMIN. The kernel lists a hidden network that has answered a probe request
// twice, without and with its SSID.
func (s socket) scan(index int) ([]entry, error) {
	messages, err := s.ask(unix.NL80211_CMD_GET_SCAN, netlink.Dump, index)
	if err != nil {
		return nil, fmt.Errorf("dump scan results: %w", err)
	}
	var list []entry
	for _, m := range messages {
		e, ok, err := parseScan(m.Data)
		if err != nil {
			return nil, fmt.Errorf("decode scan result: %w", err)
		}
		if ok {
			list = append(list, e)
		}
	}
	return list, nil
}

// parseScan reads one message of a scan dump. The result is false if it has no BSS.
func parseScan(data []byte) (e entry, found bool, err error) {
	attributes, err := netlink.NewAttributeDecoder(data)
	if err != nil {
		return entry{}, false, err
	}
	for attributes.Next() {
		if attributes.Type() == unix.NL80211_ATTR_BSS {
			attributes.Nested(func(bss *netlink.AttributeDecoder) error {
				found = true
				return e.decode(bss)
			})
		}
	}
	return e, found, attributes.Err()
}

// decode reads the nested attributes of a BSS (nl80211_send_bss). The elements are those
// of the probe response if one was received, else those of the beacon.
func (e *entry) decode(bss *netlink.AttributeDecoder) error {
	var capability uint16
	var elements []byte
	for bss.Next() {
		switch bss.Type() {
		case unix.NL80211_BSS_BSSID:
			if copy(e.BSSID[:], bss.Bytes()) != len(e.BSSID) {
				return fmt.Errorf("BSSID of %d bytes", len(bss.Bytes()))
			}
		case unix.NL80211_BSS_FREQUENCY:
			e.Frequency = int(bss.Uint32())
		case unix.NL80211_BSS_SIGNAL_MBM: // drivers without a unit have another attribute
			e.Signal = int(bss.Int32()) / 100
		case unix.NL80211_BSS_CAPABILITY:
			capability = bss.Uint16()
		case unix.NL80211_BSS_INFORMATION_ELEMENTS:
			elements = bss.Bytes()
		case unix.NL80211_BSS_STATUS:
			e.associated = bss.Uint32() == unix.NL80211_BSS_STATUS_ASSOCIATED
		}
	}
	e.SSID, e.Security = readElements(elements, capability)
	return nil
}

func networks(list []entry) []wifi.Network {
	entries := make([]wifi.ScanEntry, len(list))
	for i, e := range list {
		entries[i] = e.ScanEntry
	}
	return wifi.Group(entries)
}

// joinedNetwork returns the network of the association, nil if there is none. The entry of a
// hidden network may lack the SSID; then it is the one that the station has requested.
func joinedNetwork(list []entry, requested wifi.SSID) *wifi.Network {
	var serving []entry
	for _, e := range list {
		if e.associated {
			e.SSID = cmp.Or(e.SSID, requested)
			serving = append(serving, e)
		}
	}
	if networks := networks(serving); len(networks) > 0 {
		return &networks[0]
	}
	return nil
}
