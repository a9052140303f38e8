package window

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds what is fast on an idle machine and slow on a busy one.
const patience = time.Minute

// screen is an X server without a monitor, and the person in front of it.
type screen struct {
	t       testing.TB
	display string
}

func newScreen(t testing.TB) *screen {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "900x700x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	err = cmd.Start()
	write.Close()
	if err != nil {
		stop()
		t.Fatal(err)
	}
	s := &screen{t: t}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
	})
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("start Xvfb: %v", err)
	}
	s.display = ":" + strings.TrimSpace(number)
	return s
}

func (s *screen) run(name string, args ...string) (string, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = []string{"DISPLAY=" + s.display, "PATH=" + os.Getenv("PATH"), "HOME=/"}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// focus waits for a window that shows a page, and turns the keyboard to it.
func (s *screen) focus(nw *network) {
	s.t.Helper()
	s.t.Cleanup(func() { // before the window is closed
		if s.t.Failed() {
			s.shoot(s.t.Name() + "-failed")
		}
	})
	eventually(s.t, "a window with a page", func() (bool, string) {
		if !nw.shown() {
			return false, "no browser has loaded a page"
		}
		id, err := s.run("xdotool", "search", "--onlyvisible", "--name", ".")
		if err != nil || id == "" {
			return false, id
		}
		id, _, _ = strings.Cut(id, "\n")
		out, err := s.run("xdotool", "windowfocus", "--sync", id)
		return err == nil, out
	})
}

// press types keys, with pauses as a person makes them.
func (s *screen) press(keys ...string) {
	s.t.Helper()
	if out, err := s.run("xdotool", append([]string{"key", "--delay", "100"}, keys...)...); err != nil {
		s.t.Fatalf("press %q: %v: %s", keys, err, out)
	}
}

func (s *screen) write(text string) {
	s.t.Helper()
	if out, err := s.run("xdotool", "type", "--delay", "30", text); err != nil {
		s.t.Fatalf("type %q: %v: %s", text, err, out)
	}
}

// shoot keeps a picture of the screen.
func (s *screen) shoot(name string) {
	s.t.Helper()
	if *shots == "" {
		return
	}
	const empty = 5000 // bytes of a picture with nothing on it, at most
	to := filepath.Join(*shots, name+".png")
	for begin := time.Now(); time.Since(begin) < 5*time.Second; {
		if out, err := s.run("sh", "-c", `xwd -root -silent | xwdtopnm 2>/dev/null | pnmtopng 2>/dev/null >"$1"`, "sh", to); err != nil {
			s.t.Errorf("take a screenshot: %v: %s", err, out)
			return
		}
		if info, err := os.Stat(to); err == nil && info.Size() > empty {
			return
		}
	}
}

// command is a helper that runs in the client's namespace.
type command struct {
	t    testing.TB
	cmd  *exec.Cmd
	done chan struct{}

	mu  sync.Mutex
	out strings.Builder
}

// Write adds to the output.
func (c *command) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

func (c *command) output() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.String()
}

// start runs the helper. The environment has a home and a runtime directory, and what is given.
func (nw *network) start(t testing.TB, home string, env []string, args ...string) *command {
	t.Helper()
	return nw.startCommand(t, home, env, nil, exec.Command(program, args...))
}

// startAtTerminal starts the helper at a terminal, where a person answers.
func (nw *network) startAtTerminal(t testing.TB, home string, env []string, answers io.Reader, args ...string) *command {
	t.Helper()
	return nw.startCommand(t, home, env, answers, exec.Command("script", "--quiet", "--return", "--command", program+" "+strings.Join(args, " "), "/dev/null"))
}

func (nw *network) startCommand(t testing.TB, home string, env []string, stdin io.Reader, cmd *exec.Cmd) *command {
	t.Helper()
	c := &command{t: t, cmd: cmd, done: make(chan struct{})}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = stdin, c, c
	c.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + filepath.Join(home, "run"), "LC_ALL=C.UTF-8", "SSL_CERT_FILE=" + nw.authorities}, env...)
	if err := os.MkdirAll(filepath.Join(home, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	nw.client.Do(c.cmd.Start)
	go func() {
		_ = c.cmd.Wait()
		close(c.done)
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.done
		if t.Failed() {
			t.Logf("%q printed:\n%s", cmd.Args, c.output())
		}
	})
	return c
}

// exit waits for the end, and returns the exit code.
func (c *command) exit() int {
	c.t.Helper()
	select {
	case <-c.done:
		return c.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		c.t.Fatalf("%q does not end", c.cmd.Args)
		return -1
	}
}

// prints waits for a part of the output.
func (c *command) prints(text string) {
	c.t.Helper()
	eventually(c.t, fmt.Sprintf("output with %q", text), func() (bool, string) {
		out := c.output()
		return strings.Contains(out, text), out
	})
}

// eventually polls until check holds, and fails the test with check's last message after a while.
func eventually(t testing.TB, what string, check func() (bool, string)) {
	t.Helper()
	for begin := time.Now(); ; {
		ok, got := check()
		if ok {
			return
		}
		if time.Since(begin) > patience {
			t.Fatalf("%s: not within %v; last seen: %s", what, patience, got)
		}
		select {
		case <-t.Context().Done():
			t.Fatal("test over while waiting")
		case <-time.After(100 * time.Millisecond):
		}
	}
}
