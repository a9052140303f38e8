package daemon

import (
	"context"
	"time"

	"hotspot-helper/agent"
)

// restAfter is how long after its start, or after its last transition, the agent is taken to be at rest.
const restAfter = 3 * time.Second

// listened is an agent that tells of its transitions.
type listened interface {
	Listen(report func(agent.Transition)) (stop func())
}

// release gives memory back whenever the agent has come to rest. Between transitions there is no timer.
func (d *Daemon) release(ctx context.Context, ag listened) error {
	if d.Release == nil {
		return nil
	}
	changed, stop := transitions(ag)
	defer stop()
	rest := time.NewTimer(restAfter)
	defer rest.Stop()
	for {
		select {
		case <-changed:
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
