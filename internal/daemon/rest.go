package daemon

import (
	"context"
	"time"
)

// restAfter is how long after its start, or after it last did something, the agent is taken to be at rest.
const restAfter = 3 * time.Second

// worker is an agent that reports when it did something.
type worker interface {
	ListenWork(report func()) (stop func())
}

// release gives memory back whenever the agent has come to rest. While it does nothing there is no timer.
func (d *Daemon) release(ctx context.Context, ag worker) error {
	if d.Release == nil {
		return nil
	}
	worked := make(chan struct{}, 1)
	stop := ag.ListenWork(func() { signal(worked) })
	defer stop()
	rest := time.NewTimer(restAfter)
	defer rest.Stop()
	for {
		select {
		case <-worked:
			rest.Reset(restAfter)
		case <-rest.C:
			if err := d.Release(); err != nil {
				d.Logger.Debug("memory is not given back", "error", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}
