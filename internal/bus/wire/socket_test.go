package wire

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A socket refuses connections between its making and the first listening. A bus that makes its socket is taken
// when it listens, whether the attempt before was before the socket or after it.
func TestABusMakesItsSocket(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"the wait begins without a socket": false, "it begins with the socket": true} {
		path := filepath.Join(t.TempDir(), "bus")
		address := "unix:path=" + path
		socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(socket)
		bind := func() {
			if err := unix.Bind(socket, &unix.SockaddrUnix{Name: path}); err != nil {
				t.Error(err)
			}
		}
		if before {
			bind()
		}
		_, failure := Dial(t.Context(), address, Options{Message: maxMessage})
		type result struct {
			isNew bool
			err   error
		}
		waited := make(chan result, 1)
		go func() {
			isNew, err := WaitForSocket(t.Context(), address, time.Hour, failure)
			waited <- result{isNew, err}
		}()
		if !before {
			bind()
		}
		select {
		case got := <-waited:
			t.Errorf("%s: waited for no listener: %+v", name, got)
		case <-time.After(50 * time.Millisecond):
		}
		if err := unix.Listen(socket, 1); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-waited:
			if !got.isNew || got.err != nil {
				t.Errorf("%s: %+v", name, got)
			}
		case <-time.After(listenTime):
			t.Errorf("%s: the listening socket is not noticed", name)
		}
	}
}

// A bus that listens all the time, and failed for another reason, is not tried again before the delay. A socket
// that is left behind is none.
func TestAnOldSocketIsNoNews(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if isNew, err := WaitForSocket(t.Context(), "unix:path="+path, 20*time.Millisecond, fs.ErrPermission); isNew || err != nil || time.Since(began) < 20*time.Millisecond {
		t.Errorf("%t, %v after %v", isNew, err, time.Since(began))
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	listener.Close()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	_, failure := Dial(t.Context(), "unix:path="+path, Options{Message: maxMessage})
	if isNew, err := WaitForSocket(ctx, "unix:path="+path, time.Hour, failure); isNew || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("left behind: %t, %v", isNew, err)
	}
}
