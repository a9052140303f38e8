package nl80211

import (
	"errors"
	"io/fs"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/wifi"
)

// station is one interface of a watch.
type station struct {
	name   string
	joined *wifi.Network // as last reported; nil: not associated

	requested purpose // of the next reading
	reading   purpose // of the reading under way
	busy      bool    // a reading is under way
	retries   int     // since the last request
}

// purpose is what a station is read for.
type purpose uint8

const (
	scan        purpose = 1 << iota // to report the scan list
	aborted                         // the scan was aborted
	association                     // to report how the association has changed
	announced                       // the kernel has announced an association, so there is one
)

func (p purpose) has(part purpose) bool { return p&part != 0 }

// with adds a later purpose: the later scan counts.
func (p purpose) with(later purpose) purpose {
	if later.has(scan) {
		p &^= aborted
	}
	return p | later
}

// backoff is the delay after which a reading that failed is repeated. After maxRetries it
// waits for the next notice.
var backoff = wait.Backoff{First: 100 * time.Millisecond, Last: 30 * time.Second}

const maxRetries = 7

// read begins a reading of one interface, or a second one after that under way, which
// may have read too early.
func (w *watch) read(index int, p purpose) {
	s := w.stations[index]
	if s == nil {
		s = &station{}
		w.stations[index] = s
	}
	s.requested, s.retries = s.requested.with(p), 0
	if !s.busy {
		w.begin(index, s)
	}
}

func (w *watch) begin(index int, s *station) {
	s.reading, s.requested, s.busy = s.requested, 0, true
	w.tasks.Go(func() error {
		// This reads the name too, because interfaces are renamed after they appear.
		v, err := w.radio.readStation(index)
		w.post(func() { w.finish(index, s, v, err) })
		return nil
	})
}

// finish reports what a reading found, and begins the next one if there is need.
func (w *watch) finish(index int, s *station, v view, err error) {
	if w.stations[index] != s {
		return // unplugged during the reading
	}
	s.busy = false
	requested, failed := s.requested, purpose(0)
	switch {
	case errors.Is(err, fs.ErrNotExist): // an access point or monitor, or just unplugged
		w.handleMissing(index, s)
	case err != nil:
		w.log.Debug("radio not read", "index", index, "error", err)
		failed = s.reading
	default:
		failed = w.reportView(s, v)
	}
	s.requested = failed.with(requested)
	switch {
	case requested != 0:
		w.begin(index, s)
	case failed != 0:
		w.retry(index, s, err)
	}
}

// handleMissing handles a reading that found no station. The kernel announces the end of an
// interface, but the notice may be lost.
func (w *watch) handleMissing(index int, s *station) {
	if s.reading.has(association) {
		w.reportAssociation(s, nil)
	}
	if s.joined == nil && s.requested == 0 {
		delete(w.stations, index)
	}
}

func (w *watch) retry(index int, s *station, err error) {
	if s.retries == maxRetries {
		if err != nil {
			w.log.Warn("read radio", "index", index, "error", err)
			return
		}
		// There is no association after all.
		s.requested = 0
		w.reportAssociation(s, nil)
		return
	}
	w.after(backoff.After(s.retries), func() {
		if w.stations[index] == s && s.requested != 0 && !s.busy {
			w.begin(index, s)
		}
	})
	s.retries++
}

// reportView reports what a reading has found. It returns what the station has to be read
// for again.
func (w *watch) reportView(s *station, v view) (failed purpose) {
	s.name = v.name
	if s.reading.has(scan) {
		w.report(wifi.Event{Kind: wifi.EventScanned, Interface: v.name, Networks: v.scanned, Aborted: s.reading.has(aborted)})
	}
	switch {
	case !s.reading.has(association):
		return 0
	case v.joined == nil && s.reading.has(announced):
		return association | announced
	}
	w.reportAssociation(s, v.joined)
	return 0
}

// reportAssociation reports how the association has changed; nil is none.
func (w *watch) reportAssociation(s *station, joined *wifi.Network) {
	for _, kind := range transitions(s.joined, joined) {
		event := wifi.Event{Kind: kind, Interface: s.name}
		if kind != wifi.EventDisconnected {
			event.Network = joined
		}
		w.report(event)
	}
	s.joined = joined
}

// transitions returns the events between two associations; nil is none. The kernel
// announces every association that wpa_supplicant or iwd makes as a connect, so the
// SSID distinguishes a roam from another network.
func transitions(before, after *wifi.Network) []wifi.EventKind {
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
