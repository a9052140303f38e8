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
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// watchQuiet is how long nothing must happen for a copy to count as done.
	watchQuiet = 200 * time.Millisecond
	// watchLongest is how long changes are gathered at most.
	watchLongest = 2 * time.Second
)

// Watcher tells which packs in some directories were touched. A directory that is
// not there yet is waited for. Nothing runs while nothing is touched.
type Watcher struct {
	logger  *slog.Logger
	files   *fsnotify.Watcher
	dirs    map[string]string              // absolute to how it was given
	pending map[string]map[string]struct{} // touched since the last telling: names by directory as given; "" stands for all
	partly  bool                           // it was said that something cannot be watched
}

// NewWatcher begins to watch, so that nothing is missed that happens before Run.
// The logger is told what cannot be watched; nil discards.
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

// Close ends a watcher that does not run.
func (w *Watcher) Close() error { return w.files.Close() }

var errEnded = errors.New("watch packs: the kernel tells of nothing any more")

// Run tells of what was touched until the context ends: a directory as it was
// given, and the names of packs in it, none for all. Changes that follow each other
// closely are told together.
func (w *Watcher) Run(ctx context.Context, touched func(dir string, names []string)) error {
	defer w.files.Close()
	var first time.Time
	var settled <-chan time.Time // nil: nothing was touched
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.files.Events:
			if !ok {
				return errEnded
			}
			w.note(e)
		case err, ok := <-w.files.Errors:
			if !ok {
				return errEnded
			}
			w.logger.Warn("watching packs: events were lost", "error", err)
			w.noteAll()
		case <-settled:
			settled = nil
			w.tell(touched)
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

// note finds out what an event touches.
func (w *Watcher) note(e fsnotify.Event) {
	moved := false
	for dir := range w.dirs {
		switch {
		case e.Name == dir || strings.HasPrefix(dir, e.Name+string(filepath.Separator)):
			moved = true
			w.touch(dir, "")
		case strings.HasPrefix(e.Name, dir+string(filepath.Separator)):
			name, _, below := strings.Cut(e.Name[len(dir)+1:], string(filepath.Separator))
			w.touch(dir, name)
			if info, err := os.Lstat(e.Name); !below && err == nil && info.IsDir() {
				w.watch(e.Name)
			}
		}
	}
	if moved {
		w.arm()
	}
}

func (w *Watcher) noteAll() {
	for dir := range w.dirs {
		w.touch(dir, "")
	}
	w.arm()
}

func (w *Watcher) touch(dir, name string) {
	given := w.dirs[dir]
	if w.pending == nil {
		w.pending = map[string]map[string]struct{}{}
	}
	if w.pending[given] == nil {
		w.pending[given] = map[string]struct{}{}
	}
	w.pending[given][name] = struct{}{}
}

func (w *Watcher) tell(touched func(dir string, names []string)) {
	now := w.pending
	w.pending = nil
	for _, dir := range slices.Sorted(maps.Keys(now)) {
		names := slices.Sorted(maps.Keys(now[dir]))
		if names[0] == "" {
			names = nil
		}
		touched(dir, names)
	}
}

// arm watches each directory and its packs, or what is there of the way to it, and
// nothing else.
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
			there = deeper // it came about before it was watched
		}
		if there != dir {
			continue
		}
		names, _ := packNames(os.DirFS(dir)) // what is gone again is told of
		for _, name := range names {
			w.watch(filepath.Join(dir, name))
			wanted[filepath.Join(dir, name)] = true
		}
	}
	for _, watched := range w.files.WatchList() {
		if !wanted[watched] {
			_ = w.files.Remove(watched) // it may be gone by itself
		}
	}
}

// nearest is the directory, or the innermost one around it that there is.
func nearest(dir string) string {
	for {
		if info, err := os.Stat(dir); (err == nil && info.IsDir()) || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// watch adds a directory. It may be gone again, or one too many for the kernel
// (fs.inotify.max_user_watches): that is said once.
func (w *Watcher) watch(dir string) {
	err := w.files.Add(dir)
	if err == nil || errors.Is(err, fs.ErrNotExist) || w.partly {
		return
	}
	w.partly = true
	w.logger.Warn("not all packs are watched: SIGHUP has them read again", "directory", dir, "error", err)
}
