package tunnel

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/ondemand"
)

// script writes an executable script.
func script(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	filetest.WriteProgram(t, path, []byte("#!/bin/sh\n"+body+"\n"))
	return path
}

// switchable is a tunnel of scripts: it is up while a file exists.
func switchable(t *testing.T) (tunnel ondemand.Tunnel, flag string) {
	t.Helper()
	dir := t.TempDir()
	flag = filepath.Join(dir, "is-up")
	return ondemand.Tunnel{
		Up:   []string{script(t, dir, "up", `echo up >>"$1.log"; : >"$1"`), flag},
		Down: []string{script(t, dir, "down", `echo down >>"$1.log"; rm "$1"`), flag},
		IsUp: []string{script(t, dir, "check", `test -e "$1"`), flag},
	}, flag
}

func TestCommands(t *testing.T) {
	t.Parallel()
	tunnel, _ := switchable(t)
	c := commands{tunnel, environment(func(string) string { return "" })}
	for _, want := range []bool{false, true, false} {
		if _, isUp, err := c.state(t.Context()); err != nil || isUp != want {
			t.Fatalf("up %t, %v; want %t", isUp, err, want)
		}
		var err error
		if want {
			err = c.stop(t.Context())
		} else {
			_, err = c.start(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// No shell reads the arguments, and the environment of the agent stays with it.
func TestCommandGetsArgumentsAndLittleElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seen := filepath.Join(dir, "seen")
	show := script(t, dir, "show", `for a; do printf '%s\n' "$a"; done >"`+seen+`"; env | sort >>"`+seen+`"; pwd >>"`+seen+`"; cat >>"`+seen+`"`)
	secrets := map[string]string{"HOME": "/home/ada", "XDG_RUNTIME_DIR": "/run/user/1", "SECRET": "x", "CREDENTIALS_DIRECTORY": "/c", "LD_PRELOAD": "evil.so", "PATH": "/evil"}
	c := commands{env: environment(func(name string) string { return secrets[name] })}
	if err := c.run(t.Context(), []string{show, "$HOME; `id`", "two words"}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "SHLVL=0\n", "")
	text = strings.ReplaceAll(text, "_=/usr/bin/env\n", "")
	text = strings.ReplaceAll(text, "PWD=/\n", "")
	want := "$HOME; `id`\ntwo words\nHOME=/home/ada\nLC_ALL=C\nPATH=" + programPath + "\nXDG_RUNTIME_DIR=/run/user/1\n/\n"
	if text != want {
		t.Errorf("seen:\n%s\nwant:\n%s", text, want)
	}
}

func TestCommandFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, test := range []struct {
		name  string
		argv  []string
		limit time.Duration
		want  string
	}{
		{name: "exit code, with its output as one line", argv: []string{script(t, dir, "refuse", `echo "not"; printf 'allowed\033[1m\n' >&2; exit 3`)}, want: "run refuse: exit status 3: not; allowed; [1m"},
		{name: "much output", argv: []string{script(t, dir, "talk", `yes word | head -c 5000000; exit 1`)}, want: "run talk: exit status 1: "},
		{name: "no end", argv: []string{script(t, dir, "hang", `sleep 300 & echo begun; sleep 300`)}, limit: 500 * time.Millisecond, want: "begun"},
		{name: "no such program", argv: []string{"no-such-program-here"}, want: "it is not in " + programPath},
		{name: "no such file", argv: []string{filepath.Join(dir, "none")}, want: "no such file"},
		{name: "no command", want: "no command"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx := t.Context()
			if test.limit > 0 {
				limited, stop := context.WithTimeout(ctx, test.limit)
				defer stop()
				ctx = limited
			}
			began := time.Now()
			err := commands{env: environment(os.Getenv)}.run(ctx, test.argv)
			if err == nil || !strings.Contains(err.Error(), test.want) || len(err.Error()) > 2*maxOutput {
				t.Errorf("%v, want %q", err, test.want)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	// What a command that ends well leaves behind is not waited for.
	began := time.Now()
	if err := (commands{env: environment(os.Getenv)}).run(t.Context(), []string{script(t, dir, "leave", `sleep 3 & exit 0`)}); err != nil || time.Since(began) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	// A check that cannot run says nothing.
	if _, _, err := (commands{Tunnel: ondemand.Tunnel{IsUp: []string{"no-such-program-here"}}}).state(t.Context()); err == nil {
		t.Error("a check that is missing says that the tunnel is down")
	}
}

// A command that is stopped because the agent ends says so, and no time that it did not take.
func TestStoppedCommandSaysWhy(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errors.New("the agent ends"))
	err := (commands{env: environment(os.Getenv)}).run(ctx, []string{script(t, t.TempDir(), "hang", "sleep 300")})
	if err == nil || err.Error() != "run hang: stopped: the agent ends" {
		t.Error(err)
	}
}

// What a command started is killed with it.
func TestCommandIsKilledWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "pid")
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	if err := (commands{env: environment(os.Getenv)}).run(ctx, []string{script(t, dir, "hang", `sleep 300 & echo $! >"`+file+`"; wait`)}); err == nil {
		t.Error("it ended well")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	process, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	} else if err != nil {
		t.Skipf("watch process %d: %v", pid, err)
	}
	defer unix.Close(process)
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}, 5000); n != 1 {
		t.Errorf("process %d outlives its command: %v", pid, err)
	}
}
