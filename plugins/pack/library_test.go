package pack

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
)

const rightFlow = "format = 1\nhosts = [\"h.test\"]\n[[step]]\nid = \"a\"\nopen = \"http://h.test/\"\n"

// putPack writes a pack into a directory.
func putPack(tb testing.TB, dir, name, version, login string) {
	tb.Helper()
	text := fmt.Sprintf("format = 1\nname = %q\nversion = %q\nlabel = %q\n[[claim]]\nconfidence = \"low\"\nssid = [%q]\n", name, version, name, name)
	writeFile(tb, filepath.Join(dir, name, "pack.toml"), []byte(text))
	if login != "" {
		writeFile(tb, filepath.Join(dir, name, "authenticate.toml"), []byte(login))
	}
}

// described returns changes as text.
func described(changes []Change) []string {
	texts := []string{}
	for _, c := range changes {
		text := strings.Join(strings.Fields(fmt.Sprint(c.Kind, " ", c.Name, " ", c.Version)), " ")
		if c.Err != nil {
			text += ": " + strings.ReplaceAll(filepath.ToSlash(c.Err.Error()), c.Origin, "DIR")
		}
		texts = append(texts, text)
	}
	return texts
}

func held(l *Library) []string {
	names := []string{}
	for _, p := range l.Packs() {
		names = append(names, p.Name()+" "+p.Version+" "+filepath.Base(p.Origin))
	}
	return names
}

func TestLibraryFollowsItsPlaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	putPack(t, dir, "a", "1.0.0", rightFlow)
	putPack(t, dir, "b", "1.0.0", rightFlow)
	l, err := NewLibrary([]Place{{Origin: dir, FS: os.DirFS(dir)}})
	if err != nil {
		t.Fatal(err)
	}
	unchanged := l.Packs()[1]
	remove := func(name string) func() {
		return func() {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, step := range []struct {
		name   string
		change func()
		reread []string // none: all
		want   []string
	}{
		{"nothing", func() {}, nil, nil},
		{"written as it was", func() { putPack(t, dir, "a", "1.0.0", rightFlow) }, []string{"a"}, nil},
		{"added", func() { putPack(t, dir, "c", "1.0.0", rightFlow) }, []string{"c"}, []string{"added c 1.0.0"}},
		{"changed", func() { putPack(t, dir, "a", "1.1.0", rightFlow) }, []string{"a"}, []string{"changed a 1.1.0"}},
		{"half there", func() { putPack(t, dir, "d", "1.0.0", "") }, []string{"d"}, []string{"refused d: read DIR/d/authenticate.toml: no such file or directory"}},
		{"half there still", func() {}, []string{"d"}, nil},
		{"whole", func() { putPack(t, dir, "d", "1.0.0", rightFlow) }, []string{"d"}, []string{"added d 1.0.0"}},
		{"wrong now", func() { putPack(t, dir, "a", "1.2.0", "format = 1\nhosts = [\"h.test\"]\n") }, []string{"a"}, []string{
			"refused a 1.1.0: DIR/a/authenticate.toml: step: want at least one [[step]]",
		}},
		{"right again", func() { putPack(t, dir, "a", "1.2.0", rightFlow) }, []string{"a"}, []string{"changed a 1.2.0"}},
		{"removed", remove("c"), []string{"c"}, []string{"removed c"}},
		{"another name", func() { writeFile(t, filepath.Join(dir, "notes", "README"), nil) }, []string{"notes", "README", "..", "."}, nil},
		{"all at once", func() { remove("d")(); putPack(t, dir, "e", "1.0.0", rightFlow) }, nil, []string{"removed d", "added e 1.0.0"}},
	} {
		step.change()
		if diff := cmp.Diff(step.want, described(l.Reread(dir, step.reread...)), cmp.Transformer("none", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
	}
	if diff := cmp.Diff([]string{"a 1.2.0 001", "b 1.0.0 001", "e 1.0.0 001"}, held(l)); diff != "" {
		t.Error(diff)
	}
	if l.Packs()[1] != unchanged {
		t.Error("an unchanged pack was read again")
	}
}

func TestLibraryOfSeveralPlaces(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first, second, third := filepath.Join(root, "first"), filepath.Join(root, "second"), filepath.Join(root, "third")
	place := func(dir string, optional bool) Place {
		return Place{Origin: dir, FS: os.DirFS(dir), Optional: optional}
	}
	putPack(t, first, "a", "1.0.0", rightFlow)
	putPack(t, first, "b", "1.0.0", rightFlow)
	putPack(t, second, "a", "2.0.0", rightFlow)
	putPack(t, second, "b", "2.0.0", "format = 1\n") // must not take the place of a right one
	putPack(t, second, "c", "2.0.0", "format = 1\n") // is found out at its first use
	l, err := NewLibrary([]Place{place(first, false), place(second, true), place(third, true)})
	if err == nil || !strings.Contains(err.Error(), "second/b/authenticate.toml") || strings.Contains(err.Error(), "/c/") {
		t.Errorf("error: %v", err)
	}
	want := []string{"a 1.0.0 first", "b 1.0.0 first", "a 2.0.0 second", "c 2.0.0 second"}
	if diff := cmp.Diff(want, held(l)); diff != "" {
		t.Error(diff)
	}
	if err := l.Check(); err == nil || !strings.Contains(err.Error(), "second/c/authenticate.toml") || len(l.Packs()) != 3 {
		t.Errorf("checked: %v, %q", err, held(l))
	}

	putPack(t, third, "d", "1.0.0", rightFlow)
	before := held(l)
	moved, changes := l.WithPlaces([]Place{place(first, false), place(third, false)})
	if diff := cmp.Diff([]string{"removed a", "added d 1.0.0"}, described(changes)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, held(l)); diff != "" {
		t.Error(diff)
	}
	if err := os.RemoveAll(third); err != nil {
		t.Fatal(err)
	}
	changes = moved.Reread(third)
	if diff := cmp.Diff([]string{"refused: read packs in DIR: open .: no such file or directory"}, described(changes)); diff != "" {
		t.Error(diff)
	}
	if changes := l.Reread("nowhere"); changes != nil {
		t.Errorf("unknown place: %v", changes)
	}
}

func TestNewLibraryMissesPlaces(t *testing.T) {
	t.Parallel()
	gone := filepath.Join(t.TempDir(), "gone")
	if _, err := NewLibrary([]Place{{Origin: gone, FS: os.DirFS(gone), Optional: true}}); err != nil {
		t.Errorf("optional: %v", err)
	}
	if _, err := NewLibrary([]Place{{Origin: gone, FS: os.DirFS(gone)}}); err == nil || !strings.Contains(err.Error(), "read packs in "+gone) {
		t.Errorf("required: %v", err)
	}
}

func TestChangeKindNames(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprint(ChangeKind(0), Added, Refused, ChangeKind(9)); got != "unknown added refused unknown(9)" {
		t.Error(got)
	}
}

// observer runs a watcher and keeps its reports.
type observer struct {
	mu      sync.Mutex
	reports []string
}

func watch(t *testing.T, dirs ...string) *observer {
	t.Helper()
	w, err := NewWatcher(dirs, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &observer{}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		err := w.Run(ctx, func(dir string, names []string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.reports = append(o.reports, filepath.Base(dir)+strings.Join(append([]string{""}, names...), " "))
		})
		if err != nil {
			t.Errorf("run watcher: %v", err)
		}
	})
	t.Cleanup(func() { stop(); running.Wait() })
	return o
}

// await waits for a report, and returns all so far.
func (o *observer) await(t *testing.T, want string) {
	t.Helper()
	var reports []string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		o.mu.Lock()
		reports = slices.Clone(o.reports)
		o.mu.Unlock()
		if slices.Contains(reports, want) {
			return
		}
	}
	t.Fatalf("reports %q, want %q", reports, want)
}

func TestWatcher(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	here, later := filepath.Join(root, "here"), filepath.Join(root, "share", "helper", "later")
	putPack(t, here, "a", "1.0.0", rightFlow)
	o := watch(t, here, later)

	writeFile(t, filepath.Join(here, "a", "pack.toml"), []byte("half"))
	o.await(t, "here a")
	putPack(t, here, "b", "1.0.0", rightFlow) // a directory that is not watched yet
	o.await(t, "here b")
	writeFile(t, filepath.Join(here, "b", "logoff.toml"), []byte(rightFlow))
	writeFile(t, filepath.Join(here, "a", "logoff.toml"), []byte(rightFlow))
	o.await(t, "here a b")
	if err := os.Rename(filepath.Join(here, "b"), filepath.Join(here, "c")); err != nil {
		t.Fatal(err)
	}
	o.await(t, "here b c")

	putPack(t, later, "d", "1.0.0", rightFlow) // with all directories above it
	o.await(t, "later")
	if err := os.RemoveAll(filepath.Join(root, "share")); err != nil {
		t.Fatal(err)
	}
	putPack(t, later, "e", "1.0.0", rightFlow)
	writeFile(t, filepath.Join(root, "other", "file"), nil)
	o.mu.Lock()
	o.reports = nil
	o.mu.Unlock()
	o.await(t, "later")
	o.mu.Lock()
	o.reports = nil
	o.mu.Unlock()
	writeFile(t, filepath.Join(later, "e", "pack.toml"), []byte("changed"))
	o.await(t, "later e")
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.ContainsFunc(o.reports, func(s string) bool { return strings.HasPrefix(s, "here") }) {
		t.Errorf("reports of a directory that did not change: %q", o.reports)
	}
}

// A watch that the kernel removed first is no lost event.
func TestWatcherWithoutLoss(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w, err := NewWatcher(nil, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.Run(ctx, nil) }()
	for _, err := range []error{syscall.EINVAL, fsnotify.ErrEventOverflow, syscall.EINVAL} {
		w.files.Errors <- err
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, fsnotify.ErrEventOverflow.Error()) {
		t.Errorf("log:\n%s", got)
	}
}

func TestWatcherThatWasClosed(t *testing.T) {
	t.Parallel()
	w, err := NewWatcher(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "sends no more events") {
		t.Errorf("run a closed watcher: %v", err)
	}
}
