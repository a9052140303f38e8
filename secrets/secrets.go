// Package secrets keeps what users give to helpers: in the desktop's keyring, or in
// a file that the user chose in its place.
package secrets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// MaxSize is the size in bytes of the largest secret.
const MaxSize = 4096

// Place is where a secret is kept.
type Place string

// The places.
const (
	InKeyring Place = "keyring" // the Secret Service of the desktop
	InFile    Place = "file"    // File of the Store
)

// Why a secret cannot be kept or read.
var (
	// ErrNoKeyring says that the desktop has no keyring, or none that answers.
	ErrNoKeyring = errors.New("there is no keyring here (Secret Service)")
	// ErrLocked says that the keyring wants a password of the user first.
	ErrLocked = errors.New("the keyring is locked")
	// ErrGone says that the keyring has a secret no more that was put there.
	ErrGone = errors.New("the keyring has it no more")
	// ErrNotChosen says that the user has not agreed yet to keep secrets in a file.
	ErrNotChosen = errors.New("nobody chose a file to keep secrets in")
)

// Entry says where a secret is kept, and since when. It never holds the secret.
type Entry struct {
	Helper string
	Field  string // name of the helper's input
	Place  Place
	Time   time.Time
}

// Store keeps secrets. Which there are stands in its file, with the values of those
// that are kept in it; the others are in the keyring.
type Store struct {
	File string // mode 0600; empty: nothing can be kept
	Bus  string // D-Bus address of the keyring; empty: there is none
}

// Get returns a secret, false where none was kept. It never asks the user: a keyring
// that is locked is [ErrLocked], one that does not answer until the context ends is
// [ErrNoKeyring].
func (s Store) Get(ctx context.Context, helper, field string) (value string, ok bool, err error) {
	kept, err := s.read()
	if err != nil {
		return "", false, err
	}
	i := slices.IndexFunc(kept.Secrets, names(helper, field))
	switch {
	case i < 0:
		return "", false, nil
	case kept.Secrets[i].Place == InFile:
		return kept.Secrets[i].value(), true, nil
	}
	err = s.withKeyring(ctx, func(k *keyring) error {
		value, err = k.get(ctx, helper, field)
		return err
	})
	return value, err == nil, err
}

// Set keeps a secret in the place of an earlier one: in the keyring, where the user
// may be asked to unlock it, or in the file where the user wants that (inFile) or
// wanted it once and there is no keyring, else [ErrNotChosen]. It returns the place.
func (s Store) Set(ctx context.Context, helper, field, value string, inFile bool) (Place, error) {
	place, err := s.set(ctx, helper, field, value, inFile)
	if err != nil {
		return "", fmt.Errorf("keep secret: %w", err)
	}
	return place, nil
}

func (s Store) set(ctx context.Context, helper, field, value string, inFile bool) (Place, error) {
	if err := check(value); err != nil {
		return "", err
	}
	kept, err := s.read()
	switch {
	case err != nil:
		return "", err
	case s.File == "":
		return "", errNoState
	case inFile:
		return InFile, s.setInFile(ctx, kept, helper, field, value)
	}
	err = s.withKeyring(ctx, func(k *keyring) error { return k.set(ctx, helper, field, value) })
	switch {
	case err == nil:
		return InKeyring, s.note(helper, field, InKeyring, "")
	case !errors.Is(err, ErrNoKeyring):
		return "", err
	case !kept.Chosen:
		return "", fmt.Errorf("%w, and %w", err, ErrNotChosen)
	}
	return InFile, s.setInFile(ctx, kept, helper, field, value)
}

// setInFile also removes the value that would lie in the keyring unseen. Where there
// is no keyring, it lies nowhere.
func (s Store) setInFile(ctx context.Context, kept content, helper, field, value string) error {
	if i := slices.IndexFunc(kept.Secrets, names(helper, field)); i >= 0 && kept.Secrets[i].Place == InKeyring {
		err := s.withKeyring(ctx, func(k *keyring) error { return k.remove(ctx, helper, field) })
		if err != nil && !errors.Is(err, ErrNoKeyring) {
			return fmt.Errorf("remove the older one: %w", err)
		}
	}
	return s.note(helper, field, InFile, value)
}

func check(value string) error {
	switch {
	case value == "":
		return errors.New("it is empty")
	case len(value) > MaxSize:
		return fmt.Errorf("more than %d bytes", MaxSize)
	case !utf8.ValidString(value):
		return errors.New("it is no text in UTF-8")
	}
	return nil
}

// List returns what is kept, by helper and field. It asks no keyring.
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

// Remove removes a secret and returns where it was kept; false where there was none.
func (s Store) Remove(ctx context.Context, helper, field string) (Place, bool, error) {
	kept, err := s.read()
	if err != nil {
		return "", false, err
	}
	i := slices.IndexFunc(kept.Secrets, names(helper, field))
	if i < 0 {
		return "", false, nil
	}
	place := kept.Secrets[i].Place
	if place == InKeyring {
		err := s.withKeyring(ctx, func(k *keyring) error { return k.remove(ctx, helper, field) })
		if err != nil {
			return place, true, fmt.Errorf("remove secret: %w", err)
		}
	}
	return place, true, s.drop(helper, field)
}
