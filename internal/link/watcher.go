package link

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"

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

	var last []State
	for first := true; ; first = false {
		now, err := r.all(ctx)
		if err != nil {
			return err
		}
		if first || !reflect.DeepEqual(last, now) {
			last = now
			report(now)
		}
		if err := signals.wait(ctx); err != nil {
			return err
		}
	}
}
