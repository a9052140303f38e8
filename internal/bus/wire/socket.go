package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/appear"
	"hotspot-helper/internal/wait"
)

// WaitForSocket waits before the next attempt to connect: for a delay, or until a socket of the
// bus is made and the bus listens at it. If there is no socket, it waits for that alone, without a timer where
// inotify works. It reports whether a bus listens that did not at the last attempt, which ended with an error: then
// the failures before say nothing.
func WaitForSocket(ctx context.Context, addresses string, delay time.Duration, failure error) (isNew bool, err error) {
	var places []appear.Place
	exists := false
	for address := range strings.SplitSeq(addresses, ";") {
		socket, err := Socket(address)
		if err != nil || !filepath.IsAbs(socket) {
			exists = true // nothing to wait for
			continue
		}
		places = append(places, appear.Place{Directory: filepath.Dir(socket), Names: filepath.Base(socket)})
	}
	w := appear.New(places...)
	defer w.Close()
	waiting := ctx
	if exists || w.Exists() {
		if _, absent := errors.AsType[*NoListenerError](failure); absent { // it may be between making its socket and listening
			if isNew, err := waitForListener(ctx, addresses); isNew || err != nil {
				return isNew, err
			}
		}
		limited, stop := context.WithTimeout(ctx, delay)
		defer stop()
		waiting = limited
	}
	for w.Next(waiting) == nil {
		if w.Exists() { // else the old one was removed
			_, err := waitForListener(ctx, addresses)
			return true, err
		}
	}
	return false, context.Cause(ctx)
}

// listenTime bounds the wait for a bus that made its socket, and does not listen yet.
const listenTime = 5 * time.Second

// waitForListener waits until somebody listens, and reports whether somebody does. A socket is made first, and
// until then refuses connections.
func waitForListener(ctx context.Context, addresses string) (listens bool, err error) {
	ending := time.Now().Add(listenTime)
	polls := wait.Backoff{First: time.Millisecond, Last: 100 * time.Millisecond}
	for failed := 0; time.Now().Before(ending); failed++ {
		conn, err := dialUnix(ctx, addresses)
		if err == nil {
			return true, conn.Close()
		}
		if err := wait.For(ctx, polls.After(failed)); err != nil {
			return false, err
		}
	}
	return false, context.Cause(ctx)
}

// NoListenerError says that nothing listens at an address. It wraps what each attempt said.
type NoListenerError struct{ Err error }

func (e *NoListenerError) Error() string { return e.Err.Error() }

// Unwrap returns what the attempts said.
func (e *NoListenerError) Unwrap() error { return e.Err }

// dialUnix connects to the first of several addresses.
func dialUnix(ctx context.Context, addresses string) (net.Conn, error) {
	var errs []error
	for address := range strings.SplitSeq(addresses, ";") {
		path, err := Socket(address)
		if err != nil {
			errs = append(errs, fmt.Errorf("address %q: %w", address, err))
			continue
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, &NoListenerError{errors.Join(errs...)}
}

// Socket returns the Unix socket of one address as [net.Dial] wants it.
func Socket(address string) (string, error) {
	keys, isUnix := strings.CutPrefix(address, "unix:")
	if !isUnix {
		return "", errors.New("only Unix sockets are connected to")
	}
	for pair := range strings.SplitSeq(keys, ",") {
		key, escaped, _ := strings.Cut(pair, "=")
		value, err := dbus.UnescapeBusAddressValue(escaped)
		switch {
		case err != nil:
			return "", err
		case key == "path":
			return value, nil
		case key == "abstract":
			return "@" + value, nil
		}
	}
	return "", errors.New("it names no socket")
}
