package nl80211

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// watch is one Run: what it has reported, so that it can tell a change.
type watch struct {
	radio  *Radio
	log    *slog.Logger
	report func(wifi.Event)
	known  map[int]station // by interface index
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
		if s, heard, ok := w.look(n.index); ok {
			w.report(scanned(s, heard, n.command == unix.NL80211_CMD_SCAN_ABORTED))
		}
	case unix.NL80211_CMD_CONNECT, unix.NL80211_CMD_ROAM:
		if n.status != 0 {
			w.log.Debug("association refused", "index", n.index, "status", n.status)
			return
		}
		if s, heard, ok := w.look(n.index); ok {
			w.settle(s, heard)
		}
	case unix.NL80211_CMD_DISCONNECT, unix.NL80211_CMD_DEL_INTERFACE:
		w.leave(n)
	case unix.NL80211_CMD_NEW_INTERFACE:
		if s, heard, ok := w.look(n.index); ok {
			w.report(scanned(s, heard, false))
			w.settle(s, heard)
		}
	}
}

// leave ends the association that was reported; one that never was ends in silence.
func (w *watch) leave(n notice) {
	s := w.known[n.index]
	if s.joined != nil {
		w.report(wifi.Event{Kind: wifi.EventDisconnected, Interface: s.name, Reason: n.reason, ByAP: n.byAP})
	}
	s.joined = nil
	w.known[n.index] = s
	if n.command == unix.NL80211_CMD_DEL_INTERFACE {
		delete(w.known, n.index)
	}
}

// look reads the present of one interface: its name, for interfaces are renamed
// after they appear, and its list. The result is false where it is not, or no
// longer, a station.
func (w *watch) look(index int) (station, []line, bool) {
	type view struct {
		station station
		heard   []line
	}
	v, err := ask(w.radio, func(s socket) (view, error) {
		stations, err := s.stations()
		if err != nil {
			return view{}, err
		}
		i := slices.IndexFunc(stations, func(s station) bool { return s.index == index })
		if i < 0 {
			return view{}, unix.ENODEV
		}
		heard, err := s.scan(index)
		return view{stations[i], heard}, err
	})
	if errors.Is(err, unix.ENODEV) {
		return station{}, nil, false // an access point or monitor, or just unplugged
	}
	if err != nil {
		w.log.Warn("read radio", "index", index, "error", err)
		return station{}, nil, false
	}
	return v.station, v.heard, true
}

// readAll reports the present of every interface, and the end of associations
// whose interface is gone.
func (w *watch) readAll() error {
	stations, err := ask(w.radio, socket.stations)
	if err != nil {
		return err
	}
	gone := maps.Clone(w.known)
	for _, s := range stations {
		delete(gone, s.index)
		if s, heard, ok := w.look(s.index); ok {
			w.report(scanned(s, heard, false))
			w.settle(s, heard)
		}
	}
	for _, index := range slices.Sorted(maps.Keys(gone)) {
		w.leave(notice{command: unix.NL80211_CMD_DEL_INTERFACE, index: index})
	}
	return nil
}

// settle reports how the association of an interface has changed since it last did.
func (w *watch) settle(s station, heard []line) {
	before := w.known[s.index].joined
	s.joined = joined(heard, s.ssid)
	w.known[s.index] = s
	for _, kind := range moves(before, s.joined) {
		w.report(wifi.Event{Kind: kind, Interface: s.name})
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
	case !before.Offered(*after):
		return []wifi.EventKind{wifi.EventRoamed}
	}
	return nil
}

func scanned(s station, heard []line, aborted bool) wifi.Event {
	return wifi.Event{Kind: wifi.EventScanned, Interface: s.name, Networks: wifi.Group(lines(heard)), Aborted: aborted}
}
