package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/wifi"
)

// Agent takes every watched interface through its associations. One loop, [Agent.Run],
// owns the state. All events are posted to it; slow work runs in other goroutines.
type Agent struct {
	config    Config
	logger    *slog.Logger
	store     *Store
	listeners listeners[Transition]
	atWork    listeners[struct{}] // after each step of an association
	accepted  acceptances

	inbox   chan func(context.Context)
	stopped chan struct{}  // closed when the loop has ended
	tasks   sync.WaitGroup // other goroutines that the loop started

	noted sync.Map // helpers and networks with old consents: each pair is logged once

	// Only the loop uses these.
	started      time.Time
	keeping      int    // sessions that are checked for secrets, to be remembered
	isAsleep     bool   // the computer is being suspended
	yields       string // why logins are left to another agent; empty: they are not
	changeLines  requestLines
	settings     Settings
	links        map[string]Link         // that the watcher reports, by interface
	joined       map[string]wifi.Network // that radios report, by interface
	associations map[string]*association // of watched links, by interface
	scans        map[string]*scan        // by interface
	paces        map[string]*pace        // by identity
	moves        map[string]*moves       // by interface

	// Copies of that state for all others.
	status   atomic.Pointer[Status]
	networks atomic.Pointer[[]scanEntry]
	live     atomic.Pointer[Settings]
}

// New makes an agent that does nothing until it runs.
func New(config Config) (*Agent, error) {
	if config.Dial == nil || config.Links == nil {
		return nil, errors.New("make agent: it needs links and a way to dial")
	}
	if config.Store == nil {
		config.Store, _ = OpenStore("", config.Logger)
	}
	a := &Agent{
		config:       config,
		logger:       orDiscard(config.Logger),
		store:        config.Store,
		started:      time.Now(),
		inbox:        make(chan func(context.Context)),
		stopped:      make(chan struct{}),
		settings:     config.Settings.withDefaults(),
		links:        map[string]Link{},
		joined:       map[string]wifi.Network{},
		associations: map[string]*association{},
		scans:        map[string]*scan{},
		paces:        map[string]*pace{},
		moves:        map[string]*moves{},
	}
	a.publish()
	return a, nil
}

// Run watches and acts until the context ends, and leaves nothing running. A watcher
// that breaks is run again. Run returns an error if the links cannot be watched at all.
func (a *Agent) Run(ctx context.Context) error {
	end := ctx.Done()
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	var beside, writer sync.WaitGroup
	writer.Go(func() { a.store.run(writing) })
	beside.Go(func() { cancel(a.watchLinks(ctx)) })
	for _, radio := range a.config.Radios {
		beside.Go(func() { a.watchRadio(ctx, radio) })
	}
	a.loop(ctx, end)
	close(a.stopped)
	cancel(nil)
	for _, as := range a.associations {
		as.halt()
	}
	beside.Wait()
	a.tasks.Wait()
	stopWriting()
	writer.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// watchLinks reports links to the loop until the context ends.
func (a *Agent) watchLinks(ctx context.Context) error {
	err := a.keepRunning(ctx, "links", func() error {
		return a.config.Links.Run(ctx, func(links []Link) {
			a.post(ctx, func(ctx context.Context) { a.onLinks(ctx, links) })
		})
	})
	if err != nil {
		return fmt.Errorf("watch links: %w", err)
	}
	<-ctx.Done()
	return nil
}

// watchRadio reports events of a radio to the loop. The agent works without a radio.
func (a *Agent) watchRadio(ctx context.Context, radio Radio) {
	err := a.keepRunning(ctx, "radio", func() error {
		err := radio.Run(ctx, func(e wifi.Event) {
			a.post(ctx, func(ctx context.Context) { a.onRadio(ctx, e) })
		})
		if errors.Is(err, fs.ErrNotExist) {
			a.logger.Info("no radio: links are watched, scans are not", "cause", err)
			return nil
		}
		return err
	})
	if err != nil {
		a.logger.Error("radio cannot be watched: scans are not seen any more", "error", err)
	}
}

// keepRunning runs a watcher again when it breaks, each time later than before, until
// it returns nil, the context ends, or the error is one that a retry cannot heal.
func (a *Agent) keepRunning(ctx context.Context, name string, watch func() error) error {
	for attempts := 0; ; attempts++ {
		began := time.Now()
		err := watch()
		if err == nil || ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
			return err
		}
		if time.Since(began) > backoff.Last {
			attempts = 0
		}
		delay := backoff.After(attempts)
		a.logger.Warn("watcher broke: it is run again", "watcher", name, "after", delay, "error", err)
		if wait.For(ctx, delay) != nil {
			return nil
		}
	}
}
