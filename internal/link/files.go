package link

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// fileEvents waits for changes of the files that have name servers or a captive portal
// API. They often change after the addresses, without a link event of the kernel.
type fileEvents struct {
	watcher *fsnotify.Watcher
	names   map[string]string // relevant files by directory, as a glob
}

// watchFiles watches the directories that exist now. It returns
// nil if none exists, or if inotify is not available.
func (r *reader) watchFiles() source {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		r.log().Debug("name server files not watched", "error", err)
		return nil
	}
	events := fileEvents{watcher, map[string]string{}}
	places := []place{
		{"etc", "resolv.conf"},
		{"run/systemd/resolve", "resolv.conf"},
		{"run/systemd/netif/links", "*"},
		// NetworkManager rewrites files here when its name servers change, such as
		// no-stub-resolv.conf, even if it does not manage resolv.conf.
		{"run/NetworkManager", "*"},
	}
	for _, at := range append(places, leaseFiles()...) {
		directory := r.path(at.directory)
		if err := watcher.Add(directory); err != nil {
			r.log().Debug("directory not watched", "path", directory, "cause", err)
			continue
		}
		events.names[directory] = at.names
	}
	if len(events.names) == 0 {
		watcher.Close()
		return nil
	}
	return events
}

// next waits until a relevant file has changed. At the end of the context it closes the
// watcher.
func (e fileEvents) next(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			e.watcher.Close()
			return ctx.Err()
		case event := <-e.watcher.Events:
			if e.relevant(event) {
				return nil
			}
		case err := <-e.watcher.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) { // else it may be any change
				return fmt.Errorf("receive file events: %w", err)
			}
			return nil
		}
	}
}

// relevant reports whether a relevant file has changed, not only its attributes.
func (e fileEvents) relevant(event fsnotify.Event) bool {
	directory, name := filepath.Split(event.Name)
	wanted, known := e.names[filepath.Clean(directory)]
	matches, err := filepath.Match(wanted, name)
	return known && event.Op != fsnotify.Chmod && (matches || err != nil)
}
