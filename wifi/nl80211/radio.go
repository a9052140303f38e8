// Package nl80211 watches the radios of this machine through the Linux kernel's
// nl80211. It needs no privilege, because it only reads.
//
// Interfaces, channels and signals come from the library mdlayher/wifi. Events, SSIDs and
// security are read from a generic netlink socket: the library has no events, alters
// SSIDs that are not UTF-8 and drops the elements of a beacon.
package nl80211

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"hotspot-helper/wifi"
)

// Radio is all Wi-Fi station interfaces of this machine. The zero value is ready to use.
type Radio struct {
	Logger *slog.Logger // nil discards

	connector func() (client, error) // nil: the kernel
	dial      func() (conn, error)   // nil: the kernel
}

// Run reports the events of the radios until the context ends, and then returns nil.
//
// It begins with the state of each interface: EventScanned with its scan list, then
// EventConnected if it is associated. After that it waits for events of the kernel:
//   - EventScanned with the new list when a scan finished or was aborted,
//     also one of another program;
//   - EventConnected, EventDisconnected and EventRoamed when associations change. A new
//     association with the same SSID is EventRoamed, whether the kernel or a supplicant
//     decided it;
//   - a new radio is reported like those at the start; a radio that is removed is
//     EventDisconnected if it was associated.
//
// Interfaces are read concurrently, so a slow radio does not delay the events of others.
// A reading that fails is repeated with a growing delay. If the kernel drops messages
// because report was slow, Run reads everything again and reports the scan lists and
// what has changed.
//
// The report function is called from one goroutine. An error that is [fs.ErrNotExist]
// means that this kernel has no nl80211, because no radio was ever plugged in. With
// nl80211 and no radio, Run waits for one.
func (r *Radio) Run(ctx context.Context, report func(wifi.Event)) error {
	conn, err := r.listen()
	if err != nil {
		return fmt.Errorf("watch radios: %w", err)
	}
	tasks, running := errgroup.WithContext(ctx)
	w := &watch{
		radio: r, log: r.logger(), report: report, stations: map[int]*station{},
		ctx: running, tasks: tasks, results: make(chan func()),
	}
	tasks.Go(w.run)
	tasks.Go(func() error { return w.receive(conn) })
	tasks.Go(func() error {
		<-running.Done()
		return conn.Close() // ends the Receive that waits
	})
	if err := tasks.Wait(); ctx.Err() == nil {
		return fmt.Errorf("watch radios: %w", err)
	}
	return nil
}

func (r *Radio) logger() *slog.Logger {
	return cmp.Or(r.Logger, slog.New(slog.DiscardHandler))
}
