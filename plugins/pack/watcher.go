package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"hotspot-helper/internal/file"
)

const (
	// watchQuiet is how long nothing must change for a copy to be complete.
	watchQuiet = 200 * time.Millisecond
	// watchLongest is how long changes are collected at most.
	watchLongest = 2 * time.Second
)

// Watcher reports which packs in some directories changed. It waits for directories that do
// not exist yet. Nothing runs while nothing changes.
type Watcher struct {
	logger  *slog.Logger
	files   *fsnotify.Watcher
	dirs    map[string]string              // absolute path to the given one
	pending map[string]map[string]struct{} // changed and not reported: names by given directory; "" is all
	partly  bool                           // it is logged that something cannot be watched
}

// NewWatcher begins to watch, so that no change before Run is missed. It logs what cannot be
// watched; a nil logger discards.
func NewWatcher(dirs []string, logger *slog.Logger) (*Watcher, error) {
	files, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch packs: %w", err)
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	w := &Watcher{logger: logger, files: files, dirs: map[string]string{}}
	for _, dir := range dirs {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("watch packs: %w", err), files.Close())
		}
		w.dirs[absolute] = dir
	}
	w.arm()
	return w, nil
}

// Close ends a watcher that is not running.
func (w *Watcher) Close() error { return w.files.Close() }

var errEnded = errors.New("watch packs: the kernel sends no more events")

// Run reports changes until the context ends: a directory as it was given, and the names of
// packs in it, none for all. It reports changes together that follow each other closely.
func (w *Watcher) Run(ctx context.Context, report func(dir string, names []string)) error {
	defer w.files.Close()
	var first time.Time
	var settled <-chan time.Time // nil: nothing changed
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.files.Events:
			if !ok {
				return errEnded
			}
			w.record(e)
		case err, ok := <-w.files.Errors:
			if !ok {
				return errEnded
			}
			if errors.Is(err, syscall.EINVAL) {
				continue // a watched directory was gone before its watch was removed; its event follows
			}
			w.logger.Warn("watching packs: events were lost", "error", err)
			w.recordAll()
		case <-settled:
			settled = nil
			w.flush(report)
			continue
		}
		switch {
		case len(w.pending) == 0:
		case settled == nil:
			first = time.Now()
			settled = time.After(watchQuiet)
		default:
			settled = time.After(min(watchQuiet, watchLongest-time.Since(first)))
		}
	}
}

// record finds what an event changes.
func (w *Watcher) record(e fsnotify.Event) {
	moved := false
	for dir := range w.dirs {
		switch {
		case e.Name == dir || strings.HasPrefix(dir, e.Name+string(filepath.Separator)):
			moved = true
			w.add(dir, "")
		case strings.HasPrefix(e.Name, dir+string(filepath.Separator)):
			name, _, below := strings.Cut(e.Name[len(dir)+1:], string(filepath.Separator))
			w.add(dir, name)
			if info, err := os.Lstat(e.Name); !below && err == nil && info.IsDir() {
				w.watch(e.Name)
			}
		}
	}
	if moved {
		w.arm()
	}
}

func (w *Watcher) recordAll() {
	for dir := range w.dirs {
		w.add(dir, "")
	}
	w.arm()
}

func (w *Watcher) add(dir, name string) {
	given := w.dirs[dir]
	if w.pending == nil {
		w.pending = map[string]map[string]struct{}{}
	}
	if w.pending[given] == nil {
		w.pending[given] = map[string]struct{}{}
	}
	w.pending[given][name] = struct{}{}
}

func (w *Watcher) flush(report func(dir string, names []string)) {
	now := w.pending
	w.pending = nil
	for _, dir := range slices.Sorted(maps.Keys(now)) {
		names := slices.Sorted(maps.Keys(now[dir]))
		if names[0] == "" {
			names = nil
		}
		report(dir, names)
	}
}

// arm watches each directory and its packs, or the nearest existing parent, and nothing else.
func (w *Watcher) arm() {
	wanted := map[string]bool{}
	for dir := range w.dirs {
		there := nearest(dir)
		for {
			w.watch(there)
			wanted[there] = true
			deeper := nearest(dir)
			if deeper == there {
				break
			}
			there = deeper // it was created before the watch began
		}
		if there != dir {
			continue
		}
		names, _ := packNames(file.Dir{Path: dir}) // an event follows if it is gone again
		for _, name := range names {
			w.watch(filepath.Join(dir, name))
			wanted[filepath.Join(dir, name)] = true
		}
	}
	for _, watched := range w.files.WatchList() {
		if !wanted[watched] {
			_ = w.files.Remove(watched) // the kernel may have removed it
		}
	}
}

// nearest returns the directory, or its nearest existing parent.
func nearest(dir string) string {
	for {
		if info, err := os.Stat(dir); (err == nil && info.IsDir()) || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// watch adds a directory. It may be gone again, or exceed a limit of the kernel
// (fs.inotify.max_user_watches), which is logged once.
func (w *Watcher) watch(dir string) {
	err := w.files.Add(dir)
	if err == nil || errors.Is(err, fs.ErrNotExist) || w.partly {
		return
	}
	w.partly = true
	w.logger.Warn("not all packs are watched; SIGHUP reads them again", "directory", dir, "error", err)
}
