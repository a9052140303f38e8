package tunnel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"hotspot-helper/ondemand"
)

const (
	// commandTime bounds a command.
	commandTime = 30 * time.Second
	// outputTime is how long what a command left behind may keep its output open.
	outputTime = time.Second
	// maxOutput is how many bytes of a command's output are kept.
	maxOutput = 1 << 10

	// programPath is where programs are looked for.
	programPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// commands is a tunnel of commands.
type commands struct {
	ondemand.Tunnel

	env []string
}

// environment is all that commands get to know of that of the agent.
func environment(getenv func(string) string) []string {
	env := []string{"PATH=" + programPath, "LC_ALL=C"}
	for _, name := range []string{"HOME", "XDG_RUNTIME_DIR"} {
		if value := getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// state runs the command that tells whether the tunnel is up. What ends by a signal, or cannot be
// started, tells nothing.
func (c commands) state(ctx context.Context) (instance string, isUp bool, err error) {
	err = c.run(ctx, c.IsUp)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		return "", false, nil
	}
	return "", err == nil, err
}

func (c commands) start(ctx context.Context) (instance string, err error) {
	return "", c.run(ctx, c.Up)
}

func (c commands) stop(ctx context.Context) error { return c.run(ctx, c.Down) }

// errTooLong is why a command is stopped that does not end.
var errTooLong = fmt.Errorf("it did not end within %v", commandTime)

// run runs a command without a shell, in its own group of processes, which is killed when the time is
// over. The error has the end of its output.
func (c commands) run(ctx context.Context, argv []string) error {
	if len(argv) == 0 {
		return errors.New("there is no command for this")
	}
	program, err := find(argv[0])
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeoutCause(ctx, commandTime, errTooLong)
	defer stop()
	var output tail
	cmd := exec.CommandContext(ctx, program, argv[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = c.env, "/", &output, &output, outputTime
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err = cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it ended well, and left something running
	}
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = fmt.Errorf("stopped: %w", cause)
	}
	name := filepath.Base(argv[0])
	if text := output.String(); text != "" {
		return fmt.Errorf("run %s: %w: %s", name, err, text)
	}
	return fmt.Errorf("run %s: %w", name, err)
}

// find returns the path of a program. A name without a slash is looked for in the usual directories,
// never in those of the user's environment.
func find(name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	for dir := range strings.SplitSeq(programPath, ":") {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", fmt.Errorf("find program %s: it is not in %s", name, programPath)
}

// tail keeps the last bytes that are written to it. What a command left behind may write to it later.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[max(0, len(p)-maxOutput):]...)
	t.kept = t.kept[max(0, len(t.kept)-maxOutput):]
	return len(p), nil
}

// String returns what is kept as one line of text.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(string(t.kept), "\ufffd"), func(r rune) bool { return r < ' ' || r == 0x7f }), "; ")
}
