package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/wait"
)

// Daemon is an agent that follows its configuration, can be asked over D-Bus, and reports
// its readiness to systemd.
type Daemon struct {
	Env       Env
	Overrides Overrides
	Logger    *slog.Logger
	Reload    <-chan os.Signal // each reads the configuration and the packs again
}

// Run works until the context ends. It returns an error only for what a retry cannot heal.
func (d *Daemon) Run(ctx context.Context) error {
	systemd := &notifier{socket: d.Env.Getenv("NOTIFY_SOCKET"), logger: d.Logger}
	reloader, err := newReloader(d.Env, d.Overrides, d.Logger, systemd)
	if err != nil {
		return err
	}
	defer reloader.close()
	r := reloader.runtime
	if err := r.openStore(d.Env, d.Logger); err != nil {
		return err
	}
	unlock, err := r.Store.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	ag, err := r.NewAgent(d.Logger, false)
	if err != nil {
		return err
	}
	d.Logger.Info("agent started", "version", d.Env.Version, "helpers", len(r.Settings.Registry.Entries()), "memory", r.Config.Memory)
	busTried := make(chan struct{})
	group, ctx := errgroup.WithContext(ctx)
	for _, task := range []func(context.Context) error{
		ag.Run,
		func(ctx context.Context) error { return d.serve(ctx, ag, sync.OnceFunc(func() { close(busTried) })) },
		func(ctx context.Context) error { return reloader.run(ctx, d.Reload, ag) },
		func(ctx context.Context) error { return systemd.run(ctx, ag, busTried) },
		func(ctx context.Context) error { return systemd.watchdog(ctx, watchdogPeriod(d.Env.Getenv), ag.Ping) },
	} {
		group.Go(func() error { return task(ctx) })
	}
	err = group.Wait()
	d.Logger.Info("agent stopped")
	return err
}

// serve shows the agent on the bus, and connects again when the bus goes away: the agent
// works without it. If there never was a bus, it tries again only after transitions, so that
// nothing runs while nothing happens. It calls tried after the first attempt.
func (d *Daemon) serve(ctx context.Context, ag *agent.Agent, tried func()) error {
	changed, stop := transitions(ag)
	defer stop()
	warn := func(err error) { d.Logger.Warn("no bus: status, login and logoff cannot be asked for", "error", err) }
	served, warned := false, false
	return retry(ctx, func(ctx context.Context, works func()) error {
		config := d.Env.Bus()
		config.Logger = d.Logger
		config.Serving = func() { served = true; works(); tried() }
		err := bus.Serve(ctx, config, ag, d.Env.Version)
		if errors.Is(err, bus.ErrNoBus) && !served {
			if !warned {
				warn(err)
			}
			warned = true
			tried()
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
		return err
	}, func(err error) {
		tried()
		switch {
		case errors.Is(err, bus.ErrNoBus):
			if served {
				warn(err)
			}
		case errors.Is(err, bus.ErrTaken):
			d.Logger.Warn("another agent is on the bus: this one cannot be asked", "error", err)
		case err != nil:
			d.Logger.Error("bus failed: the agent goes on without it", "error", err)
		}
	})
}

// transitions returns a channel that receives after one or more transitions of an agent.
func transitions(ag reported) (changed <-chan struct{}, stop func()) {
	pending := make(chan struct{}, 1)
	return pending, ag.Listen(func(agent.Transition) {
		select {
		case pending <- struct{}{}:
		default:
		}
	})
}

// backoff is the delay between attempts.
var backoff = wait.Backoff{First: time.Second, Last: 5 * time.Minute}

// retry makes attempts, with growing delays between them, until one returns nil or the
// context ends. An attempt calls works when it has succeeded so far; what fails after that
// is tried again after the first delay. Changed is called with an error that is not the one
// of the attempt before, and with nil when an attempt works after one that did not.
func retry(ctx context.Context, attempt func(ctx context.Context, works func()) error, changed func(error)) error {
	last := ""
	for failed := 0; ; failed++ {
		err := attempt(ctx, func() {
			if last != "" {
				changed(nil)
			}
			failed, last = 0, ""
		})
		if err == nil || ctx.Err() != nil {
			return nil
		}
		if err.Error() != last {
			changed(err)
		}
		last = err.Error()
		if wait.For(ctx, backoff.After(failed)) != nil {
			return nil
		}
	}
}
