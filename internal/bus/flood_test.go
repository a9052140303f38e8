package bus

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/wire"
)

// flooder sends messages as fast as the bus takes them, and reads nothing.
type flooder struct {
	socket net.Conn
	serial uint32
}

// floodAs connects as a user, like [dialAs].
func floodAs(t *testing.T, config Config, uid int) *flooder {
	t.Helper()
	path, err := wire.Socket(config.Address)
	if err != nil {
		t.Fatal(err)
	}
	socket := asUser(t, uid, func() (net.Conn, error) { return net.Dial("unix", path) })
	f := &flooder{socket: socket}
	if _, err := fmt.Fprintf(socket, "\x00AUTH EXTERNAL %x\r\nBEGIN\r\n", fmt.Sprint(uid)); err != nil {
		t.Fatal(err)
	}
	f.send(t, dbus.Message{Type: dbus.TypeMethodCall, Headers: headers("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello")})
	return f
}

func headers(destination, path, iface, member string) map[dbus.HeaderField]dbus.Variant {
	return map[dbus.HeaderField]dbus.Variant{
		dbus.FieldDestination: dbus.MakeVariant(destination), dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath(path)),
		dbus.FieldInterface: dbus.MakeVariant(iface), dbus.FieldMember: dbus.MakeVariant(member),
	}
}

// send sends a message with a new serial. The error is that of the connection.
func (f *flooder) send(t *testing.T, m dbus.Message) error {
	t.Helper()
	var out bytes.Buffer
	if err := m.EncodeTo(&out, binary.LittleEndian); err != nil {
		t.Fatal(err)
	}
	f.serial++
	binary.LittleEndian.PutUint32(out.Bytes()[8:], f.serial)
	_, err := f.socket.Write(out.Bytes())
	return err
}

// Calls that want no answer are not bounded by the bus. No flood of them, or of others, makes the agent keep
// many at a time, and meanwhile it answers other users.
func TestFloodsAreBounded(t *testing.T) {
	a := &stub{}
	config := systemAgent(t, a)
	const connections = 8
	patient, stop := context.WithTimeout(t.Context(), time.Minute) // a loaded machine is slow, and the race detector too
	defer stop()
	for name, flags := range map[string]dbus.Flags{"without answers": dbus.FlagNoReplyExpected, "with answers": 0} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			var sent atomic.Int64
			ended := make(chan struct{}, connections)
			var sockets []net.Conn
			for range connections {
				f := floodAs(t, config, strangerID)
				sockets = append(sockets, f.socket)
				go func() {
					defer func() { ended <- struct{}{} }()
					for f.send(t, dbus.Message{Type: dbus.TypeMethodCall, Flags: flags, Headers: headers(Name, Path, Interface, methodGetStatus)}) == nil {
						sent.Add(1)
					}
				}()
			}
			root := clientOf(t, dialAs(t, config.Address, 0))
			eventually(t, "the flood is under way", func() bool { return sent.Load() > 1000 })
			most, answered := 0, 0
			for end := time.Now().Add(time.Second); time.Now().Before(end); {
				if _, err := root.Status(patient); err != nil {
					t.Fatalf("root: %v", err)
				}
				answered++
				most = max(most, runtime.NumGoroutine()-before-connections)
			}
			t.Logf("%d calls sent, root is answered %d times, %d goroutines", sent.Load(), answered, most)
			// A call has its own goroutine, and some for the question whose it is.
			if limit := 4 * (maxUserCalls + connections*maxStrangerCalls); most > limit {
				t.Errorf("%d goroutines, want at most %d", most, limit)
			}
			for _, socket := range sockets {
				_ = socket.Close()
			}
			for range connections {
				<-ended
			}
		})
	}
	if asked := a.requests(); len(asked) > 0 {
		t.Errorf("the agent is asked: %q", asked)
	}
}

// A call that wants no answer has no effect: it could not be told that it is refused.
func TestCallsWithoutAnswerAreSkipped(t *testing.T) {
	t.Parallel()
	a := &stub{}
	config := privateBus(t)
	serveOn(t, config, a)
	client := dial(t, config)
	client.agent.Go(Interface+"."+methodLogin, dbus.FlagNoReplyExpected, nil, "wlan0")
	if err := client.Logoff(within(t), "wlan0"); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(a.requests()); got != "[logoff wlan0]" {
		t.Errorf("the agent is asked %s", got)
	}
}

// A bus that accepts connections and says nothing keeps nobody longer than the context.
func TestSilentBus(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	pid := daemon(t, config)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	for name, use := range map[string]func(context.Context) error{
		"client": func(ctx context.Context) error { _, err := Dial(ctx, config); return err },
		"agent":  func(ctx context.Context) error { return serve(ctx, config, &stub{}, "") },
	} {
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := use(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		stop()
	}
}

// An agent that does not get the name tells nobody what it does: only the name keeps strangers from
// receiving it.
func TestNoTransitionsWithoutTheName(t *testing.T) {
	t.Parallel()
	config := systemAgent(t, &stub{})
	stranger := dialAs(t, config.Address, strangerID)
	received := make(chan *dbus.Signal, 1000)
	stranger.Signal(received)
	if err := stranger.AddMatchSignal(); err != nil {
		t.Fatal(err)
	}
	second := &stub{}
	stop := make(chan struct{})
	announced := make(chan struct{})
	go func() {
		defer close(announced)
		for {
			select {
			case <-stop:
				return
			default:
				second.announce(0, 1)
				runtime.Gosched()
			}
		}
	}()
	for range 10 {
		if err := serve(within(t), config, second, ""); !errors.Is(err, ErrTaken) {
			t.Errorf("%v", err)
		}
	}
	close(stop)
	<-announced
	if err := stranger.BusObject().CallWithContext(within(t), "org.freedesktop.DBus.GetId", 0).Err; err != nil {
		t.Fatal(err)
	}
	for len(received) > 0 {
		if s := <-received; s.Path == Path {
			t.Fatalf("a stranger receives %v", s)
		}
	}
}
