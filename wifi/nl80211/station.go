package nl80211

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// view is what a reading finds of one station interface.
type view struct {
	name    string
	scanned []wifi.Network
	// joined is the network of the association, with the access point that serves it, or
	// several for a multi-link association; nil: not associated.
	joined *wifi.Network
}

// stations lists the interfaces that can join a network.
func (r *Radio) stations() ([]notice, error) {
	s, err := r.open()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.stations(0)
}

// look reads the station with this index. Its error is [fs.ErrNotExist] if there is none,
// also if it is unplugged meanwhile.
func (r *Radio) look(index int) (view, error) {
	s, err := r.open()
	if err != nil {
		return view{}, err
	}
	defer s.Close()
	v, err := s.look(index)
	if errors.Is(err, unix.ENODEV) {
		err = fmt.Errorf("no such radio: %w", fs.ErrNotExist)
	}
	return v, err
}

func (s socket) look(index int) (view, error) {
	stations, err := s.stations(index)
	if err != nil {
		return view{}, err
	}
	if len(stations) == 0 {
		return view{}, fmt.Errorf("not a station: %w", fs.ErrNotExist)
	}
	list, err := s.scan(index)
	if err != nil {
		return view{}, err
	}
	return view{stations[0].name, networks(list), joinedNetwork(list, stations[0].ssid)}, nil
}

// stations reads the station with this index, or all for 0. It omits access points,
// monitors, and the P2P device, which has neither name nor index.
func (s socket) stations(index int) ([]notice, error) {
	flags := netlink.Dump
	if index != 0 {
		flags = 0
	}
	messages, err := s.ask(unix.NL80211_CMD_GET_INTERFACE, flags, index)
	if err != nil {
		return nil, fmt.Errorf("read interfaces: %w", err)
	}
	var stations []notice
	for _, m := range messages {
		n, err := parseNotice(m)
		if err != nil {
			return nil, fmt.Errorf("decode interface: %w", err)
		}
		if n.kind == unix.NL80211_IFTYPE_STATION && n.index > 0 && n.name != "" {
			stations = append(stations, n)
		}
	}
	return stations, nil
}
