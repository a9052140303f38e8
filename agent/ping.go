package agent

import (
	"context"
	"errors"
)

// Ping returns when the loop has answered: what was posted before it is done, and
// [Agent.Status] shows it. The error says that the loop has ended, or did not answer in time.
func (a *Agent) Ping(ctx context.Context) error {
	answered := make(chan struct{})
	if a.post(ctx, func(context.Context) {}) && a.post(ctx, func(context.Context) { close(answered) }) {
		<-answered
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return errors.New("ask the agent: it has stopped")
}
