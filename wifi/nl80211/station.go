package nl80211

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	mdlayher "github.com/mdlayher/wifi"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// client is what this package uses of the library's [mdlayher.Client].
type client interface {
	Interfaces() ([]*mdlayher.Interface, error)
	AccessPoints(*mdlayher.Interface) ([]*mdlayher.BSS, error)
	Close() error
}

// connect opens the library's client. Its error is [fs.ErrNotExist] if the kernel has no
// nl80211.
func (r *Radio) connect() (client, error) {
	library := r.connector
	if library == nil {
		library = func() (client, error) { return mdlayher.New() }
	}
	c, err := library()
	if err != nil {
		return nil, fmt.Errorf("open nl80211: %w", missing(err))
	}
	return c, nil
}

// stations lists the interfaces that can join a network.
func (r *Radio) stations() ([]*mdlayher.Interface, error) {
	c, err := r.connect()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return stations(c)
}

// stations omits access points, monitors, and the P2P device, which has neither name nor
// index.
func stations(c client) ([]*mdlayher.Interface, error) {
	all, err := c.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	return slices.DeleteFunc(all, func(i *mdlayher.Interface) bool {
		return i.Type != mdlayher.InterfaceTypeStation || i.Index <= 0 || i.Name == ""
	}), nil
}

// view is what a reading finds of one station interface.
type view struct {
	name    string
	scanned []wifi.Network
	// joined is the network of the association, with the access point that serves it, or
	// several for a multi-link association; nil: not associated.
	joined *wifi.Network
}

// readStation reads the station with this index. Its error is [fs.ErrNotExist] if there is none,
// also if it is unplugged meanwhile.
func (r *Radio) readStation(index int) (view, error) {
	c, err := r.connect()
	if err != nil {
		return view{}, err
	}
	defer c.Close()
	all, err := stations(c)
	if err != nil {
		return view{}, err
	}
	if i := slices.IndexFunc(all, func(s *mdlayher.Interface) bool { return s.Index == index }); i >= 0 {
		v, err := r.read(c, all[i])
		if !errors.Is(err, unix.ENODEV) {
			return v, err
		}
	}
	return view{}, fmt.Errorf("no such radio: %w", fs.ErrNotExist)
}

func (r *Radio) read(c client, station *mdlayher.Interface) (view, error) {
	s, err := r.open()
	if err != nil {
		return view{}, err
	}
	defer s.Close()
	list, err := s.scan(station.Index)
	if err != nil {
		return view{}, err
	}
	if err := r.measure(list, c, station); err != nil {
		return view{}, err
	}
	joined, err := s.joined(list, station.Index)
	return view{station.Name, networks(list), joined}, err
}
