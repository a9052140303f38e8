package file_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hotspot-helper/internal/file"
)

// hostile makes everything that can stand in place of a file. It returns what reading says of
// each; empty: its content.
func hostile(t *testing.T, dir string) map[string]string {
	t.Helper()
	at := func(name string) string { return filepath.Join(dir, name) }
	socket, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	if err := errors.Join(
		os.WriteFile(at("file"), []byte("content"), 0o600),
		os.WriteFile(at("sparse"), nil, 0o600),
		os.Truncate(at("sparse"), 1<<40),
		os.Mkdir(at("directory"), 0o700),
		syscall.Mkfifo(at("pipe"), 0o600),
		os.Symlink("file", at("link")),
		os.Symlink("pipe", at("pipe-link")),
		os.Symlink("loop", at("loop")),
		os.Symlink("gone", at("dangling")),
		os.Symlink("/dev/zero", at("zero")),
		os.Symlink("/dev/full", at("full")),
		os.Symlink("/dev/tty", at("terminal")),
	); err != nil {
		t.Fatal(err)
	}
	const irregular = "not a regular file"
	return map[string]string{
		"file": "", "link": "",
		"sparse": "more than 7 bytes", "directory": irregular, "pipe": irregular, "pipe-link": irregular,
		"loop": "too many levels", "dangling": "no such file", "missing": "no such file",
		"zero": irregular, "full": irregular, "terminal": irregular, "socket": irregular,
	}
}

// within fails the test, and leaves the work behind, if it takes longer than any machine needs.
func within(t *testing.T, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); work() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it hangs")
	}
}

func TestReadHostile(t *testing.T) {
	dir := t.TempDir()
	readers := map[string]func(name string) ([]byte, error){
		"Read":   func(name string) ([]byte, error) { return file.Read(filepath.Join(dir, name), 7) },
		"ReadFS": func(name string) ([]byte, error) { return file.ReadFS(file.Dir{Path: dir}, name, 7) },
	}
	for name, want := range hostile(t, dir) {
		for reader, read := range readers {
			within(t, func() {
				data, err := read(name)
				if want == "" && (err != nil || string(data) != "content") {
					t.Errorf("%s %s: %q, %v", reader, name, data, err)
				}
				if want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name)) {
					t.Errorf("%s %s: %v, want %q", reader, name, err, want)
				}
			})
		}
	}
}

// Files of the kernel have no size.
func TestReadKernelFile(t *testing.T) {
	if data, err := file.Read("/proc/self/stat", 1<<16); err != nil || len(data) == 0 {
		t.Errorf("%q, %v", data, err)
	}
	if data, err := file.Read("/proc/self/maps", 10); err == nil {
		t.Errorf("%d bytes of more than 10", len(data))
	}
}

func TestDir(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(
		os.Mkdir(filepath.Join(dir, "open"), 0o700),
		os.Chmod(filepath.Join(dir, "open"), 0o777),
		os.WriteFile(filepath.Join(dir, "own"), nil, 0o644),
		os.WriteFile(filepath.Join(dir, "open", "below"), nil, 0o644),
		os.WriteFile(filepath.Join(dir, "theirs"), nil, 0o600),
		os.Chmod(filepath.Join(dir, "theirs"), 0o666),
	); err != nil {
		t.Fatal(err)
	}
	checked := file.Dir{Path: dir, Check: file.CheckOwner}
	for name, want := range map[string]error{
		".": nil, "own": nil, "theirs": file.ErrOthers, "open": file.ErrOthers, "open/below": file.ErrOthers, "none": fs.ErrNotExist, "../own": fs.ErrInvalid,
	} {
		opened, err := checked.Open(name)
		if err == nil {
			opened.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if entries, err := fs.ReadDir(checked, "."); err != nil || len(entries) != 3 {
		t.Errorf("entries %v, %v", entries, err)
	}
}

// fileInfo has a mode and an owner.
type fileInfo struct {
	fs.FileInfo
	mode fs.FileMode
	stat syscall.Stat_t
}

func (i fileInfo) Mode() fs.FileMode { return i.mode }
func (i fileInfo) Sys() any          { return &i.stat }

func TestCheck(t *testing.T) {
	self := uint32(os.Geteuid())
	const stranger = 4_000_000_000
	for _, c := range []struct {
		mode             fs.FileMode
		user, group      uint32
		othersByMode, by bool
	}{
		{0o644, self, stranger, false, false},
		{0o664, self, self, false, false},
		{0o664, self, stranger, true, true},
		{0o666, self, self, true, true},
		{0o602, 0, 0, true, true},
		{0o664, 0, 0, false, false},
		{0o600, stranger, stranger, false, true},
	} {
		info := fileInfo{mode: c.mode, stat: syscall.Stat_t{Uid: c.user, Gid: c.group}}
		byMode, byOwner := errors.Is(file.CheckMode(info), file.ErrOthers), errors.Is(file.CheckOwner(info), file.ErrOthers)
		if byMode != c.othersByMode || byOwner != c.by {
			t.Errorf("%+v: %v, %v", c, byMode, byOwner)
		}
	}
}
