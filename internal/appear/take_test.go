package appear

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/fsnotify/fsnotify"
)

func TestRelevantEvents(t *testing.T) {
	tests := []struct {
		name  string
		event fsnotify.Event
		want  bool
	}{
		{"the file", fsnotify.Event{Name: "/etc/resolv.conf", Op: fsnotify.Create}, true},
		{"the file goes", fsnotify.Event{Name: "/etc/resolv.conf", Op: fsnotify.Remove}, true},
		{"the file's mode", fsnotify.Event{Name: "/etc/resolv.conf", Op: fsnotify.Chmod}, false},
		{"the file and its mode", fsnotify.Event{Name: "/etc/resolv.conf", Op: fsnotify.Write | fsnotify.Chmod}, true},
		{"another file", fsnotify.Event{Name: "/etc/hosts", Op: fsnotify.Create}, false},
		{"any file of a directory", fsnotify.Event{Name: "/links/3", Op: fsnotify.Create}, true},
		{"a file of a kind", fsnotify.Event{Name: "/dhcp/dhclient.leases", Op: fsnotify.Write}, true},
		{"a file of another kind", fsnotify.Event{Name: "/dhcp/timestamps", Op: fsnotify.Write}, false},
		{"another directory", fsnotify.Event{Name: "/run/resolv.conf", Op: fsnotify.Create}, false},
	}
	for _, test := range tests {
		w := &Watcher{add: func(string) error { return nil }, places: []Place{{"/etc", "resolv.conf"}, {"/links", "*"}, {"/dhcp", "*.leases"}}, at: []string{"/etc", "/links", "/dhcp"}}
		if got := w.take(test.event); got != test.want {
			t.Errorf("%s: counts is %t, want %t", test.name, got, test.want)
		}
	}
}

// Lost events count as a change, and other errors end the wait.
func TestLostEvents(t *testing.T) {
	errs := make(chan error, 1)
	w := &Watcher{inotify: &fsnotify.Watcher{Errors: errs}}
	errs <- fsnotify.ErrEventOverflow
	if err := w.Next(t.Context()); err != nil {
		t.Errorf("lost events end with %v", err)
	}
	errs <- fs.ErrInvalid
	if err := w.Next(t.Context()); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Next returned %v", err)
	}
}
