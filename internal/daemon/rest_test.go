package daemon

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// busied is an agent whose work a test makes up.
type busied chan func()

func (b busied) ListenWork(report func()) func() {
	b <- report
	return func() {}
}

// Memory is given back once after the start, and once after what the agent did in a row.
func TestMemoryIsGivenBackAtRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ag, log := make(busied, 1), &journal{}
		var released atomic.Int64
		d := Daemon{Logger: log.logger(), Release: func() error { released.Add(1); return errors.New("not now") }}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.release(ctx, ag) }()
		work := <-ag
		want := func(after time.Duration, n int64) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got := released.Load(); got != n {
				t.Errorf("released %d times, want %d", got, n)
			}
		}
		want(restAfter-time.Second, 0)
		want(2*time.Second, 1)
		for range 10 {
			work()
			want(restAfter-time.Second, 1)
		}
		want(2*time.Second, 2)
		want(24*time.Hour, 2)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if !strings.Contains(log.String(), "not now") {
			t.Errorf("the log says %q", log)
		}
	})
}
