package link

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/systembus"
	"hotspot-helper/internal/wait"
)

// Watcher reports the links of this machine. The zero value is ready to use.
type Watcher struct {
	Logger *slog.Logger // nil discards
	// Bus is the connection to the system bus, which Run keeps: others may use it meanwhile. nil: one
	// of its own, at the usual address.
	Bus *systembus.Bus

	reader *reader // nil: this machine's
}

// groups are the multicast groups of changes to links, addresses, routes and rules
// (rtnetlink(7)), of sysctls of IPv4 such as the reverse-path filter, and of router advertisements.
const groups = unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV4_RULE |
	unix.RTMGRP_IPV6_IFADDR | unix.RTMGRP_IPV6_ROUTE | 1<<(unix.RTNLGRP_IPV6_RULE-1) |
	1<<(unix.RTNLGRP_IPV4_NETCONF-1) | groupUserOptions

// Run reports the state of every link at the start, and again after each change, until
// the context ends; then it returns nil. Changes that follow each other closely are one
// report. Between changes Run waits for the kernel's link events and router
// advertisements, for changes of the files that have name servers and leases, and for what
// NetworkManager and systemd-resolved signal. All of these may come and go.
//
// A reading that fails for a passing reason, such as an interrupted dump, is repeated
// with a growing delay. Run ends with an error if the kernel refuses.
//
// The report function is called from one goroutine. It may keep the slice, but not change
// it.
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
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		<-ctx.Done()
		return events.Close() // ends a Receive that waits
	})
	changed := make(changes, 1)
	if r.bus == nil { // it is not simulated
		bus := cmp.Or(w.Bus, &systembus.Bus{Logger: r.logger})
		r.bus = func() caller { return sharedBus{bus} }
		defer subscribe(bus, changed.note)()
		group.Go(func() error { return bus.Run(ctx) })
	}
	for _, source := range []source{linkEvents{events, &r.adverts}, r.watchFiles()} {
		if source != nil {
			group.Go(func() error { return changed.follow(ctx, source) })
		}
	}
	group.Go(func() error { return (&comparer{reader: r, report: report}).run(ctx, changed) })
	return group.Wait()
}

// comparer reports what differs from its last report.
type comparer struct {
	reader   *reader
	report   func([]State)
	reported bool
	last     []State
}

func (c *comparer) run(ctx context.Context, changed changes) error {
	if err := c.read(ctx, anyChange); err != nil {
		return err
	}
	for {
		if err := changed.wait(ctx); err != nil {
			return err
		}
		if err := c.read(ctx, becameUsable); err != nil {
			return err
		}
		if err := changed.waitForPause(ctx); err != nil {
			return err
		}
		if err := c.read(ctx, anyChange); err != nil {
			return err
		}
		if err := c.rest(ctx); err != nil {
			return err
		}
	}
}

// rest waits four times as long as the kernel's lists took since the last rest, 10 s at most. Anyone on
// a link can make them long, and change all the time.
func (c *comparer) rest(ctx context.Context) error {
	spent := c.reader.spent
	c.reader.spent = 0
	return wait.For(ctx, min(4*spent, 10*time.Second))
}

// read reads all links, and reports them if a relevant change has happened.
func (c *comparer) read(ctx context.Context, relevant func(before, now []State) bool) error {
	now, err := c.readAll(ctx)
	if err != nil || c.reported && (reflect.DeepEqual(c.last, now) || !relevant(c.last, now)) {
		return err
	}
	c.reported, c.last = true, now
	c.report(now)
	return nil
}

// readAll reads all links, as often as it takes.
func (c *comparer) readAll(ctx context.Context) ([]State, error) {
	for failed := 0; ; failed++ {
		now, err := c.reader.all(ctx)
		if !recoverable(err) {
			return now, err
		}
		c.reader.log().Warn("links not read, trying again", "error", err)
		if err := wait.For(ctx, backoff.After(failed)); err != nil {
			return nil, err
		}
	}
}

// backoff is the delay between attempts that fail.
var backoff = wait.Backoff{First: 100 * time.Millisecond, Last: 30 * time.Second}

func anyChange(_, _ []State) bool { return true }

// becameUsable reports whether a link has everything now that a probe needs, and had not
// before. This is reported at once, although more changes may follow.
func becameUsable(before, now []State) bool {
	usable := func(s State) bool {
		return s.Carrier && len(s.Addresses) > 0 && len(s.Gateways) > 0 && len(s.DNS) > 0
	}
	return slices.ContainsFunc(now, func(s State) bool {
		return usable(s) && !slices.ContainsFunc(before, func(b State) bool { return b.Index == s.Index && usable(b) })
	})
}
