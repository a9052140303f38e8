// Package wait waits between attempts, no longer than a context.
package wait

import (
	"context"
	"time"
)

// For waits for d. It returns the context's cause if the context ends first.
func For(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Backoff is the delay between attempts. It doubles from First to Last.
type Backoff struct{ First, Last time.Duration }

// After returns the delay after another failure, when a number of attempts had failed before.
func (b Backoff) After(failed int) time.Duration { return min(b.First<<min(failed, 20), b.Last) }
