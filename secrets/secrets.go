// Package secrets stores what users give to helpers: in the desktop's keyring, or in a file
// if the user chose that.
package secrets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"hotspot-helper/internal/maker"
)

// MaxSize is the size in bytes of the largest secret.
const MaxSize = 4096

// Place is where a secret is stored.
type Place string

// The places.
const (
	InKeyring Place = "keyring" // the Secret Service of the desktop
	InFile    Place = "file"    // File of the Store
)

// Why a secret cannot be stored or read.
var (
	// ErrNoKeyring says that the desktop has no keyring, or that it does not answer.
	ErrNoKeyring = errors.New("there is no keyring here (Secret Service)")
	// ErrLocked says that the user must unlock the keyring.
	ErrLocked = errors.New("the keyring is locked")
	// ErrGone says that a stored secret is missing from the keyring.
	ErrGone = errors.New("the keyring does not have it any more")
	// ErrNotChosen says that the user has not chosen to store secrets in a file.
	ErrNotChosen = errors.New("you have not chosen to store secrets in a file")
)

// Entry is a stored secret without its value.
type Entry struct {
	Helper string      `json:"helper"`
	Maker  maker.Maker `json:"maker,omitempty"` // of the helper; empty in records of older versions: see [Store.Adopt]
	Field  string      `json:"field"`           // name of the helper's input
	Place  Place       `json:"place"`
	Time   time.Time   `json:"time"` // when it was stored
	// Item is how an older version named the helper in the keyring; empty: by name and maker.
	Item string `json:"item,omitempty"`
}

// Store stores secrets. Its file lists them, and has the values that are not in the keyring.
type Store struct {
	File string // mode 0600; empty: nothing can be stored
	Bus  string // D-Bus address of the keyring; empty: there is none
}

// Get returns a secret, or false if none is stored for that maker's helper. It never prompts the user: the error is
// [ErrLocked] for a locked keyring, and [ErrNoKeyring] for one that does not answer before
// the context ends.
func (s Store) Get(ctx context.Context, id maker.ID, field string) (value string, ok bool, err error) {
	kept, err := s.read()
	if err != nil {
		return "", false, err
	}
	i := slices.IndexFunc(kept.Secrets, names(id, field))
	switch {
	case i < 0 || id.Maker == "":
		return "", false, nil
	case kept.Secrets[i].Place == InFile:
		return kept.Secrets[i].value(), true, nil
	}
	err = s.withKeyring(ctx, func(k *keyring) error {
		value, err = k.get(ctx, kept.Secrets[i].Entry)
		return err
	})
	return value, err == nil, err
}

// Set stores a secret, in place of an earlier one, and returns where: in the keyring, which
// may prompt the user to unlock it; in the file with inFile, or if there is no keyring and
// the user chose the file before. Otherwise the error is [ErrNotChosen].
func (s Store) Set(ctx context.Context, id maker.ID, field, value string, inFile bool) (Place, error) {
	place, err := s.set(ctx, id, field, value, inFile)
	if err != nil {
		return "", fmt.Errorf("store secret: %w", err)
	}
	return place, nil
}

func (s Store) set(ctx context.Context, id maker.ID, field, value string, inFile bool) (Place, error) {
	if err := errors.Join(id.Check(), check(value)); err != nil {
		return "", err
	}
	kept, err := s.read()
	switch {
	case err != nil:
		return "", err
	case s.File == "":
		return "", errNoState
	case inFile:
		return InFile, s.setInFile(ctx, kept, id, field, value)
	}
	made := Entry{Helper: id.Helper, Maker: id.Maker, Field: field}
	err = s.withKeyring(ctx, func(k *keyring) error {
		if err := k.set(ctx, made, value); err != nil {
			return err
		}
		if i := slices.IndexFunc(kept.Secrets, names(id, field)); i >= 0 && kept.Secrets[i].Item != "" {
			return k.remove(ctx, kept.Secrets[i].Entry) // that of an older version
		}
		return nil
	})
	switch {
	case err == nil:
		return InKeyring, s.note(id, field, InKeyring, "")
	case !errors.Is(err, ErrNoKeyring):
		return "", err
	case !kept.Chosen:
		return "", fmt.Errorf("%w, and %w", err, ErrNotChosen)
	}
	return InFile, s.setInFile(ctx, kept, id, field, value)
}

// setInFile also removes an older value from the keyring. Without a keyring there is none.
func (s Store) setInFile(ctx context.Context, kept content, id maker.ID, field, value string) error {
	if i := slices.IndexFunc(kept.Secrets, names(id, field)); i >= 0 && kept.Secrets[i].Place == InKeyring {
		err := s.withKeyring(ctx, func(k *keyring) error { return k.remove(ctx, kept.Secrets[i].Entry) })
		if err != nil && !errors.Is(err, ErrNoKeyring) {
			return fmt.Errorf("remove the older one: %w", err)
		}
	}
	return s.note(id, field, InFile, value)
}

func check(value string) error {
	switch {
	case value == "":
		return errors.New("it is empty")
	case len(value) > MaxSize:
		return fmt.Errorf("more than %d bytes", MaxSize)
	case !utf8.ValidString(value):
		return errors.New("it is not UTF-8 text")
	}
	return nil
}

// List returns what is stored, by helper and field. It does not ask the keyring.
func (s Store) List() ([]Entry, error) {
	kept, err := s.read()
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(kept.Secrets))
	for _, r := range kept.Secrets {
		entries = append(entries, r.Entry)
	}
	return entries, nil
}

// Remove removes a secret of any maker's helper of the name, and returns where it was; false
// if there was none.
func (s Store) Remove(ctx context.Context, helper, field string) (Place, bool, error) {
	kept, err := s.read()
	if err != nil {
		return "", false, err
	}
	var place Place
	for _, r := range kept.Secrets {
		if r.Helper != helper || r.Field != field {
			continue
		}
		place = r.Place
		if place == InKeyring {
			err := s.withKeyring(ctx, func(k *keyring) error { return k.remove(ctx, r.Entry) })
			if err != nil {
				return place, true, fmt.Errorf("remove secret: %w", err)
			}
		}
	}
	if place == "" {
		return "", false, nil
	}
	return place, true, s.drop(helper, field)
}

// Adopt completes the records of older versions, which have no maker: owner returns whom the
// secrets of a helper belong to. It returns what it completed.
func (s Store) Adopt(owner func(helper string) maker.Maker) ([]Entry, error) {
	kept, err := s.read()
	old := func(r record) bool { return r.Maker == "" }
	if err != nil || !slices.ContainsFunc(kept.Secrets, old) {
		return nil, err
	}
	var adopted []Entry
	err = s.change(func(kept *content) {
		var all []record
		for _, r := range kept.Secrets {
			if old(r) {
				r = r.adopted(owner)
				adopted = append(adopted, r.Entry)
			}
			all = append(all, r)
		}
		kept.Secrets = unique(all)
	})
	if err != nil {
		return nil, fmt.Errorf("complete secrets: %w", err)
	}
	return adopted, nil
}

// Configured returns to whom the values of the configuration for a helper belong: to the
// first maker that is asked about. Without a state directory that is not recorded.
func (s Store) Configured(id maker.ID) (maker.Maker, error) {
	kept, err := s.read()
	if owner, ok := kept.Configured[id.Helper]; err != nil || ok || s.File == "" {
		return cmp.Or(owner, id.Maker), err
	}
	if err := id.Check(); err != nil {
		return "", err
	}
	owner := id.Maker
	err = s.change(func(kept *content) {
		if kept.Configured == nil {
			kept.Configured = map[string]maker.Maker{}
		}
		if known, ok := kept.Configured[id.Helper]; ok { // another process was first
			owner = known
		}
		kept.Configured[id.Helper] = owner
	})
	return owner, err
}

// adopted returns a record of an older version with its maker.
func (r record) adopted(owner func(helper string) maker.Maker) record {
	r.Maker = owner(r.Helper)
	if r.Place == InKeyring {
		r.Item = r.Helper
	}
	return r
}

// unique keeps one record of each secret: the one that was set last.
func unique(all []record) []record {
	return slices.DeleteFunc(slices.Clone(all), func(r record) bool {
		same := names(maker.ID{Helper: r.Helper, Maker: r.Maker}, r.Field)
		return slices.ContainsFunc(all, func(other record) bool { return same(other) && other.Time.After(r.Time) })
	})
}
