package agent

import "context"

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
		as, masked := a.associations[iface], redactor(mask)
		as.secrets = redactors{"test": &masked}.join(as.secrets)
	})
}
