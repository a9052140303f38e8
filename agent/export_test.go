package agent

import (
	"context"
	"time"
)

// BlockWrites makes the store wait for a channel before it writes its file.
func (s *Store) BlockWrites(until <-chan struct{}) {
	works := s.update
	s.update = func(file string, change func([]byte) ([]byte, error)) error {
		<-until
		return works(file, change)
	}
}

// AddMask makes the agent mask one more secret of the network of an interface.
func (a *Agent) AddMask(ctx context.Context, iface string, mask func(string) string) error {
	return a.call(ctx, func(context.Context) {
		as := a.associations[iface]
		contains := func(text string) bool { return mask(text) != text }
		as.secrets = redactors{"test": {mask, contains, mask}}.join(as.secrets)
	})
}

// ShiftRefused makes the time of a refusal later, as it is after the clock was set back.
func ShiftRefused(a *Agent, by time.Duration) {
	_ = a.call(context.Background(), func(context.Context) {
		for _, as := range a.associations {
			as.login.refused = as.login.refused.Add(by)
		}
	})
}
