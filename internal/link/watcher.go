package link

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"

	"golang.org/x/sys/unix"
)

// Watcher reports the links of this machine. The zero value is ready to use.
type Watcher struct {
	Logger *slog.Logger // nil discards

	reader *reader // nil: this machine's
}

// groups are the kinds of changes that the kernel is to tell (rtnetlink(7)).
const groups = unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_IFADDR | unix.RTMGRP_IPV6_ROUTE | groupUserOptions

// Run reports the state of every link now, and again after each change of any of
// them, until the context ends; then it returns nil. A burst of changes is one
// report. Between changes Run only waits: for the kernel's link events and router
// advertisements, for a rewrite of the files that tell of name servers and leases,
// and for NetworkManager's signals.
//
// The report function is called from one goroutine. It may keep the slice, but
// not change it.
func (w *Watcher) Run(ctx context.Context, report func([]State)) error {
	if err := w.run(ctx, report); ctx.Err() == nil {
		return fmt.Errorf("watch links: %w", err)
	}
	return nil
}

func (w *Watcher) run(ctx context.Context, report func([]State)) error {
	r := w.reader
	if r == nil {
		r = &reader{logger: w.Logger}
	}
	events, err := r.open(groups)
	if err != nil {
		return err
	}
	sources := []source{linkEvents{events, &r.adverts}}
	for _, source := range []source{r.watchFiles(), r.watchManager()} {
		if source != nil {
			sources = append(sources, source)
		}
	}
	signals := listen(sources)
	defer signals.stop()

	n := news{reader: r, report: report}
	if err := n.look(ctx, anything); err != nil {
		return err
	}
	for {
		for _, next := range []struct {
			wait  func(context.Context) error
			worth func(before, now []State) bool
		}{{signals.wait, joined}, {signals.calm, anything}} {
			if err := next.wait(ctx); err != nil {
				return err
			}
			if err := n.look(ctx, next.worth); err != nil {
				return err
			}
		}
	}
}

// news tells what has changed since it told last.
type news struct {
	reader *reader
	report func([]State)
	told   bool
	last   []State
}

// look reads all links, and tells of them where they differ in what is worth it.
func (n *news) look(ctx context.Context, worth func(before, now []State) bool) error {
	now, err := n.reader.all(ctx)
	if err != nil || n.told && (reflect.DeepEqual(n.last, now) || !worth(n.last, now)) {
		return err
	}
	n.told, n.last = true, now
	n.report(now)
	return nil
}

func anything(_, _ []State) bool { return true }

// joined says whether a link has all now that it takes to be asked over, and had not
// before: what is worth to be told while the burst of changes may go on.
func joined(before, now []State) bool {
	whole := func(s State) bool {
		return s.Carrier && len(s.Addresses) > 0 && len(s.Gateways) > 0 && len(s.DNS) > 0
	}
	return slices.ContainsFunc(now, func(s State) bool {
		return whole(s) && !slices.ContainsFunc(before, func(b State) bool { return b.Index == s.Index && whole(b) })
	})
}
