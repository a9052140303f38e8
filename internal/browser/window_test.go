package browser

import (
	"bufio"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/file"
)

// within bounds what takes no time.
const within = 20 * time.Second

// launchScript starts a script in a browser's place. It says what it is started with in the files args and env of the desk.
func launchScript(t *testing.T, ctx context.Context, d *desk, body string, change func(*Options)) *Window {
	t.Helper()
	d.env["HTTP_PROXY"], d.env["SECRET"], d.env["LANG"] = "http://other:1", "x", "C"
	script := d.write("bin/chromium", "#!/bin/sh\nPATH=/usr/bin:/bin\nprintf '%s\\n' \"$@\" >'"+d.dir+"/args'\nenv >'"+d.dir+"/env'\n"+body, 0o700)
	o := Options{
		Browser: Browser{Name: "chromium", Program: script, Family: Chromium}, URL: "http://check.test/?a=1&b=2",
		Proxy: netip.MustParseAddrPort("127.0.0.1:4711"), Getenv: d.getenv,
	}
	if change != nil {
		change(&o)
	}
	w, err := Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func profiles(t *testing.T, d *desk) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(d.dir, "run", "hotspot-helper", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func lines(t *testing.T, d *desk, name string) []string {
	t.Helper()
	text, err := file.Read(filepath.Join(d.dir, name), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func ends(t *testing.T, w *Window) {
	t.Helper()
	select {
	case <-w.Ended():
	case <-time.After(within):
		t.Fatal("the window does not end")
	}
}

// A browser gets its own profile and the proxy, and of the environment only the session.
func TestStart(t *testing.T) {
	d := newDesk(t)
	w := launchScript(t, t.Context(), d, "for a; do case $a in --user-data-dir=*) ls -ld \"${a#*=}\" >'"+d.dir+"/profile'; esac; done", nil)
	ends(t, w)
	args := lines(t, d, "args")
	for _, want := range []string{"--proxy-server=http://127.0.0.1:4711", "--proxy-bypass-list=<-loopback>", "--app=http://check.test/?a=1&b=2"} {
		if !slices.Contains(args, want) {
			t.Errorf("no %s in %q", want, args)
		}
	}
	if slices.Contains(args, "--remote-debugging-pipe") || slices.Contains(args, "--no-sandbox") != (os.Geteuid() == 0) {
		t.Errorf("arguments %q", args)
	}
	if got := lines(t, d, "profile")[0]; !strings.HasPrefix(got, "drwx------") {
		t.Errorf("profile %s", got)
	}
	for _, line := range lines(t, d, "env") {
		if name, _, _ := strings.Cut(line, "="); name == "HTTP_PROXY" || name == "SECRET" {
			t.Errorf("the browser gets %s", line)
		}
	}
	if left := profiles(t, d); len(left) > 0 {
		t.Errorf("profiles %q are left", left)
	}
}

// Closing ends all processes of the browser, also those that do not listen, and removes what they wrote.
func TestClose(t *testing.T) {
	d := newDesk(t)
	fifo := filepath.Join(d.dir, "pids")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	w := launchScript(t, t.Context(), d, `trap '' TERM; (trap '' TERM; while :; do sleep 1000; done) & echo $! >'`+fifo+`'; while :; do sleep 1000; done`, nil)
	said, err := os.OpenFile(fifo, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	line, _ := bufio.NewReader(said).ReadString('\n')
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	process, err := unix.PidfdOpen(child, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(process)
	if left := profiles(t, d); len(left) != 1 {
		t.Errorf("profiles %q", left)
	}
	if err := w.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	ends(t, w)
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}, int(within.Milliseconds())); n != 1 {
		t.Errorf("a process outlives the window: %v", err)
	}
	if left := profiles(t, d); len(left) > 0 {
		t.Errorf("profiles %q are left", left)
	}
	if err := w.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
}

func TestContextEnds(t *testing.T) {
	d := newDesk(t)
	ctx, stop := context.WithCancel(t.Context())
	w := launchScript(t, ctx, d, "exec sleep 1000", nil)
	stop()
	ends(t, w)
}

func TestPipe(t *testing.T) {
	d := newDesk(t)
	w := launchScript(t, t.Context(), d, "cat <&3 >&4", func(o *Options) { o.Pipe = true })
	if _, err := w.Pipe.Write([]byte("{}\x00")); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(w.Pipe).ReadString(0); err != nil || got != "{}\x00" {
		t.Errorf("%q, %v", got, err)
	}
	if !slices.Contains(lines(t, d, "args"), "--remote-debugging-pipe") {
		t.Error("the browser is not told of the pipe")
	}
	if err := w.Pipe.Close(); err != nil {
		t.Error(err)
	}
	ends(t, w)
}

func TestStartFails(t *testing.T) {
	d := newDesk(t)
	for _, program := range []string{filepath.Join(d.dir, "none"), d.dir} {
		_, err := Start(t.Context(), Options{Browser: Browser{Name: "chromium", Program: program, Family: Chromium}, Getenv: d.getenv, Pipe: true})
		if err == nil || !strings.HasPrefix(err.Error(), "start chromium: ") {
			t.Errorf("%s: %v", program, err)
		}
	}
	if left := profiles(t, d); len(left) > 0 {
		t.Errorf("profiles %q are left", left)
	}
}

// What a crash left is removed, what is in use is not, and neither is anything else.
func TestAbandoned(t *testing.T) {
	d := newDesk(t)
	dir := filepath.Join(d.dir, "run", "hotspot-helper")
	used, err := newProfile(dir)
	if err != nil {
		t.Fatal(err)
	}
	d.write("run/hotspot-helper/window-crashed/Default/Cookies", "x", 0o600)
	d.write("run/hotspot-helper/other/file", "x", 0o600)
	d.write("precious/file", "x", 0o600)
	if err := os.Symlink(filepath.Join(d.dir, "precious"), filepath.Join(dir, "window-link")); err != nil {
		t.Fatal(err)
	}
	second, err := newProfile(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{used.path, second.path, filepath.Join(dir, "other"), filepath.Join(dir, "window-link")}
	got := profiles(t, d)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(d.dir, "precious", "file")); err != nil {
		t.Error(err)
	}
	if err := errors.Join(used.remove(), second.remove()); err != nil {
		t.Error(err)
	}
}

// Nobody else may have made the directory of the profiles, or be able to look into it.
func TestPrivate(t *testing.T) {
	d := newDesk(t)
	for name, spoil := range map[string]func(dir string) error{
		"open to others": func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o755)) },
		"a link":         func(dir string) error { return os.Symlink(d.dir, dir) },
		"another user's": func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, 65534, -1)) },
	} {
		dir := filepath.Join(d.dir, name)
		if err := spoil(dir); err != nil {
			if os.Geteuid() != 0 && errors.Is(err, os.ErrPermission) {
				continue
			}
			t.Fatal(err)
		}
		if p, err := newProfile(dir); err == nil {
			t.Errorf("%s: a profile is made at %s", name, p.path)
		}
	}
}

// Somebody else who takes the name below /tmp does not keep a window from opening.
func TestNameIsTaken(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	options := Options{Getenv: func(string) string { return "" }}
	taken := profileDir(options)
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := newProfile(profileDir(options))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.remove(); err != nil || profileDir(options) == taken {
		t.Errorf("%s, %v", profileDir(options), err)
	}
}

func TestFirefoxPreferences(t *testing.T) {
	text := firefoxPreferences(netip.MustParseAddrPort("127.0.0.1:4711"))
	for _, want := range []string{
		`user_pref("network.proxy.type", 1);`, `user_pref("network.proxy.ssl", "127.0.0.1");`, `user_pref("network.proxy.ssl_port", 4711);`,
		`user_pref("network.trr.mode", 5);`, `user_pref("dom.security.https_only_mode", false);`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
}

func TestHasDisplay(t *testing.T) {
	for name, want := range map[string]bool{"DISPLAY": true, "WAYLAND_DISPLAY": true, "TERM": false} {
		if HasDisplay(func(asked string) string { return map[string]string{name: ":0"}[asked] }) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}
