package link

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Changes come in bursts, such as an address, its routes and its name servers. A burst
// has ended when nothing has changed for pause, and is read after maxBurst at the latest.
const (
	pause    = 20 * time.Millisecond
	maxBurst = 100 * time.Millisecond
)

// source waits for changes of links. It does not say what has changed.
type source interface {
	next() error // returns after a change, or an error at the end of the source
	close()      // ends a next that waits
}

// linkEvents are the kernel's. Only router advertisements are decoded, because everything
// else is read again.
type linkEvents struct {
	conn

	adverts *adverts
}

func (e linkEvents) next() error {
	for {
		events, err := e.Receive()
		// After an overrun messages are lost, so it counts as a change.
		if err != nil && !errors.Is(err, unix.ENOBUFS) {
			return fmt.Errorf("receive link events: %w", err)
		}
		if e.adverts.take(events) {
			return nil
		}
	}
}

func (e linkEvents) close() { e.Close() }

// changes merges several sources: any number of changes is one token.
type changes struct {
	sources []source
	running sync.WaitGroup
	changed chan struct{}
	failed  chan error
}

func watchSources(sources []source) *changes {
	c := &changes{sources: sources, changed: make(chan struct{}, 1), failed: make(chan error, len(sources))}
	for _, source := range sources {
		c.running.Go(func() { c.failed <- c.follow(source) })
	}
	return c
}

func (c *changes) follow(source source) error {
	for {
		if err := source.next(); err != nil {
			return err
		}
		select {
		case c.changed <- struct{}{}:
		default:
		}
	}
}

// stop closes the sources and waits for their goroutines.
func (c *changes) stop() {
	for _, source := range c.sources {
		source.close()
	}
	c.running.Wait()
}

// wait returns after a change.
func (c *changes) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-c.failed:
		return err
	case <-c.changed:
		return nil
	}
}

// waitForPause returns when a burst of changes has had time to end.
func (c *changes) waitForPause(ctx context.Context) error {
	over := time.NewTimer(maxBurst)
	defer over.Stop()
	calm := time.NewTimer(pause)
	defer calm.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over.C:
			return nil
		case <-calm.C:
			return nil
		case <-c.changed:
			calm.Reset(pause)
		}
	}
}
