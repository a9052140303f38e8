package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/wait"
)

// watcher follows an agent on the bus, and the ones after it.
type watcher struct {
	// read reads what is shown: at the start, after each transition, and after the time that it returns; 0: at the next
	// transition only.
	read func(ctx context.Context, client *bus.Client) (next time.Duration, err error)
	// absent is called once each time when no agent answers, with the reason.
	absent func(reason error) error
}

// returning is the delay between attempts to find an agent where the bus does not tell when one comes.
var returning = wait.Backoff{First: time.Second, Last: 30 * time.Second}

// watchAgent runs a watcher until the context ends, which is no error. It starts no agent.
func (a *app) watchAgent(ctx context.Context, w watcher) error {
	config := a.daemonEnv().Bus()
	said := false
	for failed := 0; ; failed++ {
		connected, err := a.watchOne(ctx, config, w)
		if connected {
			said, failed = false, 0
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, bus.ErrDenied):
			return err
		case !said:
			said = true
			if err := w.absent(err); err != nil {
				return err
			}
		}
		if err := bus.Await(ctx, config, returning.After(failed), err); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// watchOne follows one agent until it leaves. It reports whether there was one.
func (a *app) watchOne(ctx context.Context, config bus.Config, w watcher) (connected bool, err error) {
	client, err := a.dialAgent(ctx, config)
	if err != nil {
		return false, err
	}
	defer client.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	changes, err := client.Subscribe(ctx)
	if err != nil {
		return false, err
	}
	gone, err := client.Gone(ctx)
	if err != nil {
		return false, err
	}
	for {
		next, err := readWithin(ctx, client, w)
		if err != nil {
			return connected, err
		}
		connected = true
		if err := waitForChange(ctx, changes, gone, next); err != nil {
			return true, err
		}
	}
}

func readWithin(ctx context.Context, client *bus.Client, w watcher) (time.Duration, error) {
	ctx, stop := context.WithTimeout(ctx, busTime)
	defer stop()
	return w.read(ctx, client)
}

// waitForChange waits for a transition, and takes those that came with it; 0: no timer. The error is
// [bus.ErrNoAgent] if the agent leaves.
func waitForChange(ctx context.Context, changes <-chan agent.Transition, gone <-chan struct{}, next time.Duration) error {
	var due <-chan time.Time
	if next > 0 {
		timer := time.NewTimer(next)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-changes:
	case <-due:
	case <-gone:
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("watch the agent: %w", bus.ErrNoAgent)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		select {
		case <-changes:
		default:
			return nil
		}
	}
}

const (
	// busyTime is how often the status is read while the agent does something: a verdict can change without a transition.
	busyTime = time.Second
	// lookTime is how long after the agent's next look the status is read, for what it found.
	lookTime = 3 * time.Second
)

// nextRead is when the status has to be read again though no transition came; 0: not before one.
func nextRead(associations []agent.Association, now time.Time) time.Duration {
	var next time.Duration
	for _, as := range associations {
		due := busyTime
		if as.Phase.Settled() {
			if as.NextCheck == nil {
				continue
			}
			due = max(as.NextCheck.Sub(now)+lookTime, busyTime)
		}
		if next == 0 || due < next {
			next = due
		}
	}
	return next
}
