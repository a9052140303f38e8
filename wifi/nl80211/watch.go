package nl80211

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/mdlayher/genetlink"
	mdlayher "github.com/mdlayher/wifi"
	"golang.org/x/sys/unix"

	"hotspot-helper/wifi"
)

// watch is one Run. One goroutine, that of [watch.run], owns the stations and calls
// report. What can take long runs beside it and hands its result back as a function,
// so that a slow radio does not delay the events of the others.
type watch struct {
	radio    *Radio
	log      *slog.Logger
	report   func(wifi.Event)
	stations map[int]*station // by interface index

	ctx     context.Context
	tasks   sync.WaitGroup
	results chan func() error // to call on the goroutine of run
}

func newWatch(ctx context.Context, r *Radio, report func(wifi.Event)) *watch {
	return &watch{
		radio: r, log: r.logger(), report: report, stations: map[int]*station{},
		ctx: ctx, results: make(chan func() error),
	}
}

// run reports events until the context ends or the connection fails.
func (w *watch) run(events conn) error {
	w.tasks.Go(func() { w.receive(events) })
	w.readAll(0)
	for {
		select {
		case <-w.ctx.Done():
			return w.ctx.Err()
		case result := <-w.results:
			if err := result(); err != nil {
				return err
			}
		}
	}
}

// post hands a result to run.
func (w *watch) post(result func() error) {
	select {
	case w.results <- result:
	case <-w.ctx.Done():
	}
}

// after runs f on the goroutine of run when the delay is over.
func (w *watch) after(delay time.Duration, f func()) {
	w.tasks.Go(func() {
		select {
		case <-time.After(delay):
			w.post(func() error { f(); return nil })
		case <-w.ctx.Done():
		}
	})
}

// receive posts what the kernel announces until the connection is closed.
func (w *watch) receive(events conn) {
	for w.ctx.Err() == nil {
		messages, _, err := events.Receive()
		lost := errors.Is(err, unix.ENOBUFS)
		w.post(func() error {
			switch {
			case lost:
				w.log.Info("kernel dropped radio events, reading all again")
				w.readAll(0)
			case err != nil:
				return fmt.Errorf("receive events: %w", err)
			}
			w.handleAll(messages)
			return nil
		})
		if err != nil && !lost {
			return
		}
	}
}

func (w *watch) handleAll(messages []genetlink.Message) {
	for _, m := range messages {
		n, err := parseNotice(m)
		if err != nil {
			w.log.Debug("skip undecodable radio event", "command", m.Header.Command, "error", err)
			continue
		}
		w.handle(n)
	}
}

// handle carries out one notice. Most notices of the kernel are of no interest here.
func (w *watch) handle(n notice) {
	switch n.command {
	case unix.NL80211_CMD_NEW_SCAN_RESULTS, unix.NL80211_CMD_SCHED_SCAN_RESULTS:
		w.read(n.index, scan)
	case unix.NL80211_CMD_SCAN_ABORTED:
		w.read(n.index, scan|aborted)
	case unix.NL80211_CMD_CONNECT, unix.NL80211_CMD_ROAM:
		if n.status != 0 {
			w.log.Debug("association refused", "index", n.index, "status", n.status)
			return
		}
		w.read(n.index, association|announced)
	case unix.NL80211_CMD_DISCONNECT:
		w.disconnect(n)
	case unix.NL80211_CMD_DEL_INTERFACE:
		w.disconnect(n)
		delete(w.stations, n.index)
	case unix.NL80211_CMD_NEW_INTERFACE:
		w.read(n.index, scan|association)
	}
}

// readAll reads the stations that exist and those that were reported. A list that
// fails is requested again without limit.
func (w *watch) readAll(failures int) {
	w.tasks.Go(func() {
		listed, err := w.radio.stations()
		w.post(func() error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return err
			case err != nil:
				w.log.Warn("list radios, trying again", "error", err)
				w.after(retryDelay(failures), func() { w.readAll(failures + 1) })
				return nil
			}
			for _, s := range listed {
				w.read(s.Index, scan|association)
			}
			for index := range w.stations {
				if !slices.ContainsFunc(listed, func(i *mdlayher.Interface) bool { return i.Index == index }) {
					w.read(index, association)
				}
			}
			return nil
		})
	})
}

// disconnect reports the end of an association, if its beginning was reported.
func (w *watch) disconnect(n notice) {
	s := w.stations[n.index]
	if s == nil {
		return
	}
	// What is being read may be older than this notice.
	s.requested &^= association | announced
	s.reading &^= association | announced
	if s.joined != nil {
		s.joined = nil
		w.report(wifi.Event{Kind: wifi.EventDisconnected, Interface: s.name, Reason: n.reason, ByAP: n.byAP})
	}
}
