// Package statefile reads and replaces small files of the user's own that nobody else may touch.
package statefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"
)

// MaxSize is the size in bytes of the largest file that is read.
const MaxSize = 1 << 20

// Read returns the content of a file, nil where there is none. It refuses what
// somebody else could have written or read: the file is a regular one, belongs to
// the user or to root, and nobody else may touch it (mode 0600).
func Read(path string) ([]byte, error) {
	// A pipe in its place would otherwise block until somebody writes.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := check(info); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("read %s: more than %d bytes", path, MaxSize)
	}
	return data, nil
}

func check(info fs.FileInfo) error {
	owner, ok := info.Sys().(*syscall.Stat_t)
	self := os.Geteuid()
	switch {
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("mode is %04o, so others than its owner may touch it: chmod 600", info.Mode().Perm())
	case !ok || self != 0 && owner.Uid != 0 && int64(owner.Uid) != int64(self):
		return errors.New("owner is neither the user nor root")
	}
	return nil
}

// Update replaces the content of a file by what change makes of it; old is nil
// where there was none. The file is replaced whole or not at all, updates of several
// processes come one after the other, and the directory is made where it is missing.
// What root writes belongs to the owner of the directory: the system's agent, whose
// state it is, is not root.
func Update(path string, change func(old []byte) ([]byte, error)) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	lock, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer lock.Close() // and with it goes the lock
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", dir, err)
	}
	old, err := Read(path)
	if err != nil {
		return err
	}
	data, err := change(old)
	if err != nil {
		return err
	}
	info, err := lock.Stat()
	if err != nil {
		return err
	}
	return replace(path, data, info)
}

func replace(path string, data []byte, dir fs.FileInfo) error {
	file, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { _ = file.Cleanup() }() // nothing is left to clean after success
	if owner, ok := dir.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		if err := file.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	if _, err := file.Write(data); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}
