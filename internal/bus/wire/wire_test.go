package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
)

// maxMessage is the bound of these tests.
const maxMessage = 16 << 10

// encoded is a message as a bus sends it, with the serial 77.
func encoded(t *testing.T, order binary.ByteOrder, m dbus.Message, sender, member string, args ...any) []byte {
	t.Helper()
	m.Body = args
	m.Headers = map[dbus.HeaderField]dbus.Variant{
		dbus.FieldPath:      dbus.MakeVariant(dbus.ObjectPath("/org/hotspothelper/Agent")),
		dbus.FieldInterface: dbus.MakeVariant("org.hotspothelper.Agent1"),
		dbus.FieldMember:    dbus.MakeVariant(member),
		dbus.FieldSender:    dbus.MakeVariant(sender),
	}
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

	written *bytes.Buffer
}

func (conversation) SetWriteDeadline(time.Time) error { return nil }

func (c conversation) Read(p []byte) (int, error) { return c.Reader.Read(p) }

func (c conversation) Write(p []byte) (int, error) { return c.written.Write(p) }

// decode reads messages as godbus does, and returns their members, senders and types of arguments.
func decode(t *testing.T, conn *Conn, in io.Reader) (got []string) {
	t.Helper()
	for {
		m, err := dbus.DecodeMessage(in)
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.Type == dbus.TypeError {
			got = append(got, fmt.Sprint(m.Headers[dbus.FieldErrorName].Value(), " ", m.Headers[dbus.FieldDestination].Value(), " ", m.Headers[dbus.FieldReplySerial].Value()))
			continue
		}
		if conn != nil {
			conn.decoded(m)
		}
		if m.Serial() != 77 {
			t.Errorf("the serial is %d", m.Serial())
		}
		got = append(got, m.Headers[dbus.FieldMember].Value().(string)+" "+m.Headers[dbus.FieldSender].Value().(string)+" "+dbus.SignatureOf(m.Body...).String())
	}
}

// Long messages are never read into memory: a call is answered, everything else is skipped. So is what nobody
// wants, before it is decoded. What comes before and after is untouched.
func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("x"), 1<<20)
	call, signal := dbus.Message{Type: dbus.TypeMethodCall}, dbus.Message{Type: dbus.TypeSignal}
	silent := dbus.Message{Type: dbus.TypeMethodCall, Flags: dbus.FlagNoReplyExpected}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		deep := encoded(t, order, call, ":1.7", "Deep")
		order.PutUint32(deep[12:], 1<<20) // fields that no buffer has room for
		deep = append(deep, long...)
		deep = deep[:headSize+1<<20]
		odd := encoded(t, order, signal, ":1.7", "Odd")
		odd[headSize] = 'a' // no field
		odd[headSize+2] = 'v'
		lines := []byte("REJECTED EXTERNAL\r\nOK 1234\r\n")
		written := &bytes.Buffer{}
		conn := newConn(conversation{written: written, Reader: io.MultiReader(
			bytes.NewReader(lines),
			&oneByOne{bytes.Join([][]byte{
				encoded(t, order, call, ":1.7", "Path"),
				encoded(t, order, call, ":1.7", "Long", long),
				encoded(t, order, silent, ":1.7", "LongSilent", long),
				encoded(t, order, silent, ":1.7", "Silent", "wlan0"),
				encoded(t, order, signal, ":1.8", "LongSignal", string(long)),
				encoded(t, order, signal, ":1.8", "Heard", "wlan0"),
				encoded(t, order, signal, ":1.7", "Unheard", "wlan0"),
				encoded(t, order, signal, busName, "NameLost", "wlan0"),
				deep, odd,
				encoded(t, order, call, ":1.7", "Short", "wlan0"),
				encoded(t, order, call, ":1.9", "LongList", [][]byte{long[:2000]}, "wlan0"),
				encoded(t, order, call, ":1.9", "Other", uint32(1), "wlan0"),
				encoded(t, order, call, ":1.7", "OneTooMany", "wlan0"),
			}, nil)},
		)}, Options{
			Message: maxMessage, Calls: &Calls{Signatures: []string{"", "s"}, Body: 1000, Total: 100, User: 100, Sender: 100, Stranger: 2},
			Heard: func(sender string) bool { return sender == ":1.8" },
		})
		said := make([]byte, len(lines))
		if _, err := io.ReadFull(conn, said); err != nil || !bytes.Equal(said, lines) {
			t.Fatalf("authentication: %q, %v", said, err)
		}
		if text := strings.Join(decode(t, conn, conn), ", "); text != "Path :1.7 , Heard :1.8 s, NameLost org.freedesktop.DBus s, Short :1.7 s" {
			t.Errorf("%v: %s", order, text)
		}
		const invalid, limits = "org.freedesktop.DBus.Error.InvalidArgs", "org.freedesktop.DBus.Error.LimitsExceeded"
		if text := strings.Join(decode(t, nil, written), ", "); text != invalid+" :1.7 77, "+invalid+" :1.9 77, "+invalid+" :1.9 77, "+limits+" :1.7 77" {
			t.Errorf("%v: answered %s", order, text)
		}
	}
}

// A bus that takes no bytes ends the connection, and nobody waits longer for it. One that takes a few at a time does not.
func TestAStuckBusEndsTheConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		conn := newConn(near, Options{Message: maxMessage})
		slow := make(chan error, 1)
		go func() { _, err := conn.Write(make([]byte, 10)); slow <- err }()
		for range 10 {
			time.Sleep(writeTime - time.Second)
			if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-slow; err != nil {
			t.Errorf("slow: %v", err)
		}
		began := time.Now()
		read := make(chan error, 1)
		go func() { _, err := conn.Read(make([]byte, 1)); read <- err }()
		for range 3 {
			if _, err := conn.Write(make([]byte, 10)); err == nil {
				t.Error("stuck: written")
			}
		}
		if err := <-read; err == nil || time.Since(began) != writeTime {
			t.Errorf("reading ended with %v after %v", err, time.Since(began))
		}
	})
}

// Users get so many bytes at a time, and those who are trusted all. What is left out is no call any more.
func TestAnswersHaveAPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		written := &bytes.Buffer{}
		calls := &Calls{Total: 100, User: 100, Sender: 100, Stranger: 100, Answers: 100, Longest: 1000}
		conn := newConn(conversation{written: written}, Options{Message: maxMessage, Calls: calls})
		serial := uint32(0)
		ask := func(sender string, know func()) bool {
			t.Helper()
			serial++
			calls.begin(sender, serial)
			know()
			answer := dbus.Message{Type: dbus.TypeMethodReply, Body: []any{make([]byte, 300)}, Headers: map[dbus.HeaderField]dbus.Variant{
				dbus.FieldReplySerial: dbus.MakeVariant(serial),
				dbus.FieldDestination: dbus.MakeVariant(sender),
				dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf([]byte{})),
			}}
			var out bytes.Buffer
			if err := answer.EncodeTo(&out, binary.LittleEndian); err != nil {
				t.Fatal(err)
			}
			written.Reset()
			if n, err := conn.Write(out.Bytes()); err != nil || n != out.Len() {
				t.Fatal(n, err)
			}
			if calls.total != 0 {
				t.Errorf("%d calls are under way", calls.total)
			}
			return written.Len() > 0
		}
		for name, know := range map[string]func(){
			":1.1": func() {},
			":1.2": func() { calls.Identify(":1.2", 1000) },
			":1.3": func() { calls.Identify(":1.3", 1001) },
		} {
			answered := 0
			for range 10 {
				if ask(name, know) {
					answered++
				}
			}
			if answered != 2 {
				t.Errorf("%s: %d answers", name, answered)
			}
		}
		if ask(":1.4", func() { calls.Identify(":1.4", 1000) }) {
			t.Error("another connection of the user has answers of its own")
		}
		for range 10 {
			if !ask(":1.5", func() { calls.Identify(":1.5", 1000); calls.Trust(":1.5") }) {
				t.Error("a trusted caller gets no answer")
			}
		}
		time.Sleep(4 * time.Second)
		if !ask(":1.4", func() { calls.Identify(":1.4", 1000) }) || ask(":1.4", func() { calls.Identify(":1.4", 1000) }) {
			t.Error("after 4 s there is not one more answer")
		}
	})
}

// Every caller has its share: no connection takes that of its user, and no user that of others. An
// answer, and nothing else, makes room.
func TestCallsAreShared(t *testing.T) {
	t.Parallel()
	c := &Calls{Total: 20, User: 8, Sender: 5, Stranger: 2}
	serial := uint32(0)
	fill := func(name string) (admitted int) {
		for ; c.admits(name); admitted++ {
			serial++
			c.begin(name, serial)
		}
		return admitted
	}
	want := func(name string, want int) {
		t.Helper()
		if got := fill(name); got != want {
			t.Errorf("%d calls of %s, want %d", got, name, want)
		}
	}
	want(":1.1", 2) // its user is not known
	for range 2 {
		if !c.Identify(":1.1", 1000) {
			t.Error("its first calls are too many")
		}
	}
	want(":1.1", 3) // of a connection
	want(":1.2", 2)
	if !c.Identify(":1.2", 1000) {
		t.Error("the calls of the second connection are too many")
	}
	want(":1.2", 1) // of the user
	want(":1.3", 2)
	if c.Identify(":1.3", 1000) {
		t.Error("the user has a third connection's calls, too")
	}
	want(":1.4", 2)
	if !c.Identify(":1.4", 0) {
		t.Error("another user has no calls")
	}
	want(":1.4", 3)
	c.end(":1.4", 1) // another's serial
	c.end(":1.9", 1)
	want(":1.4", 0)
	c.end(":1.1", 1)
	c.end(":1.1", 1) // one call has one answer
	want(":1.2", 1)
	for n := range 20 {
		fill(fmt.Sprint(":2.", n))
	}
	if c.total != c.Total {
		t.Errorf("%d calls of all, want %d", c.total, c.Total)
	}
	for key := range c.pending {
		c.end(key.sender, key.serial)
	}
	if c.total != 0 || len(c.pending)+len(c.senders)+len(c.users) != 0 {
		t.Errorf("kept: %+v", c)
	}
}

// Refusals have a pace.
func TestRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	c, now := &Calls{}, time.Now()
	for range 2 {
		answered := 0
		for range 3 * maxRefused {
			if c.mayRefuse(now) {
				answered++
			}
		}
		if answered != maxRefused {
			t.Errorf("%d answers in a second", answered)
		}
		now = now.Add(time.Second)
	}
}

// No bytes of a header are read beyond it.
func FuzzHeader(f *testing.F) {
	f.Add(make([]byte, headSize))
	f.Add([]byte("l\x01\x00\x01\x00\x00\x00\x00\x4d\x00\x00\x00\x0d\x00\x00\x00\x07\x01s\x00\x04\x00\x00\x00:1.7\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < headSize {
			return
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if h, err := parseHeader(data, order); err == nil && len(h.sender) > len(data) {
				t.Errorf("%+v", h)
			}
		}
	})
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

func TestSocket(t *testing.T) {
	for address, want := range map[string]string{
		"unix:path=/run/a%20b,guid=77":       "/run/a b",
		"unix:guid=77,abstract=/tmp/dbus-77": "@/tmp/dbus-77",
		"unix:path=/a%2":                     "error",
		"unix:runtime=yes":                   "error",
		"tcp:host=a.test,port=1":             "error",
		"":                                   "error",
	} {
		got, err := Socket(address)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %q, %v", address, got, err)
		}
	}
}
