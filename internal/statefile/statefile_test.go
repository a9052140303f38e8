package statefile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hotspot-helper/internal/statefile"
)

func TestUpdate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a", "b", "file")
	if data, err := statefile.Read(file); data != nil || err != nil {
		t.Errorf("no file: %q, %v", data, err)
	}
	for _, step := range []struct{ old, now string }{{"", "one"}, {"one", "two"}} {
		err := statefile.Update(file, func(old []byte) ([]byte, error) {
			if string(old) != step.old || (old == nil) != (step.old == "") {
				t.Errorf("old content %q, want %q", old, step.old)
			}
			return []byte(step.now), nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := errors.New("no")
	if err := statefile.Update(file, func([]byte) ([]byte, error) { return []byte("three"), refused }); !errors.Is(err, refused) {
		t.Errorf("refused: %v", err)
	}
	if data, err := statefile.Read(file); err != nil || string(data) != "two" {
		t.Errorf("content %q, %v", data, err)
	}
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): os.ModeDir | 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, size int, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, make([]byte, size), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                             "not a regular file",
		pipe:                            "not a regular file",
		write("group", 1, 0o640):        "mode is 0640, so others than its owner may touch it",
		write("all", 1, 0o602):          "mode is 0602",
		write("large", 1<<20+1, 0o600):  "more than 1048576 bytes",
		filepath.Join(pipe, "below"):    "not a directory",
		write("own", 1, 0o400):          "",
		write("largest", 1<<20, 0o600):  "",
		filepath.Join(dir, "not there"): "",
	} {
		_, err := statefile.Read(path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// A file that root writes gets the owner of its directory, and only root reads the files of others.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, who alone can give files away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 12345, 12346); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	for range 2 {
		if err := statefile.Update(file, func([]byte) ([]byte, error) { return []byte("x"), nil }); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 12345 || owner.Gid != 12346 {
			t.Errorf("it belongs to %d:%d", owner.Uid, owner.Gid)
		}
	}
}

// A file is held by one at a time, who is named.
func TestHold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "lock")
	release, err := statefile.Hold(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = statefile.Hold(path)
	if held, ok := errors.AsType[*statefile.HeldError](err); !ok || held.PID != os.Getpid() || held.Path != path {
		t.Errorf("held twice: %v", err)
	}
	release()
	release, err = statefile.Hold(path)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if _, err := statefile.Hold(filepath.Dir(path)); err == nil {
		t.Error("a directory is held")
	}
}

// A directory that another process keeps locked blocks no process: the error names it and the process.
func TestLockHeld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	held, err := statefile.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	err = statefile.Update(filepath.Join(dir, "file"), func([]byte) ([]byte, error) { return nil, nil })
	by, ok := errors.AsType[*statefile.HeldError](err)
	if !ok || by.Path != dir || by.PID != os.Getpid() && by.PID != 0 {
		t.Errorf("locked: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if again, err := statefile.Lock(dir); err != nil {
		t.Error(err)
	} else {
		again.Close()
	}
}

// Root would empty any file that a link names, since the agent of the system writes there too.
func TestHoldFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	precious, lock, pipe := filepath.Join(dir, "precious"), filepath.Join(dir, "lock"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.WriteFile(precious, []byte("content"), 0o600), os.Symlink("precious", lock), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{lock, pipe} {
		if release, err := statefile.Hold(path); err == nil {
			release()
			t.Errorf("%s is held", path)
		}
	}
	if content, err := os.ReadFile(precious); err != nil || string(content) != "content" {
		t.Errorf("%q, %v", content, err)
	}
}
