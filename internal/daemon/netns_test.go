package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hotspot-helper/portal"
	"hotspot-helper/probe"
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

// No request goes to an address of this computer, whichever interface has it, and whether an
// address, a redirect or a DNS answer names it. A firewall does not see such a request.
func TestDialerReachesNoAddressOfThisComputer(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ip"); err != nil {
		unable(t, fmt.Sprintf("no ip(8): %v", err))
	}
	if !enterNamespace(t) {
		return
	}
	for _, command := range []string{
		"link set lo up", "link add wlan0 type veth peer name far0", "link set wlan0 up", "link set far0 up",
		"addr add 10.9.0.1/24 dev wlan0", "addr add fd00:9::1/64 dev wlan0 nodad", "addr add 10.8.0.1/24 dev far0", "route add default via 10.9.0.254",
	} {
		if output, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
			unable(t, fmt.Sprintf("ip %s: %v: %s", command, err, output))
		}
	}
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	reached := make(chan net.Addr, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			reached <- conn.RemoteAddr()
			conn.Close()
		}
	}()
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	own := []string{"10.9.0.1", "::ffff:10.9.0.1", "fd00:9::1", "10.8.0.1", "127.0.0.1", "0.0.0.0", "::", "::1", "::10.9.0.1"}
	for _, gateway := range append(own, "10.9.0.254") {
		state, err := Env{Getenv: func(string) string { return "" }}.ReadLink(t.Context(), "wlan0")
		if err != nil {
			t.Fatal(err)
		}
		state.Gateways = []netip.Addr{netip.MustParseAddr(gateway)}
		path := NewDialer(slog.New(slog.DiscardHandler))(state, probe.FamilyAny)
		for _, host := range own {
			ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
			conn, err := path.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
			stop()
			if err == nil {
				conn.Close()
			}
			if _, refused := errors.AsType[*portal.HostError](err); !refused {
				t.Errorf("%s with the gateway %s: %v", host, gateway, err)
			}
		}
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err = path.DialContext(ctx, "tcp", net.JoinHostPort("10.9.0.254", port))
		stop()
		if _, refused := errors.AsType[*portal.HostError](err); refused {
			t.Errorf("the gateway with the gateway %s: %v", gateway, err)
		}
	}
	if len(reached) > 0 {
		t.Errorf("%d connections to this computer", len(reached))
	}
}
