package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"hotspot-helper/annotate"
	"hotspot-helper/internal/statefile"
	"hotspot-helper/wifi"
)

// The outcomes of networks.
const (
	outcomeLoggedIn  = "logged-in"  // a helper logged in
	outcomeOnline    = "online"     // no login was needed, or the user did it
	outcomeNeedsUser = "needs-user" // a portal that only the user could pass
	outcomeDenied    = "denied"     // the portal refused the credentials
	outcomeLoggedOff = "logged-off"
)

// Store holds the networks of earlier joins and what came of them. It survives a restart
// in a file of JSON; without a file it lasts as long as the program. Several processes may
// use one file: each writes its changes into what the file says by then.
type Store struct {
	file   string
	logger *slog.Logger
	update func(file string, change func(old []byte) ([]byte, error)) error
	dirty  chan struct{} // holds one token while changes wait to be written

	mu       sync.Mutex
	networks map[string]record
	pending  []change // not written yet
}

// record is what is kept of one network.
type record struct {
	annotate.History
	// Refused are the helpers whose credentials the portal refused: they are not
	// tried again until the user asks.
	Refused []string `json:"refused,omitempty"`
	// LoggedOff is the interface on which the user logged off. The network is left
	// alone until a login, or until that interface joins another network.
	LoggedOff string `json:"logged_off,omitempty"`
}

// change alters the record of one network.
type change struct {
	network string
	alter   func(*record)
}

func (c change) apply(networks map[string]record) {
	r := networks[c.network]
	r.Refused = slices.Clone(r.Refused)
	c.alter(&r)
	networks[c.network] = r
}

// storeFile is the form of the file. A file of another version is moved aside like a corrupt one.
type storeFile struct {
	Version  int               `json:"version"`
	Networks map[string]record `json:"networks"`
}

const (
	storeVersion = 1
	// maxNetworks keeps the file below [statefile.MaxSize]. The networks that were
	// joined the longest time ago are forgotten first.
	maxNetworks = 2000
)

// OpenStore reads the file, if there is one. A file that cannot be understood is moved
// aside with a warning, and the store starts empty. An empty name means no file.
func OpenStore(file string, logger *slog.Logger) (*Store, error) {
	s := &Store{
		file: file, logger: orDiscard(logger), update: statefile.Update,
		dirty: make(chan struct{}, 1), networks: map[string]record{},
	}
	if file == "" {
		return s, nil
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read memory: %w", err)
	}
	networks, err := parseStore(data)
	if err != nil {
		return s, s.moveAside(err)
	}
	s.networks = networks
	return s, nil
}

func parseStore(data []byte) (map[string]record, error) {
	var content storeFile
	if err := json.Unmarshal(data, &content); err != nil {
		return nil, err
	}
	if content.Version != storeVersion {
		return nil, fmt.Errorf("version is %d, want %d", content.Version, storeVersion)
	}
	if content.Networks == nil {
		content.Networks = map[string]record{}
	}
	return content.Networks, nil
}

func (s *Store) moveAside(cause error) error {
	aside := fmt.Sprintf("%s.corrupt-%s", s.file, time.Now().UTC().Format("20060102T150405.000"))
	if err := os.Rename(s.file, aside); err != nil {
		return fmt.Errorf("move corrupt memory aside: %w", err)
	}
	s.logger.Warn("memory file cannot be read: moved aside, starting empty", "file", s.file, "aside", aside, "error", cause)
	return nil
}

// Lock keeps every other agent from using the directory of the file, until the returned
// function is called. It does not wait: the error says which process holds the lock.
func (s *Store) Lock() (release func(), err error) {
	if s.file == "" {
		return func() {}, nil
	}
	release, err = statefile.Hold(filepath.Join(filepath.Dir(s.file), "agent.lock"))
	if held, ok := errors.AsType[*statefile.HeldError](err); ok {
		return nil, fmt.Errorf("lock state directory: another agent runs: %w", held)
	}
	if err != nil {
		s.logger.Warn("state directory cannot be locked: a second agent would not be noticed", "error", err)
		return func() {}, nil
	}
	return release, nil
}

// last returns what is known of the network, by its name alone if need be; nil if it was
// never joined.
func (s *Store) last(n wifi.Identity) *annotate.History {
	for _, r := range s.records(n) {
		if r.Outcome != "" {
			return &r.History
		}
	}
	return nil
}

// LastHelper returns the helper that logged in to the network last; empty if none did, or
// if not everything is known that the network is recognised by.
func (s *Store) LastHelper(n wifi.Identity) string {
	if !n.Complete() {
		return ""
	}
	return s.records(n)[0].Helper
}

// senders returns the helpers that may have sent secrets to the network.
func (s *Store) senders(n wifi.Identity) []string {
	var names []string
	for _, r := range s.records(n) {
		names = append(names, r.Refused...)
		if r.Helper != "" {
			names = append(names, r.Helper)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (s *Store) refused(n wifi.Identity, helper string) bool {
	return slices.ContainsFunc(s.records(n), func(r record) bool { return slices.Contains(r.Refused, helper) })
}

// isLoggedOff says whether the user logged off from the network and wants it left alone.
func (s *Store) isLoggedOff(n wifi.Identity) bool {
	return slices.ContainsFunc(s.records(n), func(r record) bool { return r.LoggedOff != "" })
}

// nameKey is the key of a network in files of earlier versions, which knew it by its name
// alone; empty if it has none. Such a record counts where it only holds the agent back.
func nameKey(n wifi.Identity) string {
	if n.SSID == "" {
		return ""
	}
	return "ssid:" + n.SSID.String()
}

// records returns the record of the network, and the one by its name alone.
func (s *Store) records(n wifi.Identity) []record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []record{s.networks[n.String()], s.networks[nameKey(n)]}
}

// isKnownByName says whether the network is known by nothing but its name.
func (s *Store) isKnownByName(n wifi.Identity) bool {
	records := s.records(n)
	return records[0].Outcome == "" && records[1].Outcome != ""
}

// forgive forgets the logoff of the network: the user asks for a login.
func (s *Store) forgive(n wifi.Identity) {
	for _, key := range []string{n.String(), nameKey(n)} {
		s.change(key, func(r *record) { r.LoggedOff = "" })
	}
}

// forget forgets that the network refused a helper.
func (s *Store) forget(n wifi.Identity, helper string) {
	for _, key := range []string{n.String(), nameKey(n)} {
		s.change(key, func(r *record) {
			r.Refused = slices.DeleteFunc(r.Refused, func(name string) bool { return name == helper })
		})
	}
}

// note keeps an outcome. The helper that logged in last stays known through outcomes
// that are not its doing.
func (s *Store) note(n wifi.Identity, outcome, helper string) {
	s.change(n.String(), func(r *record) {
		switch outcome {
		case outcomeLoggedIn:
			r.Helper = helper
			r.Refused = slices.DeleteFunc(r.Refused, func(name string) bool { return name == helper })
		case outcomeDenied:
			if !slices.Contains(r.Refused, helper) {
				r.Refused = append(r.Refused, helper)
			}
		}
		r.Outcome = outcome
	})
}

// noteLogoff keeps that the user logged off on the interface.
func (s *Store) noteLogoff(n wifi.Identity, iface string) {
	s.change(n.String(), func(r *record) { r.LoggedOff = iface })
}

// noteJoin ends the logoffs of the networks that the interface had joined before.
func (s *Store) noteJoin(n wifi.Identity, iface string) {
	if !n.Complete() {
		return // it may be the one that the user logged off from
	}
	s.mu.Lock()
	var left []string
	for name, r := range s.networks {
		if name != n.String() && name != nameKey(n) && r.LoggedOff == iface {
			left = append(left, name)
		}
	}
	s.mu.Unlock()
	for _, name := range left {
		s.change(name, func(r *record) { r.LoggedOff = "" })
	}
}

// change alters a record, and has it written if that makes a difference.
func (s *Store) change(network string, alter func(*record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.networks[network]
	now := time.Now().UTC().Truncate(time.Second)
	c := change{network, func(r *record) { alter(r); r.Time = now }}
	c.apply(s.networks)
	after := s.networks[network]
	if after.Helper == before.Helper && after.Outcome == before.Outcome && after.LoggedOff == before.LoggedOff && slices.Equal(after.Refused, before.Refused) {
		s.networks[network] = before
		return
	}
	s.pending = append(s.pending, c)
	select {
	case s.dirty <- struct{}{}:
	default:
	}
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
	if err := s.write(pending); err != nil {
		s.logger.Warn("memory file cannot be written: remembered until the agent ends", "error", err)
	}
}

// write makes changes to what the file says now, and takes over what others wrote into
// it. A file that is gone or corrupt is written anew.
func (s *Store) write(pending []change) error {
	if err := os.Chmod(s.file, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) { // a backup may have another mode
		return fmt.Errorf("write memory: %w", err)
	}
	s.mu.Lock()
	networks := maps.Clone(s.networks)
	s.mu.Unlock()
	err := s.update(s.file, func(old []byte) ([]byte, error) {
		if old != nil {
			written, err := parseStore(old)
			if err == nil {
				networks = written
			} else if err := s.moveAside(err); err != nil {
				return nil, err
			}
		}
		for _, c := range pending {
			c.apply(networks)
		}
		forgetOldest(networks)
		data, err := json.MarshalIndent(storeFile{Version: storeVersion, Networks: networks}, "", "  ")
		return append(data, '\n'), err
	})
	if err != nil {
		return fmt.Errorf("write memory: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = s.pending[len(pending):]
	for _, c := range s.pending {
		c.apply(networks)
	}
	s.networks = networks
	return nil
}

// forgetOldest keeps [maxNetworks].
func forgetOldest(networks map[string]record) {
	if len(networks) <= maxNetworks {
		return
	}
	names := slices.SortedFunc(maps.Keys(networks), func(a, b string) int { return networks[a].Time.Compare(networks[b].Time) })
	for _, name := range names[:len(names)-maxNetworks] {
		delete(networks, name)
	}
}

func orDiscard(logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return logger
}
