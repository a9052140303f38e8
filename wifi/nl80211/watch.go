package nl80211

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"

	mdlayher "github.com/mdlayher/wifi"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// watch is one Run: what it has reported, so that it can tell a change.
type watch struct {
	radio  *Radio
	log    *slog.Logger
	report func(wifi.Event)
	known  map[int]view // what was reported last, by interface index
}

// run reports until the connection fails or is closed.
func (w *watch) run(events conn) error {
	if err := w.readAll(); err != nil {
		return err
	}
	for {
		messages, _, err := events.Receive()
		if errors.Is(err, unix.ENOBUFS) {
			w.log.Info("kernel dropped radio events, reading all again")
			err = w.readAll()
		}
		if err != nil {
			return fmt.Errorf("receive events: %w", err)
		}
		for _, m := range messages {
			n, err := parseNotice(m)
			if err != nil {
				w.log.Debug("skip undecodable radio event", "command", m.Header.Command, "error", err)
				continue
			}
			w.handle(n)
		}
	}
}

// handle carries out one notice; most of the kernel's concern nobody here.
func (w *watch) handle(n notice) {
	switch n.command {
	case unix.NL80211_CMD_NEW_SCAN_RESULTS, unix.NL80211_CMD_SCHED_SCAN_RESULTS, unix.NL80211_CMD_SCAN_ABORTED:
		if v, ok := w.look(n.index); ok {
			w.report(scanned(v, n.command == unix.NL80211_CMD_SCAN_ABORTED))
		}
	case unix.NL80211_CMD_CONNECT, unix.NL80211_CMD_ROAM:
		if n.status != 0 {
			w.log.Debug("association refused", "index", n.index, "status", n.status)
			return
		}
		if v, ok := w.look(n.index); ok {
			w.settle(v)
		}
	case unix.NL80211_CMD_DISCONNECT, unix.NL80211_CMD_DEL_INTERFACE:
		w.leave(n)
	case unix.NL80211_CMD_NEW_INTERFACE:
		if v, ok := w.look(n.index); ok {
			w.report(scanned(v, false))
			w.settle(v)
		}
	}
}

// leave ends the association that was reported; one that never was ends in silence.
func (w *watch) leave(n notice) {
	v := w.known[n.index]
	if v.joined != nil {
		w.report(wifi.Event{Kind: wifi.EventDisconnected, Interface: v.name, Reason: n.reason, ByAP: n.byAP})
	}
	v.joined = nil
	w.known[n.index] = v
	if n.command == unix.NL80211_CMD_DEL_INTERFACE {
		delete(w.known, n.index)
	}
}

// look reads the present of one interface: its name too, for interfaces are
// renamed after they appear. The result is false where it is not, or no longer, a
// station.
func (w *watch) look(index int) (view, bool) {
	v, err := w.radio.look(func(i *mdlayher.Interface) bool { return i.Index == index })
	switch {
	case errors.Is(err, fs.ErrNotExist): // an access point or monitor, or just unplugged
		return view{}, false
	case err != nil:
		w.log.Warn("read radio", "index", index, "error", err)
		return view{}, false
	}
	return v, true
}

// readAll reports the present of every interface, and the end of associations
// whose interface is gone.
func (w *watch) readAll() error {
	stations, err := w.radio.stations()
	if err != nil {
		return err
	}
	gone := maps.Clone(w.known)
	for _, s := range stations {
		delete(gone, s.Index)
		if v, ok := w.look(s.Index); ok {
			w.report(scanned(v, false))
			w.settle(v)
		}
	}
	for _, index := range slices.Sorted(maps.Keys(gone)) {
		w.leave(notice{command: unix.NL80211_CMD_DEL_INTERFACE, index: index})
	}
	return nil
}

// settle reports how the association of an interface has changed since it last did.
func (w *watch) settle(v view) {
	before := w.known[v.index].joined
	w.known[v.index] = v
	for _, kind := range moves(before, v.joined) {
		event := wifi.Event{Kind: kind, Interface: v.name}
		if kind != wifi.EventDisconnected {
			event.Network = v.joined
		}
		w.report(event)
	}
}

// moves names the events between two associations, nil being none. The kernel
// calls every association made by wpa_supplicant or iwd a connect, so that it is
// the name which tells a roam from a new network.
func moves(before, after *wifi.Network) []wifi.EventKind {
	switch {
	case before == nil && after == nil:
		return nil
	case before == nil:
		return []wifi.EventKind{wifi.EventConnected}
	case after == nil:
		return []wifi.EventKind{wifi.EventDisconnected}
	case before.SSID != after.SSID:
		return []wifi.EventKind{wifi.EventDisconnected, wifi.EventConnected}
	case !before.SameOffer(*after):
		return []wifi.EventKind{wifi.EventRoamed}
	}
	return nil
}

func scanned(v view, aborted bool) wifi.Event {
	return wifi.Event{Kind: wifi.EventScanned, Interface: v.name, Networks: v.heard, Aborted: aborted}
}
