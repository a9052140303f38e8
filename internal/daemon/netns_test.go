package daemon

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// inNamespace marks the process that a test has started in a network namespace.
const inNamespace = "DAEMON_TEST_IN_NAMESPACE"

// enterNamespace runs the test again in a process with a network namespace of its own and
// returns false, or true within that process.
func enterNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inNamespace) != "" {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=1m")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	output, err := cmd.CombinedOutput()
	if _, ran := errors.AsType[*exec.ExitError](err); err != nil && !ran {
		unable(t, fmt.Sprintf("no network namespace: %v", err))
	} else if err != nil {
		t.Errorf("in a network namespace: %v\n%s", err, output)
	}
	return false
}

// unable skips a test that needs a network namespace, or fails it if HELPER_REQUIRE has netns.
func unable(t *testing.T, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "netns") {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// A reload takes a new choice of interfaces at once, without an event of a link.
func TestReloadTakesNewInterfaces(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ip"); err != nil {
		unable(t, fmt.Sprintf("no ip(8): %v", err))
	}
	if !enterNamespace(t) {
		return
	}
	for i, name := range []string{"left0", "right0"} {
		for _, command := range []string{
			"link add NAME type veth peer name NAME-peer", "link set NAME-peer up", "link set NAME up",
			"address add 10.9.N.2/24 dev NAME", "route add default via 10.9.N.1 dev NAME metric 10N",
		} {
			command = strings.NewReplacer("NAME", name, "N", fmt.Sprint(i)).Replace(command)
			if output, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
				t.Fatalf("ip %s: %v\n%s", command, err, output)
			}
		}
	}
	config := filepath.Join(t.TempDir(), "helper.toml")
	watch := func(name string) {
		t.Helper()
		if err := os.WriteFile(config, []byte("interfaces = ["+`"`+name+`"]`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	watch("left?")
	log, reload := &journal{}, make(chan os.Signal)
	runDaemon(t, &Daemon{Env: Env{ConfigFile: config}, Reload: reload}, log, map[string]string{
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + filepath.Join(t.TempDir(), "no-bus"),
	})
	entered := func(name, phase string) func() bool {
		return func() bool {
			return slices.ContainsFunc(strings.Split(log.String(), "\n"), func(line string) bool {
				return strings.Contains(line, "interface="+name+" ") && strings.Contains(line, "to="+phase)
			})
		}
	}
	await(t, "left0 is not evaluated", entered("left0", "evaluating"))
	if entered("right0", "evaluating")() {
		t.Errorf("right0 is evaluated:\n%s", log)
	}
	watch("right?")
	reload <- os.Interrupt
	await(t, "right0 is not evaluated", entered("right0", "evaluating"))
	await(t, "left0 is not left alone", entered("left0", "inactive"))
}
