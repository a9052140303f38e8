package dial

import (
	"context"
	"fmt"
	"time"
)

// attempts tries candidates, such as addresses or name servers, until one succeeds.
type attempts[C, R any] struct {
	// candidates come in the order to try them, until the channel is closed.
	candidates <-chan []C
	// delay is how long the next candidate waits after so many have been started, unless
	// an attempt fails meanwhile.
	delay   func(started int) time.Duration
	try     func(context.Context, C) (R, error)
	discard func(R) // closes a result that comes too late
}

// firstSuccess returns the first result, as RFC 8305, section 5, connects: a candidate is
// tried when the attempt before has failed or its delay is over; a candidate that comes
// later than that is tried at once. It returns after all attempts have ended, and without
// a result it returns all their errors.
func firstSuccess[C, R any](ctx context.Context, a attempts[C, R]) (first R, errs []error) {
	ctx, cancel := context.WithCancel(ctx)
	s := attemptState[C, R]{attempts: a, ended: make(chan outcome[R]), next: time.NewTimer(0), due: true}
	defer s.drain()
	defer cancel()
	for s.candidates != nil || len(s.waiting) > 0 || s.running > 0 {
		s.start(ctx)
		select {
		case more, open := <-s.candidates:
			if !open {
				s.candidates = nil
			}
			s.waiting = append(s.waiting, more...)
		case <-s.next.C:
			s.due = true
		case o := <-s.ended:
			s.running--
			if o.err == nil {
				return o.result, nil
			}
			errs = append(errs, o.err)
			s.due = true
		}
	}
	return first, errs
}

// outcome is how one attempt has ended.
type outcome[R any] struct {
	result R
	err    error
}

// attemptState is the state of one call of firstSuccess.
type attemptState[C, R any] struct {
	attempts[C, R]
	waiting          []C
	running, started int
	ended            chan outcome[R]
	next             *time.Timer // of the delay
	due              bool        // the next candidate may start
}

// start tries the next candidate if there is one and it is due.
func (s *attemptState[C, R]) start(ctx context.Context) {
	if !s.due || len(s.waiting) == 0 {
		return
	}
	candidate := s.waiting[0]
	s.waiting, s.due = s.waiting[1:], false
	s.running++
	s.started++
	go func() {
		result, err := s.try(ctx, candidate)
		s.ended <- outcome[R]{result, err}
	}()
	s.next.Reset(s.delay(s.started))
}

// drain waits for the attempts that still run and discards their results.
func (s *attemptState[C, R]) drain() {
	s.next.Stop()
	for ; s.running > 0; s.running-- {
		if late := <-s.ended; late.err == nil {
			s.discard(late.result)
		}
	}
}

// listed returns a complete list of candidates.
func listed[C any](list []C) <-chan []C {
	candidates := make(chan []C, 1)
	candidates <- list
	close(candidates)
	return candidates
}

// joinErrors joins errors in one line. It omits those that are nil.
func joinErrors(errs ...error) (joined error) {
	for _, err := range errs {
		switch {
		case joined == nil:
			joined = err
		case err != nil:
			joined = fmt.Errorf("%w; %w", joined, err)
		}
	}
	return joined
}
