package agent

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A request returns when its context ends, also if the loop has taken it and is not done.
func TestCallEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newUnrun(t)
		looping(t, a)
		unblock := make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		time.AfterFunc(time.Hour, func() { close(unblock) })
		began := time.Now()
		if err := a.call(ctx, func(context.Context) { <-unblock }); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		<-unblock
		if err := a.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
