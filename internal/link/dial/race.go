package dial

import (
	"context"
	"fmt"
	"time"
)

// attempt is how one attempt of a race ended.
type attempt[R any] struct {
	result R
	err    error
}

// contest is what a race is about.
type contest[A, R any] struct {
	// entrants come in the order to try them, as long as the channel is open.
	entrants <-chan []A
	// headStart is how long after so many starts the next one waits, unless an attempt
	// has failed meanwhile.
	headStart func(started int) time.Duration
	try       func(context.Context, A) (R, error)
	// discard takes what is won too late.
	discard func(R)
}

// race returns what the first attempt to succeed brings, after RFC 8305, section 5:
// an entrant is tried when the one before it has failed or has had its head start,
// and whoever comes later than that, at once. It returns when every attempt has
// ended; without a winner it returns all their errors.
func race[A, R any](ctx context.Context, c contest[A, R]) (winner R, errs []error) {
	ctx, cancel := context.WithCancel(ctx)
	f := field[A, R]{contest: c, ended: make(chan attempt[R]), next: time.NewTimer(0), due: true}
	defer f.clear()
	defer cancel()
	for f.entrants != nil || len(f.waiting) > 0 || f.running > 0 {
		f.start(ctx)
		select {
		case more, open := <-f.entrants:
			if !open {
				f.entrants = nil
			}
			f.waiting = append(f.waiting, more...)
		case <-f.next.C:
			f.due = true
		case a := <-f.ended:
			f.running--
			if a.err == nil {
				return a.result, nil
			}
			errs = append(errs, a.err)
			f.due = true
		}
	}
	return winner, errs
}

// field is a race under way.
type field[A, R any] struct {
	contest[A, R]
	waiting          []A
	running, started int
	ended            chan attempt[R]
	next             *time.Timer // of the head start
	due              bool        // the next one may start
}

// start tries the next entrant, if there is one and it may.
func (f *field[A, R]) start(ctx context.Context) {
	if !f.due || len(f.waiting) == 0 {
		return
	}
	entrant := f.waiting[0]
	f.waiting, f.due = f.waiting[1:], false
	f.running++
	f.started++
	go func() {
		result, err := f.try(ctx, entrant)
		f.ended <- attempt[R]{result, err}
	}()
	f.next.Reset(f.headStart(f.started))
}

// clear waits for those still running and throws away what they won.
func (f *field[A, R]) clear() {
	f.next.Stop()
	for ; f.running > 0; f.running-- {
		if late := <-f.ended; late.err == nil {
			f.discard(late.result)
		}
	}
}

// entered is a list of entrants that is complete.
func entered[A any](list []A) <-chan []A {
	entrants := make(chan []A, 1)
	entrants <- list
	close(entrants)
	return entrants
}

// also adds an error to others, on the same line.
func also(errs, err error) error {
	if errs == nil {
		return err
	}
	return fmt.Errorf("%w; %w", errs, err)
}
