package confine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Pin is a file as it was when it was checked. It changes when the file does: nobody but root can set back the time of
// the last change of its state.
type Pin struct {
	Path     string   `json:"path"`
	Device   uint64   `json:"device"`
	Inode    uint64   `json:"inode"`
	Size     int64    `json:"size"`
	Owner    uint32   `json:"owner"`
	Mode     uint32   `json:"mode"`
	Modified [2]int64 `json:"modified"` // seconds, nanoseconds
	Changed  [2]int64 `json:"changed"`
}

// PinOf returns the pin of a file of that path.
func PinOf(path string, info fs.FileInfo) Pin {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Pin{}
	}
	return Pin{
		path, uint64(stat.Dev), stat.Ino, stat.Size, stat.Uid, stat.Mode,
		[2]int64{int64(stat.Mtim.Sec), int64(stat.Mtim.Nsec)},
		[2]int64{int64(stat.Ctim.Sec), int64(stat.Ctim.Nsec)},
	}
}

// ErrSwapped is the cause if a path names another file than the one that was checked.
var ErrSwapped = errors.New("it is another file than the one that was checked")

// Check returns an error if the path names another file: it holds [ErrSwapped] if there is one.
func (p Pin) Check() error {
	info, err := os.Stat(p.Path)
	if err == nil && PinOf(p.Path, info) != p {
		err = ErrSwapped
	}
	if err != nil {
		return fmt.Errorf("use %s: %w", p.Path, err)
	}
	return nil
}
