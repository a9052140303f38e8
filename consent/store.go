package consent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hotspot-helper/internal/statefile"
	"hotspot-helper/wifi"
)

// Kind is what consent is about.
type Kind string

// The kinds.
const (
	KindTerms     Kind = "terms"     // accepting an operator's terms in the user's name
	KindCleartext Kind = "cleartext" // sending secrets where they are not protected
)

// Record is one answer of the user, as it stands in the file.
type Record struct {
	Helper  string     `json:"helper"`
	Kind    Kind       `json:"kind"`
	Network *wifi.SSID `json:"network,omitempty"` // nil: every network; empty: those without a name, such as wires
	Answer  Answer     `json:"answer"`
	Time    time.Time  `json:"time"` // when it was given
}

// about says whether two records answer the same question.
func (r Record) about(other Record) bool {
	return r.Helper == other.Helper && r.Kind == other.Kind && sameNetwork(r.Network, other.Network)
}

func sameNetwork(a, b *wifi.SSID) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// check refuses what no command would have written.
func (r Record) check() error {
	switch {
	case r.Helper == "":
		return errors.New("helper is missing")
	case r.Kind != KindTerms && r.Kind != KindCleartext:
		return fmt.Errorf("kind %q is none of %q", r.Kind, []Kind{KindTerms, KindCleartext})
	case r.Kind == KindCleartext && r.Network == nil:
		return errors.New("consent to cleartext is for one network")
	}
	return nil
}

// Store is the file that consent is recorded in, mode 0600. It is read at each use,
// so that what the user says counts at once.
type Store struct {
	File string // empty: nothing can be recorded
}

// bookVersion is the version of the file's format.
const bookVersion = 1

type bookFile struct {
	Version  int      `json:"version"`
	Consents []Record `json:"consents"`
}

// Given returns what holds for a helper on a network: what was said of this very
// network, else of all. With an error nothing is agreed to.
func (b Store) Given(helper string, network wifi.SSID) (Given, error) {
	var given Given
	records, err := b.Records()
	if err != nil {
		return given, err
	}
	for _, r := range slices.Backward(records) { // of every network first, then what overrules it
		if r.Helper != helper || r.Network != nil && *r.Network != network {
			continue
		}
		switch r.Kind {
		case KindTerms:
			given.Terms = r.Answer
		case KindCleartext:
			given.Cleartext = r.Answer == Always
		}
	}
	return given, nil
}

// Records returns all that was recorded: by helper and kind, single networks before
// every network.
func (b Store) Records() ([]Record, error) {
	if b.File == "" {
		return nil, nil
	}
	data, err := statefile.Read(b.File)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	return b.parse(data)
}

func (b Store) parse(data []byte) ([]Record, error) {
	if data == nil {
		return nil, nil
	}
	var content bookFile
	decoder := json.NewDecoder(bytes.NewReader(data))
	// What is not understood might say "only if": it is not passed over.
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&content)
	if err == nil && content.Version != bookVersion {
		err = fmt.Errorf("version is %d, want %d", content.Version, bookVersion)
	}
	for i, r := range content.Consents {
		if mistake := r.check(); err == nil && mistake != nil {
			err = fmt.Errorf("consent %d: %w", i+1, mistake)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read consents: parse %s: %w", b.File, err)
	}
	slices.SortStableFunc(content.Consents, compare)
	return content.Consents, nil
}

func compare(a, b Record) int {
	if c := cmp.Or(cmp.Compare(a.Helper, b.Helper), cmp.Compare(a.Kind, b.Kind)); c != 0 {
		return c
	}
	switch {
	case a.Network == nil || b.Network == nil:
		return -cmp.Compare(rank(a.Network), rank(b.Network))
	default:
		return cmp.Compare(*a.Network, *b.Network)
	}
}

// rank is greater for what is more specific.
func rank(network *wifi.SSID) int {
	if network == nil {
		return 0
	}
	return 1
}

// Give records an answer in the place of an earlier one to the same question.
func (b Store) Give(given Record) error {
	if err := given.check(); err != nil {
		return fmt.Errorf("record consent: %w", err)
	}
	err := b.update(func(records []Record) []Record {
		records = slices.DeleteFunc(records, given.about)
		return append(records, given)
	})
	if err != nil {
		return fmt.Errorf("record consent: %w", err)
	}
	return nil
}

// Revoke forgets every answer that the function picks, and returns them.
func (b Store) Revoke(picks func(Record) bool) ([]Record, error) {
	var gone []Record
	err := b.update(func(records []Record) []Record {
		return slices.DeleteFunc(records, func(r Record) bool {
			if picks(r) {
				gone = append(gone, r)
				return true
			}
			return false
		})
	})
	if err != nil {
		return nil, fmt.Errorf("revoke consent: %w", err)
	}
	return gone, nil
}

func (b Store) update(change func([]Record) []Record) error {
	if b.File == "" {
		return errors.New("there is no state directory: $HOME and $XDG_STATE_HOME are not set")
	}
	return statefile.Update(b.File, func(old []byte) ([]byte, error) {
		records, err := b.parse(old)
		if err != nil {
			return nil, err
		}
		data, err := json.MarshalIndent(bookFile{Version: bookVersion, Consents: change(records)}, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("encode consents: %w", err)
		}
		return append(data, '\n'), nil
	})
}
