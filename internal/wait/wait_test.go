package wait_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/internal/wait"
)

func TestFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := wait.For(t.Context(), time.Minute); err != nil || time.Since(began) != time.Minute {
			t.Errorf("waited %v, %v", time.Since(began), err)
		}
		gone := errors.New("the network is gone")
		ctx, stop := context.WithTimeoutCause(t.Context(), time.Second, gone)
		defer stop()
		if err := wait.For(ctx, time.Minute); !errors.Is(err, gone) || time.Since(began) != time.Minute+time.Second {
			t.Errorf("waited %v, %v", time.Since(began), err)
		}
	})
}

func TestBackoffIsBounded(t *testing.T) {
	t.Parallel()
	const last = 5 * time.Minute
	backoff := wait.Backoff{First: time.Second, Last: last}
	for attempts, want := range map[int]time.Duration{0: time.Second, 1: 2 * time.Second, 8: 256 * time.Second, 9: last, 1 << 30: last} {
		if got := backoff.After(attempts); got != want {
			t.Errorf("after %d tries: got %v, want %v", attempts, got, want)
		}
	}
}
