package nl80211

import (
	"fmt"
	"io/fs"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// station is a network interface in station mode.
type station struct {
	index  int
	name   string
	ssid   wifi.SSID     // of the association, where the kernel tells it here
	joined *wifi.Network // kept by watch alone
}

// stations lists the interfaces that can join a network.
func (s socket) stations() ([]station, error) {
	messages, err := s.dump(unix.NL80211_CMD_GET_INTERFACE, nil)
	if err != nil {
		return nil, fmt.Errorf("dump interfaces: %w", err)
	}
	var stations []station
	for _, m := range messages {
		station, ok, err := parseInterface(m.Data)
		if err != nil {
			return nil, fmt.Errorf("decode interface: %w", err)
		}
		if ok {
			stations = append(stations, station)
		}
	}
	return stations, nil
}

// station finds an interface by name; its error is [fs.ErrNotExist] where there is none.
func (s socket) station(name string) (station, error) {
	stations, err := s.stations()
	if err != nil {
		return station{}, err
	}
	for _, station := range stations {
		if station.name == name {
			return station, nil
		}
	}
	return station{}, fmt.Errorf("no such radio: %w", fs.ErrNotExist)
}

// parseInterface reads the attributes of one interface (nl80211_send_iface).
// The result is false for what is not a station: an access point, a monitor, or
// the P2P device, which has neither name nor index.
func parseInterface(data []byte) (station, bool, error) {
	attributes, err := netlink.NewAttributeDecoder(data)
	if err != nil {
		return station{}, false, err
	}
	var s station
	var mode uint32
	for attributes.Next() {
		switch attributes.Type() {
		case unix.NL80211_ATTR_IFINDEX:
			s.index = int(attributes.Uint32())
		case unix.NL80211_ATTR_IFNAME:
			s.name = attributes.String()
		case unix.NL80211_ATTR_IFTYPE:
			mode = attributes.Uint32()
		case unix.NL80211_ATTR_SSID:
			s.ssid = name(attributes.Bytes())
		}
	}
	ok := mode == unix.NL80211_IFTYPE_STATION && s.index > 0 && s.name != ""
	return s, ok, attributes.Err()
}
