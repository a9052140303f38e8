package agent

// BlockWrites makes the store wait for a channel before it writes its file.
func (s *Store) BlockWrites(until <-chan struct{}) {
	works := s.update
	s.update = func(file string, change func([]byte) ([]byte, error)) error {
		<-until
		return works(file, change)
	}
}
