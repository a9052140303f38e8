package appear_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hotspot-helper/internal/appear"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// changes passes on that a watcher has seen something.
func changes(t *testing.T, places ...appear.Place) <-chan error {
	t.Helper()
	w := appear.New(places...)
	must(t, w.Err())
	ctx, stop := context.WithCancel(t.Context())
	seen := make(chan error)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			err := w.Next(ctx)
			select {
			case seen <- err:
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { stop(); <-ended; w.Close() })
	return seen
}

// TestAppears makes one change after the other. Each is noticed, and what is not relevant is not:
// its change would be taken for the next one's, so each step ends with a file of its own.
func TestAppears(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	links := filepath.Join(root, "run/systemd/netif/links")
	seen := changes(t, appear.Place{Directory: links, Names: "[0-9]*"}, appear.Place{Directory: root, Names: "resolv.conf"})
	write := func(name string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			must(t, os.WriteFile(filepath.Join(root, name), []byte("DNS=10.0.0.1\n"), 0o600))
		}
	}
	steps := []struct {
		name   string
		change func(*testing.T)
		isSeen bool
	}{
		{"another file", write("hosts"), false},
		{"a file of the place that exists", write("resolv.conf"), true},
		{"a directory on the way", func(t *testing.T) { must(t, os.MkdirAll(filepath.Join(root, "run/systemd"), 0o755)) }, false},
		{"another directory", func(t *testing.T) { must(t, os.MkdirAll(filepath.Join(root, "run/user"), 0o755)) }, false},
		{"the directory", func(t *testing.T) { must(t, os.MkdirAll(links, 0o755)) }, true},
		{"a file in it", write("run/systemd/netif/links/3"), true},
		{"another file in it", write("run/systemd/netif/links/.tmp"), false},
		{"its end", func(t *testing.T) { must(t, os.RemoveAll(filepath.Join(root, "run"))) }, true},
		{"all of it at once", func(t *testing.T) { must(t, os.MkdirAll(links, 0o755)) }, true},
		{"a file in it again", write("run/systemd/netif/links/4"), true},
		{"another one in its place", func(t *testing.T) {
			must(t, os.Rename(links, links+".old"))
			must(t, os.Mkdir(links, 0o755))
		}, true},
		{"a file in that one", write("run/systemd/netif/links/5"), true},
	}
	drain := func() {
		for {
			select {
			case err := <-seen:
				must(t, err)
			case <-time.After(100 * time.Millisecond): // the events of one change come one after the other
				return
			}
		}
	}
	for _, step := range steps {
		step.change(t)
		patience := 10 * time.Second
		if !step.isSeen {
			patience = 100 * time.Millisecond
		}
		select {
		case err := <-seen:
			must(t, err)
			if !step.isSeen {
				t.Errorf("%s: a change", step.name)
			}
		case <-time.After(patience):
			if step.isSeen {
				t.Fatalf("%s: not noticed", step.name)
			}
		}
		drain()
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	w := appear.New(appear.Place{Directory: t.TempDir(), Names: "*"})
	must(t, w.Err())
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := w.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait ends with %v", err)
	}
	w.Close()
	if err := w.Next(t.Context()); err == nil {
		t.Error("a closed watcher waits")
	}
}
