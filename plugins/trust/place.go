package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/statefile"
	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
)

// Place is where packs and live helpers are installed, for one user or for all.
type Place struct {
	Dir      string   // of the packs, one subdirectory each
	Programs string   // of the live helpers, likewise; empty: there are none
	Keys     string   // file of the remembered keys of their makers
	Others   []string // files of keys of other places: a key that one of them remembers counts here, too
	Shared   bool     // for all users: others than its owner may read it
}

// of returns the place with the directory for helpers of an archive's kind, unless a helper of its name and of
// another kind is there.
func (p Place) of(a *archive.Archive) (Place, error) {
	others := []string{filepath.Join(p.Programs, a.Name, live.Registration(a.Name))}
	if a.Program != nil {
		others = []string{filepath.Join(p.Dir, a.Name), filepath.Join(p.Programs, live.Registration(a.Name))}
		p.Dir = p.Programs
	}
	for _, other := range others {
		if _, err := os.Lstat(other); err == nil && p.Programs != "" {
			return p, &OtherKindError{other}
		}
	}
	return p, nil
}

// OtherKindError is the cause if there is a helper of the same name that an archive of this kind cannot replace: a pack
// in place of a live helper, the reverse, or a live helper that the user registered.
type OtherKindError struct{ Path string }

// Error names the other helper.
func (e *OtherKindError) Error() string { return "another helper has this name: " + e.Path }

func (p Place) keysMode() fs.FileMode {
	if p.Shared {
		return 0o644
	}
	return 0o600
}

// stagingPrefix begins the names of directories for what is not installed yet, or no longer.
// They are not packs, since they have no pack.toml.
const stagingPrefix = ".staging-"

// locked calls a function while no other process installs or removes here, with an empty
// directory on the same file system that is removed afterwards.
func (p Place) locked(do func(staging string) error) error {
	if err := p.make(); err != nil {
		return err
	}
	lock, err := statefile.Lock(p.Dir)
	if err != nil {
		return err
	}
	defer lock.Close() // releases the lock
	if err := p.sweep(); err != nil {
		return err
	}
	staging, err := os.MkdirTemp(p.Dir, stagingPrefix)
	if err != nil {
		return err
	}
	return errors.Join(do(staging), os.RemoveAll(staging))
}

// make creates the directory if it is missing. All users can read a shared one, regardless of
// the umask.
func (p Place) make() error {
	if _, err := os.Stat(p.Dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := os.MkdirAll(p.Dir, 0o755)
	if err == nil && p.Shared {
		err = errors.Join(os.Chmod(p.Dir, 0o755), os.Chmod(filepath.Dir(p.Dir), 0o755))
	}
	return err
}

// sweep removes what interrupted processes left. It needs the lock.
func (p Place) sweep() error {
	entries, err := os.ReadDir(p.Dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), stagingPrefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(p.Dir, entry.Name())))
		}
	}
	return err
}

// swap exchanges two directories atomically, or renames the first if the second is missing.
func swap(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_EXCHANGE)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = os.Rename(from, to) // every file system can, and it replaces only an empty directory
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("exchange %s: the file system cannot exchange directories: remove the pack first", to)
	}
	if err != nil {
		return fmt.Errorf("exchange %s: %w", to, err)
	}
	return nil
}

// ErrNotInstalled is the cause if there is no helper to remove.
var ErrNotInstalled = errors.New("not installed")

// Remove removes an installed pack or live helper, and returns the key that stays remembered; nil: none. Dir is
// where it was. The error is [ErrNotInstalled] if there is none of that name.
func (p Place) Remove(name string) (known *Known, dir string, err error) {
	known, dir, err = p.remove(name)
	if err != nil {
		return nil, "", fmt.Errorf("remove pack %s: %w", name, err)
	}
	return known, dir, nil
}

func (p Place) remove(name string) (*Known, string, error) {
	// The name becomes a path.
	if err := pack.CheckName(name); err != nil {
		return nil, "", err
	}
	known, err := p.KnownKey(name)
	if err != nil {
		return nil, "", err
	}
	if _, err := os.Lstat(filepath.Join(p.Dir, name)); errors.Is(err, fs.ErrNotExist) {
		// Any other directory among the registrations is the user's.
		if _, err := os.Lstat(filepath.Join(p.Programs, name, live.Registration(name))); p.Programs == "" || err != nil {
			return nil, "", fmt.Errorf("%w in %s", ErrNotInstalled, p.Dir)
		}
		p.Dir = p.Programs
	}
	return known, p.Dir, p.locked(func(staging string) error {
		return os.Rename(filepath.Join(p.Dir, name), filepath.Join(staging, name))
	})
}
