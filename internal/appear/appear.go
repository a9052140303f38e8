// Package appear watches files that may not exist yet, in directories that may not exist yet.
package appear

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Place is files of one directory, which may come and go.
type Place struct {
	Directory string // absolute and clean
	Names     string // of the files, as a pattern of [filepath.Match]
}

// Watcher waits for changes of the files of its places. Where a directory does not exist, it
// watches the nearest one above. What inotify does not watch, because a user has a limited number of
// watches (inotify(7), max_user_watches), it looks at every [lookTime].
type Watcher struct {
	inotify *fsnotify.Watcher // nil: there is none
	add     func(directory string) error
	places  []Place
	at      []string        // per place: its directory, or the nearest one above that exists
	watched map[string]bool // directories
	err     error           // why something is not watched; nil: everything is
	look    time.Time       // when to look next, if something is not watched
	seen    string          // what was seen then
}

// lookTime is how often files are looked at that inotify does not watch.
const lookTime = 5 * time.Second

// New watches the places from now on.
func New(places ...Place) *Watcher {
	inotify, err := fsnotify.NewWatcher()
	if err != nil {
		return watch(nil, func(string) error { return err }, places)
	}
	return watch(inotify, inotify.Add, places)
}

func watch(inotify *fsnotify.Watcher, add func(string) error, places []Place) *Watcher {
	w := &Watcher{inotify: inotify, add: add, places: places, at: make([]string, len(places)), watched: map[string]bool{}}
	w.arm()
	return w
}

// Err returns why files are looked at instead of watched; nil: they are watched.
func (w *Watcher) Err() error {
	if w.err == nil {
		return nil
	}
	return fmt.Errorf("watch files: %w", w.err)
}

// Close ends the watcher.
func (w *Watcher) Close() {
	if w.inotify != nil {
		_ = w.inotify.Close() // there is nothing to do about a failure
	}
}

// Exists reports whether a file of a place exists.
func (w *Watcher) Exists() bool {
	return slices.ContainsFunc(w.places, func(p Place) bool {
		found, err := filepath.Glob(filepath.Join(p.Directory, p.Names))
		return err == nil && len(found) > 0
	})
}

// Next returns after one or more relevant changes: a file, or a directory that has such files, was
// made, written, replaced or removed. Attributes do not count.
func (w *Watcher) Next(ctx context.Context) error {
	var events <-chan fsnotify.Event
	var errs <-chan error
	if w.inotify != nil {
		events, errs = w.inotify.Events, w.inotify.Errors
	}
	for {
		var look <-chan time.Time
		if w.err != nil {
			look = time.After(time.Until(w.look))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look:
			before := w.seen
			if w.arm(); w.see() != before {
				return nil
			}
		case event, ok := <-events:
			if !ok {
				return fmt.Errorf("watch files: %w", os.ErrClosed)
			}
			if w.take(event) {
				return nil
			}
		case err := <-errs:
			return w.failed(err)
		}
	}
}

// failed takes an error of the watch; nil says that it is closed. Lost events may be any change.
func (w *Watcher) failed(err error) error {
	if errors.Is(err, fsnotify.ErrEventOverflow) {
		w.arm()
		return nil
	}
	return fmt.Errorf("watch files: %w", cmp.Or(err, os.ErrClosed))
}

// take reports whether an event is relevant.
func (w *Watcher) take(event fsnotify.Event) bool {
	if event.Op == fsnotify.Chmod {
		return false
	}
	isRelevant := false
	for i, p := range w.places {
		if w.at[i] == p.Directory && filepath.Dir(event.Name) == p.Directory {
			matches, err := filepath.Match(p.Names, filepath.Base(event.Name))
			isRelevant = isRelevant || matches || err != nil
		}
	}
	if event.Op&^(fsnotify.Write|fsnotify.Chmod) != 0 && w.isOnTheWay(event.Name) {
		delete(w.watched, event.Name) // if it was moved or made again, the watch is not of the one that is there now
		isRelevant = w.arm() || isRelevant || slices.ContainsFunc(w.places, func(p Place) bool { return p.Directory == event.Name })
	}
	return isRelevant
}

// isOnTheWay reports whether a path is the directory of a place, or above it.
func (w *Watcher) isOnTheWay(path string) bool {
	for _, p := range w.places {
		if p.Directory == path || strings.HasPrefix(p.Directory, path+"/") {
			return true
		}
	}
	return false
}

// arm watches the directory of each place, or the nearest one above that exists. It reports whether
// the directory of a place came or went.
func (w *Watcher) arm() (changed bool) {
	for i, p := range w.places {
		at := w.nearest(p.Directory)
		changed = changed || at != w.at[i] && (at == p.Directory || w.at[i] == p.Directory)
		w.at[i] = at
	}
	for directory := range w.watched {
		if !slices.Contains(w.at, directory) {
			if w.inotify != nil {
				_ = w.inotify.Remove(directory) // it may be gone
			}
			delete(w.watched, directory)
		}
	}
	if slices.IndexFunc(w.at, func(at string) bool { return !w.watched[at] }) < 0 {
		w.err = nil
		return changed
	}
	if now := time.Now(); !now.Before(w.look) {
		w.look, w.seen = now.Add(lookTime), w.see()
	}
	return changed
}

// see describes the files of all places as they are now.
func (w *Watcher) see() string {
	var seen strings.Builder
	for _, p := range w.places {
		found, _ := filepath.Glob(filepath.Join(p.Directory, p.Names)) // a wrong pattern has no files
		for _, name := range found {
			if info, err := os.Lstat(name); err == nil {
				fmt.Fprintf(&seen, "%q %d %v\n", name, info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return seen.String()
}

// nearest watches the nearest directory that exists. What is made below it while it is found is
// found, too: it looks again from below when the watch is there.
func (w *Watcher) nearest(directory string) string {
	for last := ""; ; {
		at := existing(directory)
		if !w.watched[at] {
			if err := w.add(at); err != nil {
				w.err = err
			} else {
				w.watched[at] = true
			}
		}
		if at == last || at == directory && w.watched[at] {
			return at
		}
		last = at
	}
}

// existing returns the directory or the nearest one above that exists.
func existing(directory string) string {
	for ; ; directory = filepath.Dir(directory) {
		info, err := os.Stat(directory)
		if err == nil && info.IsDir() || directory == filepath.Dir(directory) {
			return directory
		}
	}
}
