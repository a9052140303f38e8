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
	KindSignIn     Kind = "sign-in"     // being asked to sign in on a network; of no helper
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{KindTerms, KindCleartext, KindSharedHost, KindSignIn} }

// Source is how the user gave an answer. Empty, as in records of older versions, is a command.
type Source string

// The sources.
const (
	SourceCommand      Source = "command"
	SourceNotification Source = "notification"   // an action of one
	SourceWindow       Source = "sign-in window" // the user had the login remembered that was done there
)

// Record is one answer of the user, as the file holds it.
type Record struct {
	Helper  string      `json:"helper"`          // empty: of none, see [KindSignIn]
	Maker   maker.Maker `json:"maker,omitempty"` // of the helper; empty in records of older versions: see [Store.Adopt]
	Kind    Kind        `json:"kind"`
	Network *wifi.SSID  `json:"network,omitempty"` // nil: every network; empty: one without a name, such as a wire
	// Identity is that of the network; nil for every network, and in records of older
	// versions: they agree to nothing, because any network can have a name.
	Identity *wifi.Identity `json:"identity,omitempty"`
	Answer   Answer         `json:"answer"`
	Texts    []string       `json:"texts,omitempty"` // digests of the terms that the answer is about, see [Digest]
	Time     time.Time      `json:"time"`            // when it was given
	Source   Source         `json:"source,omitempty"`
}

// check refuses a record that no command writes.
func (r Record) check() error {
	switch {
	case r.Kind == KindSignIn && !r.isAboutAsking():
		return errors.New("an answer about signing in is never or ask, for one network, and of no helper")
	case r.Helper == "" && r.Kind != KindSignIn:
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

// isAboutAsking reports whether the record can be of [KindSignIn].
func (r Record) isAboutAsking() bool {
	return r.Helper == "" && r.Identity != nil && r.Answer != Always
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
// the one for every network. An answer for the name of the network overrules one for its identity: [Store.Give]
// removes the older one. What was given to another maker's helper of the name does not
// count. With an error nothing is agreed to.
func (s Store) Given(id maker.ID, network wifi.Identity) (Given, error) {
	var given Given
	records, err := s.Records()
	if err != nil {
		return given, err
	}
	slices.SortStableFunc(records, func(a, b Record) int { return cmp.Compare(a.precedence(), b.precedence()) })
	for _, r := range records { // each overrules those before
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

// precedence orders answers that are for the same network: a later one overrules.
func (r Record) precedence() int {
	switch {
	case r.Network == nil:
		return 0
	case r.Identity != nil:
		return 1
	}
	return 2
}

// IsMuted reports whether the user does not want to be asked to sign in on a network.
func (s Store) IsMuted(network wifi.Identity) (bool, error) {
	records, err := s.Records()
	return slices.ContainsFunc(records, func(r Record) bool {
		return r.Kind == KindSignIn && r.Answer == Never && r.isFor(network)
	}), err
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

// replaces reports whether an answer takes the place of an earlier one: to the same question, or for the name of
// its network. What is not agreed to by the name of a network is so for every identity of that name.
func (r Record) replaces(earlier Record) bool {
	byName, earlierByName := r, earlier
	byName.Identity, earlierByName.Identity = nil, nil
	if compare(byName, earlierByName) != 0 {
		return false
	}
	return earlier.Identity == nil || compare(r, earlier) == 0 || r.Identity == nil && r.Answer != Always
}

// Give records an answer. It replaces an earlier one to the same question, and those that it contradicts by the name of
// the network.
func (s Store) Give(given Record) error {
	if err := errors.Join(given.check(), given.Maker.Check()); err != nil {
		return fmt.Errorf("record consent: %w", err)
	}
	err := s.update(func(records []Record) []Record {
		return append(slices.DeleteFunc(records, given.replaces), given)
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
