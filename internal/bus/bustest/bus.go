// Package bustest starts a private D-Bus daemon for a test.
package bustest

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// config allows everything, and knows no service to start: what is on the bus is the test's own.
const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// New starts a bus that lasts until the end of the test, and returns its address. See [Start].
func New(t testing.TB, required string) (address string) {
	t.Helper()
	return Start(t, required).Address
}

// Bus is a D-Bus daemon that can be stopped and started again.
type Bus struct {
	Address string

	t       testing.TB
	program string
	dir     string
	process *exec.Cmd // nil: stopped
}

// Start starts a bus that lasts until the end of the test. Without a dbus-daemon it skips
// the test, or fails it if "dbus" is among the words of required, the value of
// HELPER_REQUIRE with commas between them.
func Start(t testing.TB, required string) *Bus {
	t.Helper()
	return StartAs(t, required, config)
}

// StartAs is Start with another configuration. Other users may connect, if that allows it.
func StartAs(t testing.TB, required, config string) *Bus {
	t.Helper()
	program, err := exec.LookPath("dbus-daemon")
	switch {
	case err != nil && slices.Contains(strings.Split(required, ","), "dbus"):
		t.Fatalf("required by HELPER_REQUIRE: find dbus-daemon: %v", err)
	case err != nil:
		t.Skipf("find dbus-daemon: %v", err)
	}
	// Not t.TempDir: with the test's name in it, the path may be too long for a socket.
	dir, err := os.MkdirTemp("", "bustest-")
	if err != nil {
		t.Fatalf("make the bus's directory: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatalf("open the bus's directory: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bus.conf"), []byte(config), 0o600); err != nil {
		t.Fatalf("configure the bus: %v", err)
	}
	b := &Bus{t: t, program: program, dir: dir}
	t.Cleanup(b.Stop)
	b.Start()
	return b
}

// Stop ends the daemon. Its connections break.
func (b *Bus) Stop() {
	if b.process == nil {
		return
	}
	_ = b.process.Process.Kill()
	_ = b.process.Wait() // it was killed
	b.process = nil
}

// Start starts a stopped bus again, at the same address. It listens when Start returns.
func (b *Bus) Start() {
	b.t.Helper()
	socket := filepath.Join(b.dir, "bus")
	_ = os.Remove(socket) // a killed daemon leaves it behind
	b.process = exec.Command(b.program, "--nofork", "--nosyslog", "--nopidfile",
		"--config-file="+filepath.Join(b.dir, "bus.conf"), "--address=unix:path="+dbus.EscapeBusAddressValue(socket), "--print-address")
	var complaints bytes.Buffer
	b.process.Stderr = &complaints
	out, err := b.process.StdoutPipe()
	if err != nil {
		b.t.Fatalf("start dbus-daemon: %v", err)
	}
	if err := b.process.Start(); err != nil {
		b.process = nil
		b.t.Fatalf("start dbus-daemon: %v", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = b.process.Wait() // for all that it has to say
		b.process = nil
		b.t.Fatalf("start dbus-daemon: %v: %s", err, &complaints)
	}
	b.Address = strings.TrimSpace(line)
}
