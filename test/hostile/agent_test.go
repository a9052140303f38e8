package hostile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/test/netns"
)

// patience is for what is fast on an idle machine.
const patience = 30 * time.Second

// agent is a running `helper run`.
type agent struct {
	t       *testing.T
	cmd     *exec.Cmd
	home    string
	log     string
	env     []string
	address string // of the bus
	bus     *dbus.Conn
	done    chan struct{} // closed when it ended
}

// packs is the directory of packs that the agent watches.
func (a *agent) packs() string { return filepath.Join(a.home, "packs") }

// newAgent makes a home with a configuration and a bus. It starts nothing else.
func newAgent(t *testing.T, authority string) *agent {
	t.Helper()
	a := &agent{t: t, home: t.TempDir(), done: make(chan struct{})}
	a.log = filepath.Join(a.home, "log")
	trusted := filepath.Join(a.home, "authority.pem")
	config := filepath.Join(a.home, "helper.toml")
	if err := errors.Join(
		os.Mkdir(a.packs(), 0o755),
		os.WriteFile(trusted, []byte(authority), 0o644),
		os.WriteFile(config, []byte("interfaces = [\""+ifname+"\"]\npacks = [\"packs\"]\n"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	address := bustest.New(t, os.Getenv("HELPER_REQUIRE"))
	a.env = []string{
		"HOME=" + a.home, "XDG_STATE_HOME=" + filepath.Join(a.home, "state"), "PATH=" + os.Getenv("PATH"),
		"SSL_CERT_FILE=" + trusted, "SSL_CERT_DIR=" + filepath.Join(a.home, "none"),
		"DBUS_SESSION_BUS_ADDRESS=" + address, "DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + filepath.Join(a.home, "no-system-bus"),
	}
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	a.bus, a.address = conn, address
	return a
}

// helper runs a command to its end.
func (a *agent) helper(args ...string) {
	a.t.Helper()
	cmd := exec.Command(program, append(args, "--config", filepath.Join(a.home, "helper.toml"))...)
	cmd.Env = a.env
	if output, err := cmd.CombinedOutput(); err != nil {
		a.t.Fatalf("helper %q: %v\n%s", args, err, output)
	}
}

// start runs the agent in the namespace until the test ends, and waits until it answers.
func (a *agent) start(n *netns.Namespace) {
	a.t.Helper()
	log, err := os.Create(a.log)
	if err != nil {
		a.t.Fatal(err)
	}
	defer log.Close()
	a.cmd = exec.Command(program, "run", "--config", filepath.Join(a.home, "helper.toml"))
	a.cmd.Env, a.cmd.Stdout, a.cmd.Stderr = a.env, log, log
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	n.Do(a.cmd.Start)
	go func() {
		_ = a.cmd.Wait() // cmd.ProcessState has the result
		close(a.done)
	}()
	a.t.Cleanup(func() {
		_ = a.cmd.Process.Kill()
		<-a.done
	})
	a.eventually("answers", func() bool { return a.call("GetStatus") == nil })
}

// call calls a method of the agent.
func (a *agent) call(method string, args ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return a.bus.Object(bus.Name, bus.Path).CallWithContext(ctx, bus.Interface+"."+method, dbus.FlagNoAutoStart, args...).Err
}

// logs reports whether the log has a text.
func (a *agent) logs(text string) bool {
	data, err := os.ReadFile(a.log)
	return err == nil && strings.Contains(string(data), text)
}

// tail is the end of the log.
func (a *agent) tail() []byte {
	data, _ := os.ReadFile(a.log)
	return data[max(0, len(data)-5000):]
}

// eventually waits until something holds.
func (a *agent) eventually(what string, holds func() bool) {
	a.t.Helper()
	for begin := time.Now(); !holds(); time.Sleep(50 * time.Millisecond) {
		if a.memory("VmRSS") == 0 || time.Since(begin) > patience {
			a.t.Fatalf("the agent never %s; its log:\n%s", what, a.tail())
		}
	}
}

// memory returns a value of the process in bytes, such as VmHWM, the largest size so far; 0: it has ended.
func (a *agent) memory(key string) int64 {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), key+":"); found {
			kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}

// stop ends the agent as a service manager does, and returns how long that took.
func (a *agent) stop() time.Duration {
	a.t.Helper()
	begin := time.Now()
	_ = a.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-a.done:
	case <-time.After(patience):
		a.t.Fatal("the agent did not end")
	}
	if code := a.cmd.ProcessState.ExitCode(); code != 0 {
		a.t.Errorf("the agent ended with %v; its log:\n%s", a.cmd.ProcessState, a.tail())
	}
	return time.Since(begin)
}
