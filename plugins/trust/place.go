package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"hotspot-helper/plugins/pack"
)

// Place is where packs are installed: those of a user, or those of everybody.
type Place struct {
	Dir    string // of the packs, each in a directory of its name
	Keys   string // file in which the keys of their makers are remembered
	Shared bool   // it is everybody's: who is not its owner may read it
}

func (p Place) keysMode() fs.FileMode {
	if p.Shared {
		return 0o644
	}
	return 0o600
}

// stagingPrefix begins the names of directories that hold what is not installed yet,
// or not any more. They are no packs: no pack.toml is in them.
const stagingPrefix = ".staging-"

// locked does something while no other process installs or removes in this place, and
// with an empty directory on the same file system, which is gone afterwards.
func (p Place) locked(do func(staging string) error) error {
	if err := p.make(); err != nil {
		return err
	}
	lock, err := os.Open(p.Dir)
	if err != nil {
		return err
	}
	defer lock.Close() // and with it goes the lock
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", p.Dir, err)
	}
	if err := p.sweep(); err != nil {
		return err
	}
	staging, err := os.MkdirTemp(p.Dir, stagingPrefix)
	if err != nil {
		return err
	}
	return errors.Join(do(staging), os.RemoveAll(staging))
}

// make makes the directory where it is missing. What everybody is to read they can
// read, whatever the mask of root's shell is.
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

// sweep removes what a process left that did not come to its end. Only who has the lock may.
func (p Place) sweep() error {
	entries, err := os.ReadDir(p.Dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), stagingPrefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(p.Dir, entry.Name())))
		}
	}
	return err
}

// swap puts the directory in its place, and what was there before into the place of
// the directory. There is no moment without one of them.
func swap(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_EXCHANGE)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = os.Rename(from, to) // which every file system can, and which replaces nothing but an empty directory
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("exchange %s: this file system cannot do it at once: remove the pack first", to)
	}
	if err != nil {
		return fmt.Errorf("exchange %s: %w", to, err)
	}
	return nil
}

// ErrNotInstalled is the cause where there is no pack to remove.
var ErrNotInstalled = errors.New("it is not installed")

// Remove removes an installed pack, and returns what stays remembered of its maker;
// nil: nothing. The error is [ErrNotInstalled] where there is no such pack.
func (p Place) Remove(name string) (*Known, error) {
	known, err := p.remove(name)
	if err != nil {
		return nil, fmt.Errorf("remove pack %s: %w", name, err)
	}
	return known, nil
}

func (p Place) remove(name string) (*Known, error) {
	// The name becomes a path.
	if err := pack.CheckName(name); err != nil {
		return nil, err
	}
	known, err := p.known(name)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(filepath.Join(p.Dir, name)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNotInstalled, p.Dir)
	}
	return known, p.locked(func(staging string) error {
		return os.Rename(filepath.Join(p.Dir, name), filepath.Join(staging, name))
	})
}
