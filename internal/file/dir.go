package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

// ReadFS is [Read] for a file of a file system. A file system of the disk must be a [Dir], or
// opening a file may block.
func ReadFS(dir fs.FS, name string, most int) ([]byte, error) {
	file, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := Content(file, most)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: Cause(err)}
	}
	return data, nil
}

// Dir is a directory as a file system, as [os.DirFS] is, with nothing in it but regular files
// and directories.
type Dir struct {
	Path string
	// Check returns why a file or directory must not be used, nor what is below it; nil accepts all.
	Check func(fs.FileInfo) error
}

// Open opens a file or a directory. It never waits.
func (d Dir) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	file, err := d.open(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: Cause(err)}
	}
	return file, nil
}

func (d Dir) open(name string) (*os.File, error) {
	for at := name; at != "." && d.Check != nil; {
		at = path.Dir(at)
		info, err := os.Stat(d.path(at))
		if err == nil {
			err = d.Check(info)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.path(at), Cause(err))
		}
	}
	file, info, err := open(d.path(name))
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() && !info.IsDir():
		err = ErrNotRegular
	case d.Check != nil:
		err = d.Check(info)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (d Dir) path(name string) string { return filepath.Join(d.Path, filepath.FromSlash(name)) }

// ErrOthers is the cause if another user could have written a file or directory.
var ErrOthers = errors.New("others could have written it")

// CheckMode returns an error that holds [ErrOthers] if its mode lets others write to a file. It accepts
// group write permission if the group ID equals the user ID: most distributions create such a
// group for each user. It does not check that no one else is in the group.
func CheckMode(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	mode := info.Mode().Perm()
	if !ok || mode&0o002 == 0 && (mode&0o020 == 0 || stat.Gid == stat.Uid) || mode&0o022 == 0 {
		return nil
	}
	return fmt.Errorf("%w: mode is %04o", ErrOthers, mode)
}

// CheckOwner is [CheckMode], and wants the user or root as the owner.
func CheckOwner(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && stat.Uid != 0 && int64(stat.Uid) != int64(os.Geteuid()) {
		return fmt.Errorf("%w: it belongs to user %d", ErrOthers, stat.Uid)
	}
	return CheckMode(info)
}
