package link

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A burst of changes, such as an address, its routes and its name servers, is over
// when nothing has come for the time of quiet, and is not waited for longer than
// settle: what there is may be enough to be asked over.
const (
	quiet  = 20 * time.Millisecond
	settle = 100 * time.Millisecond
)

// source tells that links have changed, not what has.
type source interface {
	next() error // waits for a change; an error is the end of the source
	close()      // ends a next that waits
}

// linkEvents are the kernel's. Only advertisements are decoded: all the rest is
// read anew anyway.
type linkEvents struct {
	conn

	adverts *adverts
}

func (e linkEvents) next() error {
	for {
		events, err := e.Receive()
		// An overrun means that messages were lost, which is a change too.
		if err != nil && !errors.Is(err, unix.ENOBUFS) {
			return fmt.Errorf("receive link events: %w", err)
		}
		if e.adverts.take(events) {
			return nil
		}
	}
}

func (e linkEvents) close() { e.Close() }

// signals is what several sources tell, as one token for any number of changes.
type signals struct {
	sources []source
	running sync.WaitGroup
	changed chan struct{}
	failed  chan error
}

func listen(sources []source) *signals {
	s := &signals{sources: sources, changed: make(chan struct{}, 1), failed: make(chan error, len(sources))}
	for _, source := range sources {
		s.running.Go(func() { s.failed <- s.follow(source) })
	}
	return s
}

func (s *signals) follow(source source) error {
	for {
		if err := source.next(); err != nil {
			return err
		}
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

// stop closes the sources and waits for their end.
func (s *signals) stop() {
	for _, source := range s.sources {
		source.close()
	}
	s.running.Wait()
}

// wait returns after a change.
func (s *signals) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-s.failed:
		return err
	case <-s.changed:
		return nil
	}
}

// calm returns when the burst of a change has had time to end.
func (s *signals) calm(ctx context.Context) error {
	over := time.NewTimer(settle)
	defer over.Stop()
	calm := time.NewTimer(quiet)
	defer calm.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over.C:
			return nil
		case <-calm.C:
			return nil
		case <-s.changed:
			calm.Reset(quiet)
		}
	}
}
