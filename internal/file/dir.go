package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
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
		return nil, &fs.PathError{Op: "read", Path: name, Err: cause(err)}
	}
	return data, nil
}

// Dir is a directory as a file system, as [os.DirFS] is, with nothing in it but regular files
// and directories.
type Dir struct {
	Path string
	// Check returns why a file or directory must not be used; nil accepts all.
	Check func(fs.FileInfo) error
}

// Open opens a file or a directory. It never waits.
func (d Dir) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	file, info, err := open(filepath.Join(d.Path, filepath.FromSlash(name)))
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		err = errors.Join(ErrNotRegular, file.Close())
	}
	if err == nil && d.Check != nil {
		if err = d.Check(info); err != nil {
			err = errors.Join(err, file.Close())
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: cause(err)}
	}
	return file, nil
}

// ErrOthers is the cause if another user could have written a file or directory.
var ErrOthers = errors.New("others could have written it")

// CheckMode returns an error that holds [ErrOthers] if its mode lets others write to a file. A group
// with the number of the owner is the owner's own, as most distributions make one for each user.
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
