package bus

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/wifi"
)

// encoded is a message as a bus sends it.
func encoded(t *testing.T, order binary.ByteOrder, kind dbus.Type, member string, args ...any) []byte {
	t.Helper()
	m := dbus.Message{Type: kind, Body: args, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldPath:      dbus.MakeVariant(dbus.ObjectPath(Path)),
		dbus.FieldInterface: dbus.MakeVariant(Interface),
		dbus.FieldMember:    dbus.MakeVariant(member),
		dbus.FieldSender:    dbus.MakeVariant(":1.7"),
	}}
	if len(args) > 0 {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(args...))
	}
	var out bytes.Buffer
	if err := m.EncodeTo(&out, order); err != nil {
		t.Fatal(err)
	}
	order.PutUint32(out.Bytes()[8:], 77)
	return out.Bytes()
}

// conversation is a connection on which everything is there already.
type conversation struct {
	net.Conn
	io.Reader
}

func (c conversation) Read(p []byte) (int, error) { return c.Reader.Read(p) }

// Long messages are never read into memory: a call is refused, everything else is skipped. What
// comes before and after is untouched.
func TestMessagesAreBounded(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 1<<20)
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		path := encoded(t, order, dbus.TypeMethodCall, "Path")
		deep := encoded(t, order, dbus.TypeMethodCall, "Deep"+strings.Repeat("x", 100))
		order.PutUint32(deep[12:], 1<<20) // fields that no buffer has room for
		deep = append(deep, long...)
		deep = deep[:headSize+1<<20]
		stream := bytes.Join([][]byte{
			[]byte("REJECTED EXTERNAL\r\n"), []byte("OK 1234\r\n"),
		}, nil)
		conn := newBoundedConn(conversation{Reader: io.MultiReader(
			bytes.NewReader(stream),
			&oneByOne{bytes.Join([][]byte{
				path,
				encoded(t, order, dbus.TypeMethodCall, "Long", long),
				encoded(t, order, dbus.TypeSignal, "LongSignal", string(long)),
				deep,
				encoded(t, order, dbus.TypeMethodCall, "Short", "wlan0"),
				encoded(t, order, dbus.TypeMethodCall, "LongList", [][]byte{long[:maxMessage]}, "wlan0"),
			}, nil)},
		)})
		lines := make([]byte, len(stream))
		if _, err := io.ReadFull(conn, lines); err != nil || !bytes.Equal(lines, stream) {
			t.Fatalf("authentication: %q, %v", lines, err)
		}
		var got []string
		for {
			m, err := dbus.DecodeMessage(conn)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m.Headers[dbus.FieldMember].Value().(string)+" "+m.Headers[dbus.FieldSender].Value().(string)+" "+dbus.SignatureOf(m.Body...).String())
			if m.Serial() != 77 {
				t.Errorf("the serial is %d", m.Serial())
			}
		}
		if text := strings.Join(got, ", "); text != "Path :1.7 , Long :1.7 b, Short :1.7 s, LongList :1.7 b" {
			t.Errorf("%v: %s", order, text)
		}
	}
}

// oneByOne is read in small pieces.
type oneByOne struct{ data []byte }

func (o *oneByOne) Read(p []byte) (int, error) {
	if len(o.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, o.data[:min(len(o.data), 4099)])
	o.data = o.data[n:]
	return n, nil
}

// No message makes the agent decode much, whatever method and object it is for. The caller gets
// an answer, and the agent stays on the bus.
func TestLongCallsAreRefused(t *testing.T) {
	t.Parallel()
	config := privateBus(t)
	a := &stub{}
	serveOn(t, config, a)
	conn, err := dbus.Connect(config.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var owner, now string
	find := func(owner *string) {
		if err := conn.BusObject().CallWithContext(within(t), "org.freedesktop.DBus.GetNameOwner", 0, Name).Store(owner); err != nil {
			t.Fatal(err)
		}
	}
	find(&owner)
	long := bytes.Repeat([]byte("x"), 1<<20)
	for _, path := range []dbus.ObjectPath{Path, dbus.ObjectPath("/" + strings.Repeat("x", maxMessage/2))} {
		for _, method := range []string{Interface + "." + methodGetClaims, Interface + "." + methodGetStatus, "a.b.C"} {
			for _, argument := range []any{long, string(long)} {
				err := conn.Object(Name, path).CallWithContext(within(t), method, dbus.FlagNoAutoStart, argument).Err
				if answer, ok := errors.AsType[dbus.Error](err); !ok || len(err.Error()) > maxMessage {
					t.Errorf("%s of %.20s: %.200v, %.200v", method, path, answer, err)
				}
			}
		}
	}
	if got := a.requests(); len(got) != 0 {
		t.Errorf("the agent is asked: %.100q", got)
	}
	if find(&now); now != owner {
		t.Errorf("the agent left the bus: %s, then %s", owner, now)
	}
	client := dial(t, config)
	if _, err := client.Claims(within(t), wifi.SSID("Cafe")); err != nil {
		t.Error(err)
	}
	if err := client.Login(within(t), "wlan0"); err != nil || len(a.requests()) != 1 {
		t.Errorf("%v, %q", err, a.requests())
	}
	if err := conn.Object(Name, Path).CallWithContext(within(t), Interface+"."+methodLogin, 0, strings.Repeat("x", maxInterface+1)).Err; err == nil || !strings.Contains(err.Error(), "at most 15 bytes") {
		t.Error(err)
	}
}

func TestSocketOf(t *testing.T) {
	for address, want := range map[string]string{
		"unix:path=/run/a%20b,guid=77":       "/run/a b",
		"unix:guid=77,abstract=/tmp/dbus-77": "@/tmp/dbus-77",
		"unix:path=/a%2":                     "error",
		"unix:runtime=yes":                   "error",
		"tcp:host=a.test,port=1":             "error",
		"":                                   "error",
	} {
		got, err := socketOf(address)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %q, %v", address, got, err)
		}
	}
}
