package nl80211

import (
	"fmt"
	"slices"

	"github.com/mdlayher/netlink"
	mdlayher "github.com/mdlayher/wifi"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// entry is one entry of the kernel's scan list.
type entry struct {
	wifi.ScanEntry
	associated bool
}

// scan returns the scan list of an interface. It starts no scan, which takes
// CAP_NET_ADMIN.
//
// The library lists the same access points, and [Radio.measure] takes channel and signal
// from it. But the library alters SSIDs that are not UTF-8, and does not know WPA and WEP,
// so SSID and security are read from the raw elements. So is the association: the kernel
// lists a hidden network that has answered a probe request twice, without and with its
// SSID, and the BSSID alone cannot tell the two entries apart.
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

// measure adds channel and signal. They stay 0, not known, if the library (v0.10.0) cannot
// read the elements of a beacon, because it stops before both, or if it panics, because a
// driver gives signals without a unit: the kernel writes one byte and the library reads
// four. Such radios are old and rare (zd1211rw, rndis_wlan) and work without these numbers.
func (r *Radio) measure(list []entry, c client, station *mdlayher.Interface) error {
	defer func() {
		if cause := recover(); cause != nil {
			r.logger().Info("channels and signals not known", "interface", station.Name, "panic", cause)
		}
	}()
	measured, err := c.AccessPoints(station)
	if err != nil {
		return fmt.Errorf("list access points: %w", err)
	}
	for _, bss := range measured {
		for i := range list {
			if slices.Equal(list[i].BSSID[:], bss.BSSID) {
				list[i].Frequency, list[i].Signal = bss.Frequency, int(bss.Signal)/100 // mBm
			}
		}
	}
	return nil
}

func networks(list []entry) []wifi.Network {
	entries := make([]wifi.ScanEntry, len(list))
	for i, e := range list {
		entries[i] = e.ScanEntry
	}
	return wifi.Group(entries)
}

// joined returns the network of the association, nil if there is none. The entry of a
// hidden network may lack the SSID; then it is the one that the station has requested.
func (s socket) joined(list []entry, index int) (joined *wifi.Network, err error) {
	serving := slices.DeleteFunc(slices.Clone(list), func(e entry) bool { return !e.associated })
	for i, e := range serving {
		if e.SSID == "" {
			if serving[i].SSID, err = s.requestedSSID(index); err != nil {
				return nil, err
			}
		}
	}
	for _, network := range networks(serving) {
		return &network, nil
	}
	return nil, nil
}

// requestedSSID returns the SSID that a station has requested, which the library omits.
// The reply has the layout of the notice of a new interface.
func (s socket) requestedSSID(index int) (wifi.SSID, error) {
	messages, err := s.ask(unix.NL80211_CMD_GET_INTERFACE, 0, index)
	if err != nil {
		return "", fmt.Errorf("get interface: %w", err)
	}
	var n notice
	for _, m := range messages {
		if n, err = parseNotice(m); err != nil {
			return "", fmt.Errorf("decode interface: %w", err)
		}
	}
	return n.ssid, nil
}
