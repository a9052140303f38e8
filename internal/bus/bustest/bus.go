// Package bustest starts a private D-Bus daemon for a test.
package bustest

import (
	"bufio"
	"bytes"
	"errors"
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

// New starts a bus that lasts until the end of the test, and returns its address.
// Where there is no dbus-daemon it skips the test, or fails it if required, the
// words of HELPER_REQUIRE with commas between them, has "dbus" among them.
func New(t testing.TB, required string) (address string) {
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
	if err := os.WriteFile(filepath.Join(dir, "bus.conf"), []byte(config), 0o600); err != nil {
		t.Fatalf("configure the bus: %v", err)
	}
	address, err = start(t, program, dir)
	if err != nil {
		t.Fatalf("start dbus-daemon: %v", err)
	}
	return address
}

// start runs the daemon until the test's cleanup. It listens when start returns.
func start(t testing.TB, program, dir string) (address string, err error) {
	socket := "unix:path=" + dbus.EscapeBusAddressValue(filepath.Join(dir, "bus"))
	daemon := exec.CommandContext(t.Context(), program, "--nofork", "--nosyslog", "--nopidfile",
		"--config-file="+filepath.Join(dir, "bus.conf"), "--address="+socket, "--print-address")
	var complaints bytes.Buffer
	daemon.Stderr = &complaints
	out, err := daemon.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := daemon.Start(); err != nil {
		return "", err
	}
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = daemon.Wait() // for all that it has to say
		return "", errors.Join(err, errors.New(complaints.String()))
	}
	return strings.TrimSpace(line), nil
}
