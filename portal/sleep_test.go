package portal_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/portal"
)

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := portal.Sleep(t.Context(), time.Minute); err != nil || time.Since(began) != time.Minute {
			t.Errorf("slept %v, %v", time.Since(began), err)
		}
		gone := errors.New("the network is gone")
		ctx, stop := context.WithTimeoutCause(t.Context(), time.Second, gone)
		defer stop()
		if err := portal.Sleep(ctx, time.Minute); !errors.Is(err, gone) || time.Since(began) != time.Minute+time.Second {
			t.Errorf("slept %v, %v", time.Since(began), err)
		}
	})
}
