// Package file reads files that somebody else may have put in place: pipes, devices and files
// without end are refused at once.
package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// ErrNotRegular is the cause if a path names a directory, pipe, device or socket.
var ErrNotRegular = errors.New("not a regular file")

// TooLargeError says that a file has more bytes than a reader takes.
type TooLargeError struct{ Most int }

func (e *TooLargeError) Error() string { return fmt.Sprintf("more than %d bytes", e.Most) }

// Read returns the content of a regular file of at most a number of bytes. The error is a
// [*fs.PathError].
func Read(path string, most int) ([]byte, error) { return ReadChecked(path, most, nil) }

// ReadChecked is [Read], with a function that returns why the file must not be used; nil accepts all.
func ReadChecked(path string, most int, check func(fs.FileInfo) error) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && check != nil {
		err = check(info)
	}
	var data []byte
	if err == nil {
		data, err = Content(file, most)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: Cause(err)}
	}
	return data, nil
}

// Open opens a regular file for reading. It never waits.
func Open(path string) (*os.File, error) {
	file, info, err := open(path)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.Join(ErrNotRegular, file.Close())}
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

// open opens a regular file or a directory.
func open(path string) (*os.File, fs.FileInfo, error) {
	// Opening a device may do something, such as starting a watchdog.
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, &fs.PathError{Op: "open", Path: path, Err: Cause(err)}
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	// The path may name something else by now. Without O_NONBLOCK, opening a pipe blocks until
	// another process writes to it.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err = file.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, info, nil
}

// readTimeout is how long a read may take of the few regular files that block, such as /proc/kmsg.
const readTimeout = 2 * time.Second

// Content returns the content of an open regular file of at most a number of bytes.
func Content(file fs.File, most int) ([]byte, error) {
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, ErrNotRegular
	case info.Size() > int64(most):
		return nil, &TooLargeError{most}
	}
	if slow, ok := file.(*os.File); ok {
		_ = slow.SetReadDeadline(time.Now().Add(readTimeout)) // most files have no deadline and do not block
	}
	// Files of the kernel say that they are empty and are not.
	data, err := io.ReadAll(io.LimitReader(file, int64(most)+1))
	if err == nil && len(data) > most {
		err = &TooLargeError{most}
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

// Cause removes the path from an error.
func Cause(err error) error {
	if perr, ok := errors.AsType[*fs.PathError](err); ok {
		return perr.Err
	}
	return err
}
