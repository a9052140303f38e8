package remember

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hotspot-helper/internal/statefile"
	"hotspot-helper/plugins/pack"
)

// Store is the directory of the remembered logins: each is a pack in a directory of its own, with what
// is known of it in a file beside pack.toml.
type Store struct {
	Dir string // mode 0700; empty: nothing can be remembered
}

const (
	loginFile    = "remembered.json"
	loginVersion = 1

	// maxLogins is how many logins are kept.
	maxLogins = 500
	// draftPrefix begins the names of directories of drafts, and abandoned is when one is left of a
	// process that ended.
	draftPrefix = ".draft-"
	abandoned   = time.Hour
)

// ErrUnknown says that no remembered login has the name.
var ErrUnknown = errors.New("there is no remembered login of that name")

var errNoDir = errors.New("there is no directory for remembered logins: $HOME and $XDG_DATA_HOME are not set")

// storedLogin is the form of the file.
type storedLogin struct {
	Version int `json:"version"`
	Login
}

// draftDir makes a directory for a draft, and removes those that were abandoned.
func (s Store) draftDir() (string, error) {
	if s.Dir == "" {
		return "", errNoDir
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", fmt.Errorf("draft login: %w", err)
	}
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return "", fmt.Errorf("draft login: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && strings.HasPrefix(entry.Name(), draftPrefix) && time.Since(info.ModTime()) > abandoned {
			_ = os.RemoveAll(filepath.Join(s.Dir, entry.Name())) // the next draft tries again
		}
	}
	dir, err := os.MkdirTemp(s.Dir, draftPrefix)
	if err != nil {
		return "", fmt.Errorf("draft login: %w", err)
	}
	return dir, nil
}

// List returns the remembered logins by name. One that cannot be read is an error beside the others.
func (s Store) List() ([]Login, error) {
	if s.Dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list remembered logins: %w", err)
	}
	var all []Login
	var errs []error
	for _, entry := range entries {
		if !entry.IsDir() || !IsName(entry.Name()) || len(all) == maxLogins {
			continue
		}
		login, err := s.Login(entry.Name())
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, *login)
	}
	return all, errors.Join(errs...)
}

// Login returns what is known of a remembered login. The error is [ErrUnknown] if there is none.
func (s Store) Login(name string) (*Login, error) {
	if s.Dir == "" || !IsName(name) || pack.CheckName(name) != nil {
		return nil, fmt.Errorf("find %q: %w", name, ErrUnknown)
	}
	data, err := statefile.Read(s.file(name))
	if err != nil {
		return nil, fmt.Errorf("read remembered login %s: %w", name, err)
	}
	if data == nil {
		return nil, fmt.Errorf("find %q: %w", name, ErrUnknown)
	}
	return parse(name, data)
}

func parse(name string, data []byte) (*Login, error) {
	var stored storedLogin
	err := json.Unmarshal(data, &stored)
	switch {
	case err == nil && stored.Version != loginVersion:
		err = fmt.Errorf("version is %d, want %d", stored.Version, loginVersion)
	case err == nil && stored.Name != name:
		err = fmt.Errorf("it is that of %q", stored.Name)
	case err == nil && !stored.Network.Complete():
		err = fmt.Errorf("%q is no identity of a network", stored.Network)
	case err == nil && stored.Portal == "":
		err = errors.New("the portal's host is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("read remembered login %s: %w", name, err)
	}
	return &stored.Login, nil
}

func (s Store) file(name string) string { return filepath.Join(s.Dir, name, loginFile) }

func encode(l Login) ([]byte, error) {
	data, err := json.MarshalIndent(storedLogin{loginVersion, l}, "", "  ")
	return append(data, '\n'), err
}

// Keep makes a draft a remembered login, in place of the one that it replaces.
func (s Store) Keep(o *Offer) error {
	all, err := s.List()
	if err != nil {
		return err
	}
	if len(all) >= maxLogins && o.Replaces == nil {
		return fmt.Errorf("remember login: there are %d, which is as many as are kept", len(all))
	}
	if err := s.keep(o); err != nil {
		return fmt.Errorf("remember login: %w", err)
	}
	return o.Discard()
}

func (s Store) keep(o *Offer) error {
	data, err := encode(o.Login)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.made, loginFile), data, 0o600); err != nil {
		return err
	}
	if err := makePrivate(o.made); err != nil {
		return err
	}
	if err := os.Rename(o.made, filepath.Join(s.Dir, o.Name)); err != nil {
		return err
	}
	if o.Replaces != nil {
		return os.RemoveAll(filepath.Join(s.Dir, o.Replaces.Name))
	}
	return nil
}

// makePrivate keeps others from reading what is in a directory.
func makePrivate(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
}

// Forget removes a remembered login, and returns what it was.
func (s Store) Forget(name string) (*Login, error) {
	login, err := s.Login(name)
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(filepath.Join(s.Dir, name)); err != nil {
		return nil, fmt.Errorf("forget remembered login: %w", err)
	}
	return login, nil
}

// Note records how a login ended, and returns what is known now and before; both are the same if that
// makes no difference.
func (s Store) Note(name string, worked bool, why string) (now, before *Login, err error) {
	before, err = s.Login(name)
	if err != nil {
		return nil, nil, err
	}
	after := *before
	if !after.note(worked, why, time.Now().UTC().Truncate(time.Second)) {
		return before, before, nil
	}
	err = statefile.Update(s.file(name), func(old []byte) ([]byte, error) {
		if old == nil {
			return nil, ErrUnknown // it was forgotten meanwhile
		}
		return encode(after)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("note login of %s: %w", name, err)
	}
	return &after, before, nil
}
