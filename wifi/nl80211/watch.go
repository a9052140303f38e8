package nl80211

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/mdlayher/genetlink"
	mdlayher "github.com/mdlayher/wifi"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/wait"
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
	tasks   *errgroup.Group // the first error ends the watch
	results chan func()     // to call on the goroutine of run
}

// run reads all stations and then carries out results until the context ends.
func (w *watch) run() error {
	w.readAll(0)
	for {
		select {
		case <-w.ctx.Done():
			return w.ctx.Err()
		case result := <-w.results:
			result()
		}
	}
}

// post hands a result to run.
func (w *watch) post(result func()) {
	select {
	case w.results <- result:
	case <-w.ctx.Done():
	}
}

// after runs f on the goroutine of run when the delay is over.
func (w *watch) after(delay time.Duration, f func()) {
	w.tasks.Go(func() error {
		if wait.For(w.ctx, delay) == nil {
			w.post(f)
		}
		return nil
	})
}

// receive posts what the kernel announces until the connection is closed.
func (w *watch) receive(events conn) error {
	for {
		messages, _, err := events.Receive()
		switch {
		case errors.Is(err, unix.ENOBUFS):
			w.log.Info("kernel dropped radio events, reading all again")
			w.post(func() { w.readAll(0) })
		case err != nil:
			return fmt.Errorf("receive events: %w", err)
		}
		w.post(func() { w.handleAll(messages) })
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
	w.tasks.Go(func() error {
		listed, err := w.radio.stations()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return err
		case err != nil:
			w.log.Warn("list radios, trying again", "error", err)
			w.after(backoff.After(failures), func() { w.readAll(failures + 1) })
		default:
			w.post(func() { w.readListed(listed) })
		}
		return nil
	})
}

func (w *watch) readListed(listed []*mdlayher.Interface) {
	for _, s := range listed {
		w.read(s.Index, scan|association)
	}
	for index := range w.stations {
		if !slices.ContainsFunc(listed, func(i *mdlayher.Interface) bool { return i.Index == index }) {
			w.read(index, association)
		}
	}
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
