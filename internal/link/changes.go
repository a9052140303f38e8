package link

import (
	"context"
	"errors"
	"fmt"
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
	// next returns after a change, or an error at the end of the source, which is that of
	// the context at the latest.
	next(ctx context.Context) error
}

// linkEvents are the kernel's. Only router advertisements are decoded, because everything
// else is read again. To end a next that waits, close the connection.
type linkEvents struct {
	conn

	adverts *adverts
}

func (e linkEvents) next(context.Context) error {
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

// changes merges several sources: any number of changes is one token.
type changes chan struct{}

// follow passes on the changes of a source until it ends.
func (c changes) follow(ctx context.Context, source source) error {
	for {
		if err := source.next(ctx); err != nil {
			return err
		}
		c.note()
	}
}

// note says that something has changed. It never waits.
func (c changes) note() {
	select {
	case c <- struct{}{}:
	default:
	}
}

// wait returns after a change.
func (c changes) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c:
		return nil
	}
}

// waitForPause returns when a burst of changes has had time to end.
func (c changes) waitForPause(ctx context.Context) error {
	over := time.After(maxBurst)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over:
			return nil
		case <-time.After(pause):
			return nil
		case <-c:
		}
	}
}
