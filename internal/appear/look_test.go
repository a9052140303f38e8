package appear

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// Without watches, as when other programs of the user have them all, files are looked at: what comes, changes or
// goes is a change then. When there are watches again, they are used.
func TestWithoutWatches(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "bus")
	file := filepath.Join(directory, "socket")
	synctest.Test(t, func(t *testing.T) {
		full := error(unix.ENOSPC)
		w := watch(nil, func(string) error { return full }, []Place{{Directory: directory, Names: "socket"}})
		defer w.Close()
		if !errors.Is(w.Err(), unix.ENOSPC) {
			t.Errorf("it says %v", w.Err())
		}
		steps := []struct {
			what   string
			change func() error
		}{
			{"comes", func() error { return errors.Join(os.Mkdir(directory, 0o700), os.WriteFile(file, nil, 0o600)) }},
			{"changes", func() error { return os.WriteFile(file, []byte("x"), 0o600) }},
			{"goes", func() error { return os.Remove(file) }},
		}
		for _, step := range steps {
			if err := step.change(); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if err := w.Next(t.Context()); err != nil || time.Since(began) > lookTime {
				t.Errorf("it %s: %v after %v", step.what, err, time.Since(began))
			}
			idle, stop := context.WithTimeout(t.Context(), time.Hour)
			if err := w.Next(idle); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("it %s once, and again: %v", step.what, err)
			}
			stop()
		}
		full = nil
		idle, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		if err := w.Next(idle); !errors.Is(err, context.DeadlineExceeded) || w.Err() != nil {
			t.Errorf("with watches again: %v, %v", err, w.Err())
		}
	})
}
