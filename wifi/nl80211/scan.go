package nl80211

import (
	"fmt"

	"github.com/mdlayher/netlink"
	mdlayher "github.com/mdlayher/wifi"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// line is one access point of the kernel's scan list.
type line struct {
	wifi.ScanEntry
	associated bool
}

// scan lists what an interface hears. It starts no scan: that takes CAP_NET_ADMIN.
//
// The library lists the same access points, and [Radio.measure] takes channel and
// strength from there. But it keeps no elements: it replaces what is not UTF-8 in
// an SSID, and knows of RSN but neither of WPA nor of WEP. So name and security
// come from the raw elements, and with them what is joined, for the kernel lists
// an address once for each name that it goes by: as a hidden network and, once it
// has answered, by its name. The address alone cannot tell these apart.
func (s socket) scan(index int) ([]line, error) {
	messages, err := s.ask(unix.NL80211_CMD_GET_SCAN, netlink.Dump, index)
	if err != nil {
		return nil, fmt.Errorf("dump scan results: %w", err)
	}
	var lines []line
	for _, m := range messages {
		l, ok, err := parseScan(m.Data)
		if err != nil {
			return nil, fmt.Errorf("decode scan result: %w", err)
		}
		if ok {
			lines = append(lines, l)
		}
	}
	return lines, nil
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
		case unix.NL80211_BSS_CAPABILITY:
			capability = bss.Uint16()
		case unix.NL80211_BSS_INFORMATION_ELEMENTS:
			elements = bss.Bytes()
		case unix.NL80211_BSS_STATUS:
			l.associated = bss.Uint32() == unix.NL80211_BSS_STATUS_ASSOCIATED
		}
	}
	l.SSID, l.Security = readElements(elements, capability)
	return nil
}

// measure fills in channel and strength. Where the library could not read the
// elements of a beacon it stopped before both, and they stay 0, not known.
func (r *Radio) measure(lines []line, station *mdlayher.Interface) error {
	found, err := r.accessPoints(station)
	if err != nil {
		return fmt.Errorf("list access points: %w", err)
	}
	measured := map[string]*mdlayher.BSS{}
	for _, bss := range found {
		measured[string(bss.BSSID)] = bss
	}
	for i := range lines {
		l := &lines[i]
		if bss := measured[string(l.BSSID[:])]; bss != nil {
			l.Frequency, l.Signal = bss.Frequency, int(bss.Signal)/100 // mBm
		}
	}
	return nil
}

// accessPoints asks the library, which panics (v0.10.0) where a driver gives
// signals without a unit: the kernel writes one octet, and it reads four. Such
// radios are old and few (zd1211rw, rndis_wlan), and work without these numbers.
func (r *Radio) accessPoints(station *mdlayher.Interface) (found []*mdlayher.BSS, err error) {
	c, err := r.connect()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	defer func() {
		if cause := recover(); cause != nil {
			r.logger().Info("channels and signals not known", "interface", station.Name, "panic", cause)
		}
	}()
	return c.AccessPoints(station)
}

func networks(lines []line) []wifi.Network {
	heard := make([]wifi.ScanEntry, len(lines))
	for i, l := range lines {
		heard[i] = l.ScanEntry
	}
	return wifi.Group(heard)
}

// joined is the network of the association, nil where there is none. A hidden
// network may be heard without its name; then it is what the station asked for.
func (s socket) joined(lines []line, index int) (*wifi.Network, error) {
	var serving []line
	for _, l := range lines {
		if !l.associated {
			continue
		}
		if l.SSID == "" {
			asked, err := s.asked(index)
			if err != nil {
				return nil, err
			}
			l.SSID = asked
		}
		serving = append(serving, l)
	}
	if networks := networks(serving); len(networks) > 0 {
		return &networks[0], nil
	}
	return nil, nil
}

// asked is the SSID that a station has asked for, which the library leaves out.
// The answer is laid out like the notice of a new interface.
func (s socket) asked(index int) (wifi.SSID, error) {
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
