package agent

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"hotspot-helper/annotate"
	"hotspot-helper/internal/maker"
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

	reading sync.Mutex // of the file, and writing

	mu sync.Mutex
	contents
	pending []change // not written yet
}

// contents are what the file says.
type contents struct {
	networks map[string]record // by identity
	refusals []refusal         // oldest first
	sessions []sessionRecord   // of networks, one each; oldest first
}

// record is what is kept of one network.
type record struct {
	annotate.History
	// Maker is who made the helper; empty in files of earlier versions, which means the program.
	Maker maker.Maker `json:"maker,omitempty"`
	// CredentialsRefused are the helpers whose credentials the portal refused: they are not
	// tried again until the user asks.
	CredentialsRefused []string `json:"refused,omitempty"`
	// LoggedOff is the interface on which the user logged off. The network is left
	// alone until a login, or until that interface joins another network.
	LoggedOff string `json:"logged_off,omitempty"`
	// Senders are the helpers that sent secrets, whatever became of it; the last ones, oldest first.
	Senders []string `json:"senders,omitempty"`
	// Sent are the destinations that secrets went to, oldest first.
	Sent []Destination `json:"sent,omitempty"`
	// Hold keeps logins waiting; nil: none does.
	Hold *hold `json:"hold,omitempty"`
	// Length is how long sessions last here; nil: not known.
	Length *sessionLength `json:"session_length,omitempty"`
}

// change alters the contents.
type change func(*contents)

// changeOf alters the record of one network.
func changeOf(network string, alter func(*record)) change {
	return func(c *contents) {
		r := c.networks[network]
		r.CredentialsRefused = slices.Clone(r.CredentialsRefused)
		alter(&r)
		c.networks[network] = r
	}
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

// lastHelper returns the helper that logged in to the network last, without a maker if an earlier version
// remembered it; the zero ID if none did, or
// if not everything is known that the network is recognised by.
func (s *Store) lastHelper(n wifi.Identity) maker.ID {
	if !n.Complete() {
		return maker.ID{}
	}
	r := s.records(n)[0]
	return maker.ID{Helper: r.Helper, Maker: r.Maker}
}

func (s *Store) credentialsRefused(n wifi.Identity, helper string) bool {
	return slices.ContainsFunc(s.records(n), func(r record) bool { return slices.Contains(r.CredentialsRefused, helper) })
}

// isLoggedOff reports whether the user logged off from the network and wants it left alone.
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

// Identities returns the networks of that name that are known, latest first.
func (s *Store) Identities(name wifi.SSID) []wifi.Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []wifi.Identity
	for key := range s.networks {
		if n, err := wifi.ParseIdentity(key); err == nil && n.Complete() && n.SSID == name {
			found = append(found, n)
		}
	}
	slices.SortFunc(found, func(a, b wifi.Identity) int {
		return s.networks[b.String()].Time.Compare(s.networks[a.String()].Time)
	})
	return found
}

// records returns the record of the network, and the one by its name alone.
func (s *Store) records(n wifi.Identity) []record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []record{s.networks[n.String()], s.networks[nameKey(n)]}
}

// isKnownByName reports whether the network is known by nothing but its name.
func (s *Store) isKnownByName(n wifi.Identity) bool {
	records := s.records(n)
	return records[0].Outcome == "" && records[1].Outcome != ""
}

// clearLogoff removes the logoff of the network: the user asks for a login.
func (s *Store) clearLogoff(n wifi.Identity) {
	for _, key := range []string{n.String(), nameKey(n)} {
		s.change(key, func(r *record) { r.LoggedOff = "" })
	}
}

// note keeps an outcome. The helper that logged in last stays known through outcomes
// that are not its doing.
func (s *Store) note(n wifi.Identity, outcome string, id maker.ID) {
	helper := id.Helper
	s.change(n.String(), func(r *record) {
		switch outcome {
		case outcomeLoggedIn:
			r.Helper, r.Maker = helper, id.Maker
			r.CredentialsRefused = slices.DeleteFunc(r.CredentialsRefused, func(name string) bool { return name == helper })
		case outcomeDenied:
			if !slices.Contains(r.CredentialsRefused, helper) {
				r.CredentialsRefused = append(r.CredentialsRefused, helper)
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
	before, isKnown := s.networks[network]
	now := time.Now().UTC().Truncate(time.Second)
	c := changeOf(network, func(r *record) { alter(r); r.Time = now })
	c(&s.contents)
	after := s.networks[network]
	if after.Helper == before.Helper && after.Maker == before.Maker && after.Outcome == before.Outcome && after.LoggedOff == before.LoggedOff && after.Hold == before.Hold && after.Length == before.Length &&
		slices.Equal(after.CredentialsRefused, before.CredentialsRefused) && slices.Equal(after.Sent, before.Sent) && slices.Equal(after.Senders, before.Senders) {
		s.networks[network] = before
		if !isKnown {
			delete(s.networks, network)
		}
		return
	}
	s.write(c)
}

// alter makes a change, and has it written.
func (s *Store) alter(c change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c(&s.contents)
	s.write(c)
}

// write has a change written that was made. The caller holds the lock.
func (s *Store) write(c change) {
	s.pending = append(s.pending, c)
	select {
	case s.dirty <- struct{}{}:
	default:
	}
}

func orDiscard(logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return logger
}
