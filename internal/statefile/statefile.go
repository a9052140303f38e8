// Package statefile reads and replaces small files that only their owner may access.
package statefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
	"hotspot-helper/internal/file"
)

// MaxSize is the size in bytes of the largest state file.
const MaxSize = 1 << 20

// ModeError says that the mode of a file lets others than its owner access it.
type ModeError struct {
	Path string
	Mode fs.FileMode
}

func (e *ModeError) Error() string {
	return fmt.Sprintf("mode is %04o, so others than its owner may touch it", e.Mode)
}

// Read returns the content of a state file as [ReadOwned] does, nil if it does not exist.
// Root may read a file of any owner.
func Read(path string) ([]byte, error) {
	data, err := read(path, MaxSize, os.Geteuid() == 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// ReadOwned returns the content of a file of at most a number of bytes. It refuses a file
// that another user could have written or read: the file must be a regular one, belong to
// the user or to root, and give no access to others (mode 0600 or 0400; else the error
// holds a [*ModeError]). The error is a [*fs.PathError].
func ReadOwned(path string, most int) ([]byte, error) { return read(path, most, false) }

func read(path string, most int, anyOwner bool) ([]byte, error) {
	opened, err := file.Open(path)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return nil, err
	}
	if err := check(path, info, anyOwner); err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	data, err := file.Content(opened, most)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return data, nil
}

func check(path string, info fs.FileInfo, anyOwner bool) error {
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode().Perm()&0o077 != 0:
		return &ModeError{path, info.Mode().Perm()}
	case !ok || !anyOwner && owner.Uid != 0 && int64(owner.Uid) != int64(os.Geteuid()):
		return fmt.Errorf("%w: its owner is neither the user nor root", file.ErrOthers)
	}
	return nil
}

// Update replaces the content of a file by what change returns for the old content, which
// is nil if the file does not exist. The file is replaced whole or not at all, a lock keeps
// the updates of several processes apart, and a missing directory is made. A file that root
// writes gets the owner of the directory, because the system's agent is not root.
func Update(path string, change func(old []byte) ([]byte, error)) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	lock, err := Lock(dir)
	if err != nil {
		return err
	}
	defer lock.Close() // which also unlocks
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
	pending, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { _ = pending.Cleanup() }() // nothing is left to clean after success
	if owner, ok := dir.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		if err := pending.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	if _, err := pending.Write(data); err != nil {
		return err
	}
	return pending.CloseAtomicallyReplace()
}
