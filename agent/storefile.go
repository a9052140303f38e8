package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/statefile"
)

// storeFile is the form of the file. A file of another version is moved aside like a corrupt one.
type storeFile struct {
	Version  int               `json:"version"`
	Networks map[string]record `json:"networks"`
	Refusals []refusal         `json:"refusals,omitempty"`
	Sessions []sessionRecord   `json:"sessions,omitempty"`
}

const (
	storeVersion = 1
	// maxNetworks keeps the file below [statefile.MaxSize]. The networks that were
	// joined the longest time ago are forgotten first, those that got a secret last.
	maxNetworks = 2000
)

// OpenStore reads the named file, if there is one. A file that cannot be understood is moved
// aside with a warning, and the store starts empty. An empty name means no file.
func OpenStore(name string, logger *slog.Logger) (*Store, error) {
	s := &Store{
		file: name, logger: orDiscard(logger), update: statefile.Update,
		dirty: make(chan struct{}, 1), contents: contents{networks: map[string]record{}},
	}
	if name == "" {
		return s, nil
	}
	data, err := s.read()
	if err != nil {
		return nil, fmt.Errorf("read memory: %w", err)
	}
	if data == nil {
		return s, nil
	}
	written, err := parseStore(data)
	if err != nil {
		return s, s.moveAside(err)
	}
	s.contents = written
	if count(s.sessions, func(r sessionRecord) bool { return r.isOver(wallClock()) }) > 0 {
		s.alter((*contents).forgetSessions)
	}
	return s, nil
}

// read returns the content of the file, nil if it does not exist. It moves a file aside that
// others could have written, or that is too large. A backup that others can read counts, and
// becomes the user's own. What is no file stays where it is: the user may have named /dev/null.
func (s *Store) read() ([]byte, error) {
	data, err := statefile.Read(s.file)
	open, isOpen := errors.AsType[*statefile.ModeError](err)
	_, isLarge := errors.AsType[*file.TooLargeError](err)
	switch {
	case isOpen && open.Mode&0o022 == 0:
		if err := os.Chmod(s.file, 0o600); err != nil {
			return nil, err
		}
		return statefile.Read(s.file)
	case isOpen || isLarge || errors.Is(err, file.ErrOthers):
		return nil, s.moveAside(err)
	}
	return data, err
}

func parseStore(data []byte) (contents, error) {
	var stored storeFile
	if err := json.Unmarshal(data, &stored); err != nil {
		return contents{}, err
	}
	if stored.Version != storeVersion {
		return contents{}, fmt.Errorf("version is %d, want %d", stored.Version, storeVersion)
	}
	if stored.Networks == nil {
		stored.Networks = map[string]record{}
	}
	return contents{stored.Networks, stored.Refusals, stored.Sessions}, nil
}

// refresh takes over what others wrote into the file since it was read. It does not wait
// for a disk that is slow to write.
func (s *Store) refresh() {
	if s.file == "" || !s.reading.TryLock() {
		return
	}
	defer s.reading.Unlock()
	data, err := statefile.Read(s.file)
	if err != nil || data == nil {
		return
	}
	if written, err := parseStore(data); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.replace(written)
	}
}

// replace takes the contents of the file, with the changes that are not written yet. The
// caller holds the lock.
func (s *Store) replace(written contents) {
	for _, c := range s.pending {
		c(&written)
	}
	s.contents = written
}

func (s *Store) moveAside(cause error) error {
	aside := fmt.Sprintf("%s.corrupt-%s", s.file, time.Now().UTC().Format("20060102T150405.000"))
	if err := os.Rename(s.file, aside); err != nil {
		return fmt.Errorf("move corrupt memory aside: %w", err)
	}
	s.logger.Warn("memory file cannot be read: moved aside, starting empty", "file", s.file, "aside", aside, "error", cause)
	return nil
}

// run writes changes until the context ends, and then what is left.
func (s *Store) run(ctx context.Context) {
	for {
		select {
		case <-s.dirty:
			s.flush()
		case <-ctx.Done():
			s.flush()
			return
		}
	}
}

// flush writes what has changed. What cannot be written is tried again with the next change.
func (s *Store) flush() {
	s.mu.Lock()
	pending := slices.Clone(s.pending)
	s.mu.Unlock()
	if len(pending) == 0 || s.file == "" {
		return
	}
	if err := s.save(pending); err != nil {
		s.logger.Warn("memory file cannot be written: remembered until the agent ends", "error", err)
	}
}

// save makes changes to what the file says now, and takes over what others wrote into
// it. A file that is gone or corrupt is written again.
func (s *Store) save(pending []change) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	if _, err := s.read(); err != nil {
		return fmt.Errorf("write memory: %w", err)
	}
	s.mu.Lock()
	now := contents{maps.Clone(s.networks), s.refusals, s.sessions}
	s.mu.Unlock()
	err := s.update(s.file, func(old []byte) ([]byte, error) {
		if old != nil {
			written, err := parseStore(old)
			if err == nil {
				now = written
			} else if err := s.moveAside(err); err != nil {
				return nil, err
			}
		}
		for _, c := range pending {
			c(&now)
		}
		return now.encode()
	})
	if err != nil {
		return fmt.Errorf("write memory: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = s.pending[len(pending):]
	s.replace(now)
	return nil
}

// encode returns what a file can hold, and forgets what is beyond that.
func (c *contents) encode() ([]byte, error) {
	c.forgetSessions()
	for most := maxNetworks; ; most /= 2 {
		forgetOldest(c.networks, most)
		forgetDestinations(c.networks)
		c.refusals = c.refusals[max(0, len(c.refusals)-most):]
		c.sessions = c.sessions[max(0, len(c.sessions)-most):]
		data, err := json.MarshalIndent(storeFile{Version: storeVersion, Networks: c.networks, Refusals: c.refusals, Sessions: c.sessions}, "", "  ")
		if err != nil || len(data) < statefile.MaxSize {
			return append(data, '\n'), err
		}
	}
}

// forgetOldest keeps a number of networks. What is known of a network that got a secret protects the user
// there, and joins of others, of which a network can feign any number, do not make room for themselves.
func forgetOldest(networks map[string]record, most int) {
	if len(networks) <= most {
		return
	}
	names := slices.SortedFunc(maps.Keys(networks), func(a, b string) int {
		switch x, y := networks[a], networks[b]; {
		case x.gotSecret() == y.gotSecret():
			return x.Time.Compare(y.Time)
		case x.gotSecret():
			return 1
		default:
			return -1
		}
	})
	for _, name := range names[:len(names)-most] {
		delete(networks, name)
	}
}

// gotSecret reports whether a secret was sent to the network.
func (r record) gotSecret() bool { return len(r.Sent)+len(r.Senders) > 0 }
