package link

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
	ended := make(chan attempt[R])
	running, started := 0, 0
	defer func() {
		cancel()
		for ; running > 0; running-- {
			if late := <-ended; late.err == nil {
				c.discard(late.result)
			}
		}
	}()

	var waiting []A
	due := true // the next one may start
	next := time.NewTimer(0)
	defer next.Stop()
	for c.entrants != nil || len(waiting) > 0 || running > 0 {
		if due && len(waiting) > 0 {
			entrant := waiting[0]
			waiting, due = waiting[1:], false
			running++
			started++
			go func() {
				result, err := c.try(ctx, entrant)
				ended <- attempt[R]{result, err}
			}()
			next.Reset(c.headStart(started))
		}
		select {
		case more, open := <-c.entrants:
			if !open {
				c.entrants = nil
			}
			waiting = append(waiting, more...)
		case <-next.C:
			due = true
		case a := <-ended:
			running--
			if a.err == nil {
				return a.result, nil
			}
			errs = append(errs, a.err)
			due = true
		}
	}
	return winner, errs
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
