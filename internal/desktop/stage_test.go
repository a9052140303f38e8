package desktop

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/systembus"
)

// told is an agent that notes what it is told.
type told struct {
	calls chan string

	mu       sync.Mutex
	status   agent.Status
	listener func(agent.Transition) // the last one
	all      []func(agent.Transition)
}

func (a *told) Asleep(context.Context) error { a.calls <- "asleep"; return nil }

func (a *told) Awake(_ context.Context, text string) error { a.calls <- "awake: " + text; return nil }

func (a *told) Yield(_ context.Context, why string) error { a.calls <- "yield: " + why; return nil }

func (a *told) Suspect(_ context.Context, iface string, cause agent.Cause) error {
	a.calls <- fmt.Sprintf("suspect %s: %s: %s", iface, cause.Kind, cause.Text)
	return nil
}

func (a *told) Status() agent.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status
}

func (a *told) Listen(listener func(agent.Transition)) (stop func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listener, a.all = listener, append(a.all, listener)
	return func() {}
}

// listens returns who hears of transitions; nil: nobody yet.
func (a *told) listens() func(agent.Transition) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.listener
}

// count is how many listen.
func (a *told) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.all)
}

// tell tells all who listen.
func (a *told) tell(t agent.Transition) {
	a.mu.Lock()
	all := a.all
	a.mu.Unlock()
	for _, listener := range all {
		listener(t)
	}
}

// set sets all that is known of the only association.
func (a *told) set(as agent.Association) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status.Associations = []agent.Association{as}
}

// is sets the phase of an interface.
func (a *told) is(iface string, phase agent.Phase) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status.Associations = []agent.Association{{Interface: iface, Phase: phase}}
}

// stage is a private bus in place of the system's, with an agent that is kept informed.
type stage struct {
	*testing.T

	daemon *bustest.Bus
	agent  *told
	log    *lockedLog
}

// lockedLog can be written and read at the same time.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *lockedLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newStage(t *testing.T) *stage {
	t.Helper()
	t.Parallel()
	return &stage{t, bustest.Start(t, os.Getenv("HELPER_REQUIRE")), &told{calls: make(chan string, 100)}, &lockedLog{}}
}

// run keeps the agent informed until the end of the test.
func (s *stage) run(user uint32) {
	bus := &systembus.Bus{Address: s.daemon.Address}
	d := &Desktop{Agent: s.agent, Bus: bus, User: &user, Logger: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	ctx, stop := context.WithCancel(s.Context())
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{bus.Run, d.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				s.Errorf("run: %v", err)
			}
		})
	}
	s.Cleanup(func() { stop(); running.Wait() })
}

// connect connects a service without a name.
func (s *stage) connect() *dbus.Conn {
	s.Helper()
	conn, err := dbus.Connect(s.daemon.Address)
	s.must(err)
	s.Cleanup(func() { conn.Close() })
	return conn
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) own(conn *dbus.Conn, name string) {
	s.Helper()
	reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue)
	if s.must(err); reply != dbus.RequestNameReplyPrimaryOwner {
		s.Fatalf("%s is taken", name)
	}
}

// properties puts an object with properties on the bus, which signals their changes.
func (s *stage) properties(conn *dbus.Conn, path dbus.ObjectPath, iface string, values map[string]any) *prop.Properties {
	s.Helper()
	all := map[string]*prop.Prop{}
	for name, value := range values {
		all[name] = &prop.Prop{Value: value, Emit: prop.EmitTrue}
	}
	p, err := prop.Export(conn, path, prop.Map{iface: all})
	s.must(err)
	return p
}

func (s *stage) methods(conn *dbus.Conn, path dbus.ObjectPath, iface string, methods map[string]any) {
	s.Helper()
	s.must(conn.ExportMethodTable(methods, path, iface))
}

// want waits for what the agent is told next.
func (s *stage) want(all ...string) {
	s.Helper()
	for _, want := range all {
		select {
		case got := <-s.agent.calls:
			if got != want {
				s.Fatalf("the agent is told %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			s.Fatalf("the agent is not told %q\n%s", want, s.log)
		}
	}
}

// await waits until the log has a text.
func (s *stage) await(text string) {
	s.Helper()
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(s.log.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("not logged: %s\n%s", text, s.log)
		}
	}
}
