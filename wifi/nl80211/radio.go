// Package nl80211 watches the radios of this machine through the Linux kernel's
// nl80211, with no privilege and without ever asking a radio to do anything.
//
// It speaks generic netlink itself, because the octets of an SSID and the
// information elements of a beacon have to arrive unaltered.
package nl80211

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"

	"hotspot-helper/wifi"
)

// Radio is every Wi-Fi station interface of this machine. The zero value is
// ready to use. Each call opens a socket of its own and closes it, so that all
// methods may be called at any time from any goroutine.
type Radio struct {
	Logger *slog.Logger // nil discards

	dial func() (conn, error) // nil: the kernel
}

// Run reports what the radios do until the context ends, and then returns nil.
//
// It begins with the present of each interface: one EventScanned with all that
// it hears, then EventConnected where it is associated. From then on it waits
// for the kernel to speak and asks for nothing by itself:
//   - EventScanned with the new list when a scan of anybody's ended or was aborted;
//   - EventConnected, EventDisconnected and EventRoamed as associations change. A
//     new association within the same SSID is EventRoamed, whoever decided it;
//   - a radio that is plugged in is reported like one that was there at the
//     start, one that vanishes is EventDisconnected if it was associated.
//
// Where the kernel drops messages because report was slow, Run reads everything
// again and reports the lists and what has changed since.
//
// The report function is called from one goroutine. An error that is
// [fs.ErrNotExist] means that this kernel has no nl80211: no radio was ever
// plugged in. With nl80211 and no radio, Run waits for one.
func (r *Radio) Run(ctx context.Context, report func(wifi.Event)) error {
	conn, err := r.listen()
	if err != nil {
		return fmt.Errorf("watch radios: %w", err)
	}
	defer conn.Close()
	// Closing is what ends a Receive that waits.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()

	w := &watch{radio: r, log: r.logger(), report: report, known: map[int]station{}}
	if err := w.run(conn); ctx.Err() == nil {
		return fmt.Errorf("watch radios: %w", err)
	}
	return nil
}

// Interfaces names the station interfaces, in the kernel's order.
func (r *Radio) Interfaces() ([]string, error) {
	stations, err := ask(r, socket.stations)
	if err != nil {
		return nil, fmt.Errorf("list radios: %w", err)
	}
	names := make([]string, len(stations))
	for i, s := range stations {
		names[i] = s.name
	}
	return names, nil
}

// Networks lists what an interface hears, as its last scans found it. An error
// that is [fs.ErrNotExist] means that the interface is no radio.
func (r *Radio) Networks(iface string) ([]wifi.Network, error) {
	networks, err := ask(r, func(s socket) ([]wifi.Network, error) {
		station, err := s.station(iface)
		if err != nil {
			return nil, err
		}
		heard, err := s.scan(station.index)
		return wifi.Group(lines(heard)), err
	})
	if err != nil {
		return nil, fmt.Errorf("list networks of %s: %w", iface, err)
	}
	return networks, nil
}

// Joined is the network that an interface is associated with now, with the
// access point that serves it and no other (with several where one multi-link
// association spans them). An error that is [fs.ErrNotExist] means that the
// interface is not associated, or no radio.
func (r *Radio) Joined(iface string) (wifi.Network, error) {
	network, err := ask(r, func(s socket) (wifi.Network, error) {
		station, err := s.station(iface)
		if err != nil {
			return wifi.Network{}, err
		}
		heard, err := s.scan(station.index)
		if err != nil {
			return wifi.Network{}, err
		}
		if network := joined(heard, station.ssid); network != nil {
			return *network, nil
		}
		return wifi.Network{}, fmt.Errorf("not associated: %w", fs.ErrNotExist)
	})
	if err != nil {
		return wifi.Network{}, fmt.Errorf("find network joined by %s: %w", iface, err)
	}
	return network, nil
}

func (r *Radio) logger() *slog.Logger {
	if r.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return r.Logger
}
