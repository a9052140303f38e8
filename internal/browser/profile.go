package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/statefile"
)

// profilePrefix begins the name of each profile.
const profilePrefix = "window-"

// profile is a directory for one window. It is locked while it is used, so that what a crash leaves behind is known.
type profile struct {
	path string
	lock *os.File
}

// newProfile makes a profile below a directory, which only its owner may touch, and removes those that nobody uses any more.
func newProfile(dir string) (*profile, error) {
	p, err := makeProfile(dir)
	if err != nil {
		return nil, fmt.Errorf("make profile: %w", err)
	}
	return p, nil
}

func makeProfile(dir string) (*profile, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := checkPrivate(dir); err != nil {
		return nil, err
	}
	whole, err := statefile.Lock(dir) // until the new one is locked
	if err != nil {
		return nil, err
	}
	defer whole.Close()
	removeAbandoned(dir)
	path, err := os.MkdirTemp(dir, profilePrefix) // of mode 0700
	if err != nil {
		return nil, err
	}
	lock, err := lockDirectory(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &profile{path, lock}, nil
}

// checkPrivate returns an error unless a directory belongs to this user alone.
func checkPrivate(dir string) error {
	var stat unix.Stat_t
	if err := unix.Lstat(dir, &stat); err != nil {
		return &os.PathError{Op: "lstat", Path: dir, Err: err}
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR || stat.Mode&0o077 != 0 || stat.Uid != uint32(os.Geteuid()) {
		return fmt.Errorf("use %s: it is no directory that only this user may touch (mode %#o, user %d)", dir, stat.Mode, stat.Uid)
	}
	return nil
}

// removeAbandoned removes the profiles of windows whose process has ended without doing so. One that cannot be removed stays.
func removeAbandoned(dir string) {
	entries, _ := os.ReadDir(dir) // what cannot be read has none
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), profilePrefix) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		if lock, err := lockDirectory(path); err == nil {
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}

// lockDirectory locks a directory until the file is closed. It does not wait.
func lockDirectory(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = unix.Close(fd)
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// How often, and how far apart, a profile is removed: processes that were killed may still be about to end.
const (
	removeTries = 20
	removePause = 50 * time.Millisecond
)

// remove removes the profile.
func (p *profile) remove() error {
	var err error
	for range removeTries {
		if err = os.RemoveAll(p.path); err == nil {
			break
		}
		time.Sleep(removePause)
	}
	return errors.Join(err, p.lock.Close())
}

// write adds a file to the profile, and the directories above it.
func (p *profile) write(name, text string) error {
	path := filepath.Join(p.path, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}
