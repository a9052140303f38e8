package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hotspot-helper/annotate"
	"hotspot-helper/internal/maker"
	"hotspot-helper/internal/statefile"
)

// What is no file is refused and named, and stays where it is. A file that others could have
// written, or that is too large, is moved aside and does not count.
func TestMemoryHostile(t *testing.T) {
	t.Parallel()
	const known = `{"version":1,"networks":{"ssid:Cafe":{"outcome":"online","time":"2026-01-02T03:04:05Z"}}}`
	write := func(mode os.FileMode) func(string) error {
		return func(file string) error {
			return errors.Join(os.WriteFile(file, []byte(known), 0o600), os.Chmod(file, mode))
		}
	}
	for name, c := range map[string]struct {
		put                  func(file string) error
		refused, moved, want bool
		says                 string
	}{
		"pipe":       {put: func(file string) error { return syscall.Mkfifo(file, 0o600) }, refused: true, says: "not a regular file"},
		"zero":       {put: func(file string) error { return os.Symlink("/dev/zero", file) }, refused: true, says: "not a regular file"},
		"loop":       {put: func(file string) error { return os.Symlink(file, file) }, refused: true, says: "too many levels"},
		"huge":       {put: func(file string) error { return errors.Join(os.WriteFile(file, nil, 0o600), os.Truncate(file, 1<<40)) }, moved: true, says: "more than 1048576 bytes"},
		"of others":  {put: write(0o666), moved: true, says: "mode is 0666"},
		"of a group": {put: write(0o620), moved: true, says: "mode is 0620"},
		"backup":     {put: write(0o644), want: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "memory.json")
			if err := c.put(file); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			store, err := OpenStore(file, slog.New(slog.NewTextHandler(&log, nil)))
			if refused := err != nil && strings.Contains(err.Error(), c.says) && strings.Contains(err.Error(), file); refused != c.refused {
				t.Fatalf("refused: %t, %v", refused, err)
			}
			if c.refused {
				return
			}
			if counts := store.last(network("Cafe")) != nil; counts != c.want || !strings.Contains(log.String(), c.says) {
				t.Errorf("it counts: %t, log: %s", counts, &log)
			}
			if aside, _ := filepath.Glob(file + ".corrupt-*"); (len(aside) == 1) != c.moved {
				t.Errorf("moved aside: %q", aside)
			}
			store.note(network("Hall"), outcomeOnline, maker.ID{})
			store.flush()
			if again, err := OpenStore(file, nil); err != nil || again.last(network("Hall")) == nil {
				t.Errorf("not written: %v", err)
			}
		})
	}
}

// A memory that others could have written while the agent ran is not read again.
func TestMemoryOpenedToOthers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "memory.json")
	store, err := OpenStore(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	const forged = `{"version":1,"networks":{"ssid:Cafe":{"outcome":"online","time":"2026-01-02T03:04:05Z"}}}`
	if err := errors.Join(os.WriteFile(file, []byte(forged), 0o600), os.Chmod(file, 0o666)); err != nil {
		t.Fatal(err)
	}
	store.note(network("Hall"), outcomeOnline, maker.ID{})
	store.flush()
	again, err := OpenStore(file, nil)
	if err != nil || again.last(network("Cafe")) != nil || again.last(network("Hall")) == nil {
		t.Errorf("%+v, %v", again, err)
	}
}

// However long the records are, the file stays one that can be read.
func TestMemoryFitsItsFile(t *testing.T) {
	t.Parallel()
	networks := map[string]record{}
	for i := range maxNetworks {
		r := record{History: annotate.History{Outcome: outcomeDenied, Time: time.Unix(int64(i), 0)}}
		r.CredentialsRefused = []string{strings.Repeat("a", 1000)}
		networks[fmt.Sprint(i)] = r
	}
	data, err := (&contents{networks: networks}).encode()
	var written storeFile
	if err != nil || len(data) > statefile.MaxSize || json.Unmarshal(data, &written) != nil {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	if _, newest := written.Networks[fmt.Sprint(maxNetworks-1)]; !newest || len(written.Networks) < maxNetworks/4 {
		t.Errorf("%d networks are kept, the newest: %t", len(written.Networks), newest)
	}
}
