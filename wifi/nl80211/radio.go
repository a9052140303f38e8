// Package nl80211 watches the radios of this machine through the Linux kernel's
// nl80211, with no privilege and without ever asking a radio to do anything.
//
// Interfaces, channels and signals come from the library mdlayher/wifi. Beside it
// stands a generic netlink socket of our own, for the library has no events, and
// the octets of an SSID and the elements of a beacon have to arrive unaltered.
package nl80211

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"

	mdlayher "github.com/mdlayher/wifi"

	"hotspot-helper/wifi"
)

// Radio is every Wi-Fi station interface of this machine. The zero value is
// ready to use. Each call opens sockets of its own and closes them, so that all
// methods may be called at any time from any goroutine.
type Radio struct {
	Logger *slog.Logger // nil discards

	connector func() (client, error) // nil: the kernel
	dial      func() (conn, error)   // nil: the kernel
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

	w := &watch{radio: r, log: r.logger(), report: report, known: map[int]view{}}
	if err := w.run(conn); ctx.Err() == nil {
		return fmt.Errorf("watch radios: %w", err)
	}
	return nil
}

// Interfaces names the station interfaces, in the kernel's order.
func (r *Radio) Interfaces() ([]string, error) {
	stations, err := r.stations()
	if err != nil {
		return nil, fmt.Errorf("list radios: %w", err)
	}
	names := make([]string, len(stations))
	for i, s := range stations {
		names[i] = s.Name
	}
	return names, nil
}

// Networks lists what an interface hears, as its last scans found it. An error
// that is [fs.ErrNotExist] means that the interface is no radio.
func (r *Radio) Networks(iface string) ([]wifi.Network, error) {
	v, err := r.look(named(iface))
	if err != nil {
		return nil, fmt.Errorf("list networks of %s: %w", iface, err)
	}
	return v.heard, nil
}

// Joined is the network that an interface is associated with now, with the
// access point that serves it and no other (with several where one multi-link
// association spans them). An error that is [fs.ErrNotExist] means that the
// interface is not associated, or no radio.
func (r *Radio) Joined(iface string) (wifi.Network, error) {
	v, err := r.look(named(iface))
	if err == nil && v.joined == nil {
		err = fmt.Errorf("not associated: %w", fs.ErrNotExist)
	}
	if err != nil {
		return wifi.Network{}, fmt.Errorf("find network joined by %s: %w", iface, err)
	}
	return *v.joined, nil
}

func named(name string) func(*mdlayher.Interface) bool {
	return func(i *mdlayher.Interface) bool { return i.Name == name }
}

func (r *Radio) logger() *slog.Logger {
	if r.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return r.Logger
}
