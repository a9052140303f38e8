package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/renameio/v2"

	"hotspot-helper/annotate"
	"hotspot-helper/wifi"
)

// The outcomes that are remembered of a network.
const (
	outcomeLoggedIn  = "logged-in"  // a helper logged in
	outcomeOnline    = "online"     // nobody had to, or the user did
	outcomeNeedsUser = "needs-user" // a portal that only the user could pass
	outcomeDenied    = "denied"     // the portal refused the credentials
	outcomeLoggedOff = "logged-off"
)

// Store is what is known of networks from earlier joins. It survives a restart
// in a file of JSON; without a file it lasts as long as the program.
type Store struct {
	file   string
	logger *slog.Logger

	mu      sync.Mutex
	records map[string]record
}

// record is what is remembered of one network.
type record struct {
	annotate.History
	// Refused are the helpers whose credentials the portal refused: they are
	// not tried again until the user asks.
	Refused []string `json:"refused,omitempty"`
}

// memoryFile is the form of the file. A file of another version is moved aside like a corrupt one.
type memoryFile struct {
	Version  int               `json:"version"`
	Networks map[string]record `json:"networks"`
}

const memoryVersion = 1

// OpenStore reads the file, or starts empty where there is none. A file that
// cannot be understood is moved aside, with a warning, and nothing in it is lost.
// An empty name means no file.
func OpenStore(file string, logger *slog.Logger) (*Store, error) {
	m := &Store{file: file, logger: orDiscard(logger), records: map[string]record{}}
	if file == "" {
		return m, nil
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read memory: %w", err)
	}
	var content memoryFile
	err = json.Unmarshal(data, &content)
	if err == nil && content.Version != memoryVersion {
		err = fmt.Errorf("version is %d, want %d", content.Version, memoryVersion)
	}
	if err != nil {
		return m, m.moveAside(err)
	}
	if content.Networks != nil {
		m.records = content.Networks
	}
	return m, nil
}

func (m *Store) moveAside(cause error) error {
	aside := fmt.Sprintf("%s.corrupt-%s", m.file, time.Now().UTC().Format("20060102T150405.000"))
	if err := os.Rename(m.file, aside); err != nil {
		return fmt.Errorf("move corrupt memory aside: %w", err)
	}
	m.logger.Warn("memory file cannot be read: moved aside, starting empty", "file", m.file, "aside", aside, "error", cause)
	return nil
}

// last is what is remembered of the network; nil when nothing is.
func (m *Store) last(network string) *annotate.History {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[network]
	if !ok || r.Outcome == "" {
		return nil
	}
	return &r.History
}

// LastHelper is the helper that logged in last to the network of that name; empty when none did.
func (m *Store) LastHelper(ssid wifi.SSID) string {
	return m.helper(networkKey(wifi.Network{SSID: ssid}, Link{}))
}

// helper is who logged in to the network last; empty when nobody did.
func (m *Store) helper(network string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.records[network].Helper
}

func (m *Store) refused(network, helper string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.records[network].Refused, helper)
}

// forgive forgets the refusals of the network.
func (m *Store) forgive(network string) {
	m.change(network, func(r *record) { r.Refused = nil })
}

// note remembers how it went. The helper that logged in last stays remembered
// through outcomes that are not its doing.
func (m *Store) note(network, outcome, helper string) {
	m.change(network, func(r *record) {
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

// change alters a record and saves, unless that made no difference.
func (m *Store) change(network string, alter func(*record)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.records[network]
	after := before
	after.Refused = slices.Clone(before.Refused)
	alter(&after)
	if after.History == before.History && slices.Equal(after.Refused, before.Refused) {
		return
	}
	after.Time = time.Now().UTC().Truncate(time.Second)
	m.records[network] = after
	if err := m.save(); err != nil {
		m.logger.Warn("memory file cannot be written: remembered until the agent ends", "error", err)
	}
}

func (m *Store) save() error {
	if m.file == "" {
		return nil
	}
	data, err := json.MarshalIndent(memoryFile{Version: memoryVersion, Networks: m.records}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode memory: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(m.file), 0o700); err != nil {
		return fmt.Errorf("make memory's directory: %w", err)
	}
	if err := renameio.WriteFile(m.file, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write memory: %w", err)
	}
	return nil
}

func orDiscard(logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return logger
}
