// Package browser opens a window of an installed browser that knows nothing of the user: with a
// profile of its own that is thrown away, and one proxy for all that it sends.
package browser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Options say what a window is.
type Options struct {
	Browser Browser
	URL     string         // to open
	Proxy   netip.AddrPort // HTTP proxy for everything, on the loopback interface
	Getenv  func(string) string
	// Pipe opens the pipe of the Chrome DevTools Protocol: see [Window]. It is for [Chromium] only. The window is empty then,
	// so that what is at this end of the pipe can open the URL and misses nothing.
	Pipe bool
	// Output gets what the browser prints; nil discards it. It may have URLs with secrets.
	Output io.Writer
}

const (
	// closeTime is how long a browser may take to end itself.
	closeTime = 3 * time.Second
	// outputTime is how long what a browser leaves behind may keep its output open.
	outputTime = time.Second
)

// Window is a browser that runs. It ends with this process, at the latest.
type Window struct {
	// Pipe is the conversation with a browser that was started with [Options.Pipe]: messages of JSON, each followed by a
	// NUL. It is nil without that option. It is closed with the window.
	Pipe io.ReadWriteCloser

	cmd     *exec.Cmd
	profile *profile
	ended   chan struct{} // closed when nothing of it is left
	err     error         // then: how it ended
	close   sync.Once
}

// Start opens a window. It stays until the person closes it, [Window.Close] is called, or the context ends.
func Start(ctx context.Context, o Options) (*Window, error) {
	profile, err := newProfile(profileDir(o))
	if err != nil {
		return nil, err
	}
	w := &Window{profile: profile, ended: make(chan struct{})}
	if err := w.start(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", o.Browser.Name, err), profile.remove())
	}
	return w, nil
}

// profileDir is where profiles are. A snap sees no hidden directory and no other /run. In a directory that everybody may write
// to, somebody else may have taken the name: then another one is used, in which nobody looks for what a crash left behind.
func profileDir(o Options) string {
	const own = "hotspot-helper"
	if o.Browser.snap != "" {
		return filepath.Join(o.Getenv("HOME"), "snap", o.Browser.snap, "common", own)
	}
	if dir := o.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, own)
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("%s-%d", own, os.Geteuid()))
	if err := checkPrivate(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("%s-%x", dir, rand.Uint64())
	}
	return dir
}

func (w *Window) start(ctx context.Context, o Options) error {
	plan := launchOf(o, w.profile.path)
	for name, text := range plan.files {
		if err := w.profile.write(name, text); err != nil {
			return err
		}
	}
	w.cmd = exec.Command(o.Browser.Program, plan.args...)
	w.cmd.Env, w.cmd.Stdout, w.cmd.Stderr, w.cmd.WaitDelay = environment(o), o.Output, o.Output, outputTime
	// Its own group of processes is ended as a whole, and no key of the terminal reaches it.
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if o.Pipe {
		theirs, err := w.openPipe()
		if err != nil {
			return err
		}
		defer closeAll(theirs)
		w.cmd.ExtraFiles = theirs // from 3 on, as the option wants it
	}
	started := make(chan error, 1)
	go w.run(started)
	if err := <-started; err != nil {
		return errors.Join(err, w.closePipe())
	}
	stop := context.AfterFunc(ctx, func() { _ = w.Close() })
	go func() { <-w.ended; stop() }()
	return nil
}

// run starts the browser and waits for its end. The kernel sends Pdeathsig when the thread ends that started a process, so
// this one stays.
func (w *Window) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := w.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	defer close(w.ended)
	pid := w.cmd.Process.Pid
	for {
		// It is not reaped yet, so that the number of its group belongs to nobody else.
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	_ = unix.Kill(-pid, unix.SIGKILL)
	w.err = w.cmd.Wait()
	_ = w.closePipe()
	w.err = errors.Join(w.err, w.profile.remove())
}

// Ended is closed when the window is, and its profile is removed.
func (w *Window) Ended() <-chan struct{} { return w.ended }

// Close ends the browser and all processes of its group, within a few seconds, and removes the profile.
func (w *Window) Close() error {
	w.close.Do(func() {
		select {
		case <-w.ended:
			return
		default:
		}
		_ = w.cmd.Process.Signal(syscall.SIGTERM) // errs if it has ended
		select {
		case <-w.ended:
		case <-time.After(closeTime):
			_ = w.cmd.Process.Kill()
		}
	})
	<-w.ended
	return w.profileErr()
}

// profileErr is what of the profile could not be removed: a browser that is told to end may end as it likes.
func (w *Window) profileErr() error {
	if _, isExit := errors.AsType[*exec.ExitError](w.err); isExit {
		return nil
	}
	return w.err
}

// environment is what a browser gets to know of this process: its session, and not what may lead it around the proxy.
func environment(o Options) []string {
	var env []string
	names := []string{
		"HOME", "USER", "LOGNAME", "PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ",
		"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "XDG_SESSION_DESKTOP",
		"XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID",
		"DBUS_SESSION_BUS_ADDRESS", "GTK_IM_MODULE", "QT_IM_MODULE", "XMODIFIERS", "GDK_SCALE", "GDK_DPI_SCALE", "GTK_THEME", "XCURSOR_SIZE", "XCURSOR_THEME",
	}
	for _, name := range names {
		if value := o.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	if o.Browser.Family == Epiphany {
		for _, name := range []string{"http_proxy", "https_proxy"} {
			env = append(env, name+"=http://"+o.Proxy.String())
		}
	}
	return env
}

// HasDisplay reports whether there is a screen for a window.
func HasDisplay(getenv func(string) string) bool {
	return slices.ContainsFunc([]string{"WAYLAND_DISPLAY", "DISPLAY"}, func(name string) bool { return strings.TrimSpace(getenv(name)) != "" })
}
