package systembus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/bus/wire"
	"hotspot-helper/internal/systembus"
)

const service = "test.manager"

// stage is a private bus with a client that hears a service on it.
type stage struct {
	*testing.T

	daemon *bustest.Bus
	bus    *systembus.Bus
	heard  chan string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	t.Parallel()
	daemon := bustest.Start(t, os.Getenv("HELPER_REQUIRE"))
	return &stage{t, daemon, &systembus.Bus{Address: daemon.Address}, make(chan string, 100)}
}

// run keeps the connection until the end of the test.
func (s *stage) run() {
	ctx, stop := context.WithCancel(s.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.bus.Run(ctx) }()
	s.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.Errorf("Run returned %v", err)
		}
	})
}

func (s *stage) subscribe(name string) (stop func()) {
	return s.bus.Subscribe(systembus.Subscription{
		Service: service,
		Rules:   []systembus.Rule{{Path: "/one", Interface: "test.Thing", Member: "Changed", Arg0: "x"}},
		Present: func(isThere bool) { s.heard <- fmt.Sprintf("%s: there %t", name, isThere) },
		Heard:   func(signal *dbus.Signal) { s.heard <- fmt.Sprint(name, ": ", signal.Body[1]) },
	})
}

// connect connects another program, which takes the name if it is not empty.
func (s *stage) connect(name string) *dbus.Conn {
	s.Helper()
	conn, err := dbus.Connect(s.daemon.Address)
	if err == nil && name != "" {
		_, err = conn.RequestName(name, dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { conn.Close() })
	return conn
}

func (s *stage) emit(conn *dbus.Conn, path dbus.ObjectPath, member string, args ...any) {
	s.Helper()
	if err := conn.Emit(path, "test.Thing."+member, args...); err != nil {
		s.Fatal(err)
	}
}

// want waits for what is heard next.
func (s *stage) want(all ...string) {
	s.Helper()
	for _, want := range all {
		select {
		case got := <-s.heard:
			if got != want {
				s.Fatalf("heard %q, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			s.Fatalf("not heard: %q", want)
		}
	}
}

// A service is heard when it comes later, when it restarts, and on each new bus; and its owner alone.
func TestAServiceIsHeard(t *testing.T) {
	s := newStage(t)
	s.subscribe("a")
	s.run()
	for range 3 {
		manager := s.connect(service)
		s.want("a: there true")
		stranger := s.connect("")
		s.emit(stranger, "/one", "Changed", "x", "stranger's")
		s.emit(manager, "/two", "Changed", "x", "other path")
		s.emit(manager, "/one", "Gone", "x", "other member")
		s.emit(manager, "/one", "Changed", "y", "other argument")
		s.emit(manager, "/one", "Changed", "x", 1)
		s.want("a: 1")
		manager.Close()
		s.want("a: there false")
		manager = s.connect(service)
		s.want("a: there true")
		s.emit(manager, "/one", "Changed", "x", 2)
		s.want("a: 2")
		s.daemon.Stop()
		s.want("a: there false")
		s.daemon.Start()
	}
}

// A signal that is sent to this connection alone reaches it without a rule, and is not heard.
func TestStrangersAreNotHeard(t *testing.T) {
	s := newStage(t)
	s.subscribe("a")
	s.run()
	manager := s.connect(service)
	s.want("a: there true")
	stranger := s.connect("")
	var names []string
	if err := stranger.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names); err != nil {
		t.Fatal(err)
	}
	for _, to := range names {
		if to[0] != ':' {
			continue
		}
		m := &dbus.Message{Type: dbus.TypeSignal, Body: []any{"x", "to " + to}, Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath("/one")), dbus.FieldInterface: dbus.MakeVariant("test.Thing"),
			dbus.FieldMember: dbus.MakeVariant("Changed"), dbus.FieldDestination: dbus.MakeVariant(to),
			dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf("", "")),
		}}
		if call := stranger.Send(m, nil); call.Err != nil {
			t.Fatal(call.Err)
		}
	}
	if err := stranger.BusObject().Call("org.freedesktop.DBus.GetId", 0).Err; err != nil { // all are sent
		t.Fatal(err)
	}
	s.emit(manager, "/one", "Changed", "x", "own")
	s.want("a: own")
}

// Subscriptions may come and go while the bus is there.
func TestSubscriptionsComeAndGo(t *testing.T) {
	s := newStage(t)
	stop := s.subscribe("a")
	s.run()
	manager := s.connect(service)
	s.want("a: there true")
	s.subscribe("b")
	s.want("b: there true")
	s.emit(manager, "/one", "Changed", "x", 1)
	s.want("a: 1", "b: 1")
	stop()
	s.emit(manager, "/one", "Changed", "x", 2)
	s.want("b: 2")
}

// mute is a way to the bus that can keep back what goes there.
type mute struct{ sync.Mutex }

// between puts a way between the client and the bus.
func (s *stage) between() *mute {
	s.Helper()
	socket, err := wire.Socket(s.daemon.Address)
	if err != nil {
		s.Fatal(err)
	}
	path := filepath.Join(s.TempDir(), "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { listener.Close() })
	s.bus.Address = "unix:path=" + path
	m := &mute{}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			bus, err := net.Dial("unix", socket)
			if err != nil {
				client.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(client, bus)
				client.Close()
			}()
			go func() {
				_, _ = io.Copy(m.to(bus), client)
				bus.Close()
			}()
		}
	}()
	return m
}

// to returns a writer that waits while the way is mute.
func (m *mute) to(bus io.Writer) io.Writer {
	return writeFunc(func(p []byte) (int, error) {
		m.Lock()
		defer m.Unlock()
		return bus.Write(p)
	})
}

type writeFunc func([]byte) (int, error)

func (f writeFunc) Write(p []byte) (int, error) { return f(p) }

// While the bus does not answer to a new subscription, signals are heard: they do not wait in a queue, which would have no bound.
func TestSignalsDoNotWaitForASubscription(t *testing.T) {
	s := newStage(t)
	way := s.between()
	s.subscribe("a")
	s.run()
	manager := s.connect(service)
	s.want("a: there true")
	way.Lock()
	s.subscribe("b")
	for i := range 20 {
		s.emit(manager, "/one", "Changed", "x", i)
		s.want(fmt.Sprint("a: ", i))
	}
	manager.Close()
	for other, isThere := s.connect(""), true; isThere; { // the bus says so before it says whose the name is
		if err := other.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, service).Store(&isThere); err != nil {
			t.Fatal(err)
		}
	}
	way.Unlock()
	s.want("a: there false")
	manager = s.connect(service)
	s.want("a: there true", "b: there true")
	s.emit(manager, "/one", "Changed", "x", 1)
	s.want("a: 1", "b: 1")
}

// A bus that is not there at the start is waited for without a timer.
func TestTheBusComesLater(t *testing.T) {
	s := newStage(t)
	s.daemon.Stop()
	socket, err := wire.Socket(s.daemon.Address)
	if err == nil {
		err = os.Remove(socket)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.subscribe("a")
	if _, err := systembus.Dial(t.Context(), s.daemon.Address); !errors.Is(err, systembus.ErrNoBus) {
		t.Errorf("error %v without a bus", err)
	}
	s.run()
	if _, err := s.bus.Call(t.Context(), service, "/one", "test.Thing.Do"); !errors.Is(err, systembus.ErrNoBus) {
		t.Errorf("error %v without a bus", err)
	}
	s.daemon.Start()
	manager := s.connect(service)
	s.want("a: there true")
	if err := manager.ExportMethodTable(map[string]any{"Do": func() (int32, *dbus.Error) { return 7, nil }}, "/one", "test.Thing"); err != nil {
		t.Fatal(err)
	}
	body, err := s.bus.Call(t.Context(), service, "/one", "test.Thing.Do")
	if err != nil || len(body) != 1 || body[0] != int32(7) {
		t.Errorf("the answer is %v, %v", body, err)
	}
}

// A call that comes before the first attempt to connect waits for it, no longer than its context.
func TestCallsBeforeTheConnection(t *testing.T) {
	s := newStage(t)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer stop()
	if _, err := s.bus.Call(ctx, service, "/one", "test.Thing.Do"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v of a bus that does not run", err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := s.bus.Call(t.Context(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.GetId")
		answered <- err
	}()
	s.run()
	if err := <-answered; err != nil {
		t.Error(err)
	}
}
