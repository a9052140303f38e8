package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is the limit for steps that are fast on an idle machine and slow on a busy one: openNDS starts dozens of
// processes for every page.
const patience = time.Minute

// proc is one long-running process of a lab. It is killed by its pid, with the lab or with the test binary.
type proc struct {
	t    testing.TB
	name string
	log  string // the file with its output
	cmd  *exec.Cmd
	done chan struct{} // closed once the process was reaped; cmd.ProcessState is set then
}

// start runs argv in the background. The output of all processes of one name goes to one file, shown if the test fails.
func (l *lab) start(name string, attr *syscall.SysProcAttr, env []string, argv ...string) *proc {
	l.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "LC_ALL=C")
	cmd.WaitDelay = 5 * time.Second
	if attr == nil {
		attr = &syscall.SysProcAttr{}
	}
	attr.Pdeathsig = syscall.SIGKILL
	cmd.SysProcAttr = attr

	p := &proc{t: l.t, name: name, log: filepath.Join(l.dir, name+".log"), cmd: cmd, done: make(chan struct{})}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		l.t.Fatalf("open log: %v", err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		cancel()
		l.t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		_ = cmd.Wait() // cmd.ProcessState has the result
		close(p.done)
	}()
	l.t.Cleanup(func() {
		cancel()
		<-p.done
	})
	return p
}

// signal sends sig and reports how long the process took to end, failing the test if that is longer than limit.
func (p *proc) signal(sig syscall.Signal, limit time.Duration) time.Duration {
	p.t.Helper()
	begin := time.Now()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatalf("signal %s: %v", p.name, err)
	}
	select {
	case <-p.done:
	case <-time.After(limit):
		p.t.Fatalf("%s did not end within %v of %v", p.name, limit, sig)
	}
	return time.Since(begin)
}

// ended reports whether the process is over.
func (p *proc) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// tail is the end of a file.
func tail(file string, lines int) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// result is the output and exit code of a command.
type result struct {
	code           int
	stdout, stderr string
}

// exec runs argv to its end, at most limit long; a time-out has code -1.
func (l *lab) exec(limit time.Duration, env []string, argv ...string) result {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "LC_ALL=C")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	r := result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	if err != nil && cmd.ProcessState == nil {
		r.code, r.stderr = -1, err.Error()
	}
	return r
}

// must runs argv, which must succeed, and returns its output.
func (l *lab) must(argv ...string) string {
	l.t.Helper()
	r := l.exec(patience, nil, argv...)
	if r.code != 0 {
		l.t.Fatalf("run %q: exit %d\n%s%s", argv, r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// eventually polls until check holds, and fails the test with check's last message after limit.
func eventually(t testing.TB, limit time.Duration, what string, check func() (bool, string)) time.Duration {
	t.Helper()
	begin := time.Now()
	for {
		ok, got := check()
		if ok {
			return time.Since(begin)
		}
		if time.Since(begin) > limit {
			t.Fatalf("%s: not within %v; last seen: %s", what, limit, got)
		}
		pause(t, 250*time.Millisecond)
	}
}

// always polls for the whole time, and fails the test as soon as check does not hold.
func always(t testing.TB, span time.Duration, what string, check func() (bool, string)) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < span; pause(t, time.Second) {
		if ok, got := check(); !ok {
			t.Fatalf("%s: no longer after %v; seen: %s", what, time.Since(begin).Round(time.Millisecond), got)
		}
	}
}

// pause waits between two polls.
func pause(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
		t.Fatal("test over while waiting")
	case <-time.After(d):
	}
}
