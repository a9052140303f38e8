package consent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hotspot-helper/internal/maker"
	"hotspot-helper/internal/statefile"
	"hotspot-helper/wifi"
)

// Kind is what consent is about.
type Kind string

// The kinds.
const (
	KindTerms      Kind = "terms"       // accepting an operator's terms in the user's name
	KindCleartext  Kind = "cleartext"   // sending secrets unencrypted, and in URLs
	KindSharedHost Kind = "shared-host" // sending secrets over TLS to hosts that do not identify the network
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{KindTerms, KindCleartext, KindSharedHost} }

// Record is one answer of the user, as the file holds it.
type Record struct {
	Helper  string      `json:"helper"`
	Maker   maker.Maker `json:"maker,omitempty"` // of the helper; empty in records of older versions: see [Store.Adopt]
	Kind    Kind        `json:"kind"`
	Network *wifi.SSID  `json:"network,omitempty"` // nil: every network; empty: one without a name, such as a wire
	// Identity is that of the network; nil for every network, and in records of older
	// versions: they agree to nothing, because any network can have a name.
	Identity *wifi.Identity `json:"identity,omitempty"`
	Answer   Answer         `json:"answer"`
	Texts    []string       `json:"texts,omitempty"` // digests of the terms that the answer is about, see [Digest]
	Time     time.Time      `json:"time"`            // when it was given
}

// check refuses a record that no command writes.
func (r Record) check() error {
	switch {
	case r.Helper == "":
		return errors.New("helper is missing")
	case r.Maker != "" && r.Maker.Check() != nil:
		return r.Maker.Check()
	case !slices.Contains(Kinds(), r.Kind):
		return fmt.Errorf("kind %q is none of %q", r.Kind, Kinds())
	case r.Identity != nil && (r.Network == nil || r.Identity.SSID != *r.Network || !r.Identity.Complete()):
		return fmt.Errorf("identity %q is not that of the network", r.Identity)
	case r.Kind != KindTerms && r.Network == nil:
		return fmt.Errorf("consent to %s is for one network", r.Kind)
	}
	return nil
}

// Store is the file that consent is recorded in, mode 0600. It is read at each use, so
// that an answer counts at once.
type Store struct {
	File string // empty: nothing can be recorded
}

// storeVersion is the version of the format of the file.
const storeVersion = 1

type storeFile struct {
	Version  int      `json:"version"`
	Consents []Record `json:"consents"`
}

// Given returns what holds for a helper on a network: the answer for this network, else
// the one for every network. What was given to another maker's helper of the name does not
// count. With an error nothing is agreed to.
func (s Store) Given(id maker.ID, network wifi.Identity) (Given, error) {
	var given Given
	records, err := s.Records()
	if err != nil {
		return given, err
	}
	for _, r := range slices.Backward(records) { // those for every network first: one for this network overrules them
		if r.Maker == "" || r.Helper != id.Helper || r.Maker != id.Maker || !r.isFor(network) {
			continue
		}
		if r.Network != nil && r.Identity == nil && r.Answer == Always {
			given.ByName = true
			continue
		}
		switch r.Kind {
		case KindTerms:
			given.Terms, given.Texts = r.Answer, nil
			if r.Answer == Always {
				given.Texts = append([]string{}, r.Texts...)
			}
		case KindCleartext:
			given.Cleartext = r.Answer == Always
		case KindSharedHost:
			given.SharedHosts = r.Answer == Always
		}
	}
	return given, nil
}

// isFor reports whether the record is about the network: every one, this one, or those of its
// name.
func (r Record) isFor(n wifi.Identity) bool {
	if r.Identity != nil {
		return r.Identity.Same(n)
	}
	return r.Network == nil || *r.Network == n.SSID
}

// Records returns all answers, by helper, maker and kind, single networks before every network.
func (s Store) Records() ([]Record, error) {
	if s.File == "" {
		return nil, nil
	}
	data, err := statefile.Read(s.File)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	return s.parse(data)
}

func (s Store) parse(data []byte) ([]Record, error) {
	if data == nil {
		return nil, nil
	}
	var content storeFile
	decoder := json.NewDecoder(bytes.NewReader(data))
	// An unknown key may restrict the answer, so it is not ignored.
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&content)
	if err == nil && content.Version != storeVersion {
		err = fmt.Errorf("version is %d, want %d", content.Version, storeVersion)
	}
	for i, r := range content.Consents {
		if mistake := r.check(); err == nil && mistake != nil {
			err = fmt.Errorf("consent %d: %w", i+1, mistake)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read consents: parse %s: %w", s.File, err)
	}
	slices.SortStableFunc(content.Consents, compare)
	return content.Consents, nil
}

// compare orders records by helper, maker and kind, single networks before every network. It
// returns 0 if they answer the same question.
func compare(a, b Record) int {
	return cmp.Or(cmp.Compare(a.Helper, b.Helper), cmp.Compare(a.Maker, b.Maker), cmp.Compare(a.Kind, b.Kind), comparePointers(a.Network, b.Network, cmp.Compare),
		comparePointers(a.Identity, b.Identity, func(a, b wifi.Identity) int { return cmp.Compare(a.String(), b.String()) }))
}

// comparePointers orders values before nil.
func comparePointers[T any](a, b *T, compare func(a, b T) int) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return compare(*a, *b)
}

// Give records an answer. It replaces an earlier one to the same question.
func (s Store) Give(given Record) error {
	if err := errors.Join(given.check(), given.Maker.Check()); err != nil {
		return fmt.Errorf("record consent: %w", err)
	}
	err := s.update(func(records []Record) []Record {
		byName := given
		byName.Identity = nil
		records = slices.DeleteFunc(records, func(r Record) bool { return compare(r, given) == 0 || compare(r, byName) == 0 })
		return append(records, given)
	})
	if err != nil {
		return fmt.Errorf("record consent: %w", err)
	}
	return nil
}

// Revoke removes every answer that the function picks, and returns them.
func (s Store) Revoke(picks func(Record) bool) ([]Record, error) {
	var gone []Record
	err := s.update(func(records []Record) []Record {
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

func (s Store) update(change func([]Record) []Record) error {
	if s.File == "" {
		return errors.New("there is no state directory: $HOME and $XDG_STATE_HOME are not set")
	}
	return statefile.Update(s.File, func(old []byte) ([]byte, error) {
		records, err := s.parse(old)
		if err != nil {
			return nil, err
		}
		data, err := json.MarshalIndent(storeFile{Version: storeVersion, Consents: change(records)}, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("encode consents: %w", err)
		}
		return append(data, '\n'), nil
	})
}
