package statefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// HeldError says that another process holds a file.
type HeldError struct {
	Path string
	PID  int // 0: not known
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return "another process holds " + e.Path
	}
	return fmt.Sprintf("process %d holds %s", e.PID, e.Path)
}

// Hold locks a file until the returned function is called or the process ends, and writes
// the number of the process into it. It does not wait for another process that holds the
// file: the error is a [*HeldError].
func Hold(path string) (release func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer file.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		text, _ := io.ReadAll(io.LimitReader(file, 20))
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		return nil, &HeldError{path, pid}
	}
	if err := errors.Join(file.Truncate(0), writePID(file)); err != nil {
		file.Close()
		return nil, err
	}
	return func() { file.Close() }, nil
}

func writePID(file *os.File) error {
	_, err := fmt.Fprintf(file, "%d\n", os.Getpid())
	return err
}
