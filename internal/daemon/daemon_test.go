package daemon

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/bus/wire"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// patience is how long a test waits for something that comes soon.
const patience = 20 * time.Second

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timeout: %s", what)
		}
	}
}

// runDaemon runs a daemon until it is stopped or the test ends. Without a configuration it
// watches no interface.
func runDaemon(t *testing.T, d *Daemon, log *journal, environment map[string]string) (stop func()) {
	t.Helper()
	environment["HOME"] = t.TempDir()
	d.Env.Getenv = func(name string) string { return environment[name] }
	if d.Env.ConfigFile == "" {
		d.Overrides = Overrides{Interfaces: []string{"none0"}}
	}
	if d.Env.ConfigFile == "" {
		d.Overrides = Overrides{Interfaces: []string{"none0"}}
	}
	d.Logger = log.logger()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := d.Run(ctx); err != nil {
			t.Errorf("run daemon: %v", err)
		}
	})
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return stop
}

// An agent that starts without a bus runs no timer, and takes the bus after a transition.
func TestBusComesLater(t *testing.T) {
	t.Parallel()
	private := bustest.Start(t, os.Getenv("HELPER_REQUIRE"))
	private.Stop()
	log := &journal{}
	d := &Daemon{Logger: log.logger()}
	d.Env.Getenv = func(name string) string {
		return map[string]string{"DBUS_SESSION_BUS_ADDRESS": private.Address}[name]
	}
	links := &agenttest.Links{}
	ag, err := agent.New(agent.Config{
		Links: links,
		Dial: func(agent.Link, probe.Family) agent.Path {
			return agenttest.Path(probetest.Transport(probetest.Internet()))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	tried := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() { _ = ag.Run(ctx) })
	running.Go(func() { _ = d.serve(ctx, ag, sync.OnceFunc(func() { close(tried) })) })
	defer running.Wait()
	defer stop()
	<-tried
	private.Start()
	links.Set(agenttest.Up("eth0", netip.MustParseAddr("192.0.2.1")))
	await(t, "the agent does not answer", func() bool {
		client, err := bus.Dial(t.Context(), bus.Config{Address: private.Address})
		if err == nil {
			client.Close()
		}
		return err == nil
	})
	if n := strings.Count(log.String(), `msg="no bus: `); n != 1 {
		t.Errorf("the missing bus is logged %d times:\n%s", n, log)
	}
}

// A session bus that comes after the agent is taken at once: by its socket, without a transition.
func TestSessionBusComesLater(t *testing.T) {
	t.Parallel()
	private := bustest.Start(t, os.Getenv("HELPER_REQUIRE"))
	private.Stop()
	socket, err := wire.Socket(private.Address)
	if err == nil {
		err = os.Remove(socket)
	}
	if err != nil {
		t.Fatal(err)
	}
	log := &journal{}
	runDaemon(t, &Daemon{}, log, map[string]string{"DBUS_SESSION_BUS_ADDRESS": private.Address})
	await(t, "the missing bus is not logged", func() bool { return strings.Contains(log.String(), `msg="no bus: `) })
	private.Start()
	await(t, "the agent does not answer", func() bool {
		client, err := bus.Dial(t.Context(), bus.Config{Address: private.Address})
		if err == nil {
			client.Close()
		}
		return err == nil
	})
}

// The agent outlives its bus, and can be asked again when the bus is back.
func TestBusRestarts(t *testing.T) {
	t.Parallel()
	private := bustest.Start(t, os.Getenv("HELPER_REQUIRE"))
	log := &journal{}
	runDaemon(t, &Daemon{}, log, map[string]string{"DBUS_SESSION_BUS_ADDRESS": private.Address})
	answers := func() bool {
		client, err := bus.Dial(t.Context(), bus.Config{Address: private.Address})
		if err != nil {
			return false
		}
		defer client.Close()
		_, err = client.Status(t.Context())
		return err == nil
	}
	for losses := range 2 {
		await(t, "the agent does not answer", answers)
		private.Stop()
		await(t, "the loss is not logged", func() bool { return strings.Count(log.String(), "bus failed") > losses })
		private.Start()
	}
	await(t, "the agent does not answer", answers)
}

// The agent hears of sleep from a logind that comes later, also after a restart of the system bus.
func TestSleepIsHeard(t *testing.T) {
	t.Parallel()
	private := bustest.Start(t, os.Getenv("HELPER_REQUIRE"))
	log := &journal{}
	runDaemon(t, &Daemon{}, log, map[string]string{"DBUS_SYSTEM_BUS_ADDRESS": private.Address})
	const manager = "org.freedesktop.login1.Manager"
	for sleeps := range 2 {
		conn, err := dbus.Connect(private.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.RequestName("org.freedesktop.login1", dbus.NameFlagDoNotQueue); err != nil {
			t.Fatal(err)
		}
		await(t, "the sleep is not heard", func() bool {
			if err := conn.Emit("/org/freedesktop/login1", manager+".PrepareForSleep", true); err != nil {
				t.Fatal(err)
			}
			return strings.Count(log.String(), "the computer goes to sleep: nothing is sent") > sleeps
		})
		private.Stop()
		await(t, "the loss of the bus is not noticed", func() bool { return strings.Count(log.String(), "nobody knows any more") > sleeps })
		private.Start()
	}
}

// Of two agents with one state directory the second ends at once, and says which process
// has it. When the first has ended, there is room for another.
func TestSecondAgentEnds(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	env := Env{Getenv: func(name string) string { return map[string]string{"HOME": home}[name] }}
	log := &journal{}
	newDaemon := func() *Daemon {
		return &Daemon{Env: env, Overrides: Overrides{Interfaces: []string{"none0"}}, Logger: log.logger()}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- newDaemon().Run(ctx) }()
	await(t, "the agent does not start", func() bool { return strings.Contains(log.String(), "agent started") })
	want := fmt.Sprintf("lock state directory: another agent runs: process %d holds %s", os.Getpid(), filepath.Join(home, ".local/state/hotspot-helper/agent.lock"))
	if err := newDaemon().Run(ctx); err == nil || err.Error() != want {
		t.Errorf("the second agent ends with %v, want %s", err, want)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newDaemon().Run(over); err != nil {
		t.Errorf("a third agent after the first: %v", err)
	}
}
