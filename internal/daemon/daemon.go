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
	"hotspot-helper/internal/desktop"
	"hotspot-helper/internal/wait"
)

// Daemon is an agent that follows its configuration, can be asked over D-Bus, and reports
// its readiness to systemd.
type Daemon struct {
	Env       Env
	Overrides Overrides
	Logger    *slog.Logger
	Reload    <-chan os.Signal        // each reads the configuration and the packs again
	Command   func(agent.Need) string // what a person can type about a need; nil: nothing
	Release   func() error            // gives memory back to the system, for a process that waits; nil: none does
}

// Run works until the context ends. It returns an error only for what a retry cannot heal.
func (d *Daemon) Run(ctx context.Context) error {
	systemd := &notifier{socket: d.Env.Getenv("NOTIFY_SOCKET"), logger: d.Logger}
	reloader, err := newReloader(ctx, d.Env, d.Overrides, d.Logger, systemd)
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
	vpns := newTunnels(d.Env, r.systemBus(d.Logger), d.Logger, r.OnDemand)
	reloader.tunnels = vpns
	session := r.Session(d.Env, ag, d.Command, d.Logger)
	reloader.session = session
	logins := &rememberedLogins{store: d.Env.Remembered(), logger: d.Logger}
	group, ctx := errgroup.WithContext(ctx)
	for _, task := range []func(context.Context) error{
		ag.Run,
		func(ctx context.Context) error {
			return d.serve(ctx, withRemembered{withTunnels{ag, vpns}, logins}, sync.OnceFunc(func() { close(busTried) }))
		},
		func(ctx context.Context) error { return reloader.run(ctx, d.Reload, ag) },
		func(ctx context.Context) error { return vpns.run(ctx, ag) },
		func(ctx context.Context) error { return logins.run(ctx, ag) },
		func(ctx context.Context) error { return d.release(ctx, ag) },
		(&desktop.Desktop{Agent: ag, Bus: r.systemBus(d.Logger), User: d.user(), Logger: d.Logger}).Run,
		session.Run,
		func(ctx context.Context) error { return systemd.run(ctx, ag, busTried) },
		func(ctx context.Context) error { return systemd.watchdog(ctx, watchdogPeriod(d.Env.Getenv), ag.Ping) },
	} {
		group.Go(func() error { return task(ctx) })
	}
	err = group.Wait()
	d.Logger.Info("agent stopped")
	return err
}

// user is whose agent it is; nil: that of the machine.
func (d *Daemon) user() *uint32 {
	if d.Env.System {
		return nil
	}
	user := uint32(os.Getuid())
	return &user
}

// serve shows the agent on the bus, and connects again when the bus goes away: the agent
// works without it. A bus that makes its socket is taken at once. If there never was a bus, there
// is no timer, so that nothing runs while nothing happens. It calls tried after the first attempt.
func (d *Daemon) serve(ctx context.Context, ag bus.Agent, tried func()) error {
	changed, stop := transitions(ag)
	defer stop()
	config := d.Env.Bus()
	config.Logger = d.Logger
	served, warned := false, false
	var failure error // of the last attempt
	pause := func(ctx context.Context, delay time.Duration) (isNew bool, err error) {
		if errors.Is(failure, bus.ErrNoBus) && !served && waitForBus(ctx, config, failure, changed) {
			return true, context.Cause(ctx)
		}
		return config.Wait(ctx, delay, failure)
	}
	warn := func(err error) { d.Logger.Warn("no bus: status, login and logoff cannot be asked for", "error", err) }
	return retryAfter(ctx, pause, func(ctx context.Context, works func()) error {
		config.Serving = func() { served = true; works(); tried() }
		failure = bus.Serve(ctx, config, ag, d.Env.Version)
		if errors.Is(failure, bus.ErrNoBus) && !served {
			if !warned {
				warn(failure)
			}
			warned = true
			tried()
		}
		return failure
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

// waitForBus waits until the bus listens, which it reports, or the agent does something: the bus may
// not show itself by a socket. Where there is a socket already, it waits for the longest delay.
func waitForBus(ctx context.Context, config bus.Config, failure error, changed <-chan struct{}) (isNew bool) {
	waiting, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		isNew, _ = config.Wait(waiting, backoff.Last, failure) // an error is the end of the context
	}()
	select {
	case <-changed:
	case <-ended:
	}
	stop()
	<-ended
	return isNew
}

// listened is an agent that tells of its transitions.
type listened interface {
	Listen(report func(agent.Transition)) (stop func())
}

// transitions returns a channel that receives after one or more transitions of an agent.
func transitions(ag listened) (changed <-chan struct{}, stop func()) {
	pending := make(chan struct{}, 1)
	return pending, ag.Listen(func(agent.Transition) { signal(pending) })
}

// signal sends to a channel with room for one, unless that is full.
func signal(pending chan<- struct{}) {
	select {
	case pending <- struct{}{}:
	default:
	}
}

// backoff is the delay between attempts.
var backoff = wait.Backoff{First: time.Second, Last: 5 * time.Minute}

// retry makes attempts, with growing delays between them, until one returns nil or the
// context ends. An attempt calls works when it has succeeded so far; what fails after that
// is tried again after the first delay. Changed is called with an error that is not the one
// of the attempt before, and with nil when an attempt works after one that did not.
func retry(ctx context.Context, attempt func(ctx context.Context, works func()) error, changed func(error)) error {
	pause := func(ctx context.Context, delay time.Duration) (bool, error) { return false, wait.For(ctx, delay) }
	return retryAfter(ctx, pause, attempt, changed)
}

// retryAfter is retry with another way to wait for a delay, which reports whether the failures before say nothing
// about the next attempt.
func retryAfter(ctx context.Context, pause func(context.Context, time.Duration) (anew bool, err error), attempt func(ctx context.Context, works func()) error, changed func(error)) error {
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
		anew, err := pause(ctx, backoff.After(failed))
		if err != nil {
			return nil
		}
		if anew {
			failed = -1
		}
	}
}
