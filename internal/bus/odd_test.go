package bus

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/bus/wire"
)

// sendRaw sends a call whose body is given: godbus cannot encode each.
func (f *flooder) sendRaw(t *testing.T, iface, member, signature string, body []byte) {
	t.Helper()
	h := headers(Name, Path, iface, member)
	h[dbus.FieldSignature] = dbus.MakeVariant(dbus.ParseSignatureMust(signature))
	m := dbus.Message{Type: dbus.TypeMethodCall, Headers: h}
	var out bytes.Buffer
	if err := m.EncodeTo(&out, binary.LittleEndian); err != nil {
		t.Fatal(err)
	}
	f.serial++
	binary.LittleEndian.PutUint32(out.Bytes()[4:], uint32(len(body)))
	binary.LittleEndian.PutUint32(out.Bytes()[8:], f.serial)
	if _, err := f.socket.Write(append(out.Bytes(), body...)); err != nil {
		t.Fatal(err)
	}
}

// errorOf returns the name of the error that answers the last call.
func (f *flooder) errorOf(t *testing.T) string {
	t.Helper()
	for {
		m, err := dbus.DecodeMessage(f.socket)
		if err != nil {
			t.Fatal(err)
		}
		if m.Headers[dbus.FieldReplySerial].Value() == f.serial {
			name, _ := m.Headers[dbus.FieldErrorName].Value().(string)
			return name
		}
	}
}

// Calls that D-Bus allows and godbus cannot decode, or panics on, are refused, and the agent stays on the bus.
func TestOddArgumentsAreRefused(t *testing.T) {
	t.Parallel()
	config := systemAgent(t, &stub{})
	root := dialAs(t, config.Address, 0)
	client := clientOf(t, root)
	const properties = "org.freedesktop.DBus.Properties"
	for _, test := range []struct {
		user          int
		iface, member string
		signature     string
		body          []byte
	}{
		{strangerID, Interface, methodLogin, "a{by}", []byte{5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7}},
		{strangerID, Interface, methodLogin, "a{gy}", []byte{4, 0, 0, 0, 0, 0, 0, 0, 1, 'y', 0, 7}},
		{strangerID, Interface, methodLogin, "v", append(bytes.Repeat([]byte{1, 'v', 0}, 63), 2, 'a', 'y', 0, 0, 0, 0, 0, 0, 0, 0)},
		{0, properties, "Set", "ss" + strings.Repeat("a", 32) + "(y)", []byte("\x01\x00\x00\x00a\x00\x00\x00\x01\x00\x00\x00b\x00\x00\x00\x00\x00\x00\x00")},
		{0, properties, "Set", "ssv", append([]byte("\x01\x00\x00\x00a\x00\x00\x00\x01\x00\x00\x00b\x00"), append(bytes.Repeat([]byte{1, 'v', 0}, 40), 1, 'y', 0, 7)...)},
	} {
		f := floodAs(t, config, test.user)
		for end := make([]byte, 1); end[0] != '\n'; { // of the authentication
			if _, err := f.socket.Read(end); err != nil {
				t.Fatal(err)
			}
		}
		f.sendRaw(t, test.iface, test.member, test.signature, test.body)
		if name := f.errorOf(t); name != errorInvalid {
			t.Errorf("%s%s: %s", test.member, test.signature, name)
		}
		if _, err := client.Status(within(t)); err != nil {
			t.Errorf("%s%s: the agent is gone: %v", test.member, test.signature, err)
		}
		_ = f.socket.Close()
	}
}

// What methods take is known without being listed twice.
func TestSignatures(t *testing.T) {
	t.Parallel()
	if got := wire.Signatures(exported(&service{}, "")); !slices.Equal(got, []string{"", "ay", "s", "ss", "ssv"}) {
		t.Errorf("%q", got)
	}
}

// A stranger that reads no answers gets too few for the bus to stop reading the agent: the other users are answered.
func TestUnreadAnswersAreBounded(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can connect as other users")
	}
	shipped, err := filepath.Abs("../../configs/dbus/" + Name + ".conf")
	if err != nil {
		t.Fatal(err)
	}
	const bound = 2 * maxAnswer // of what may wait, as the system's 127 MB
	policy := strings.Replace(fmt.Sprintf(systemBus, shipped), "</busconfig>", fmt.Sprintf(`<limit name="max_incoming_bytes">%d</limit></busconfig>`, bound), 1)
	config := Config{System: true, Address: bustest.StartAs(t, os.Getenv("HELPER_REQUIRE"), policy).Address}
	serveOn(t, config, &stub{})
	var strangers []*flooder
	for range 16 {
		f := floodAs(t, config, strangerID)
		defer f.socket.Close()
		strangers = append(strangers, f)
	}
	root := dialAs(t, config.Address, 0)
	var description string
	ask := func(ctx context.Context) error {
		return root.Object(Name, Path).CallWithContext(ctx, "org.freedesktop.DBus.Introspectable.Introspect", 0).Store(&description)
	}
	for sent := 0; sent < 2*bound; sent += len(strangers) * len(description) {
		for _, f := range strangers {
			if err := f.send(t, dbus.Message{Type: dbus.TypeMethodCall, Headers: headers(Name, Path, "org.freedesktop.DBus.Introspectable", "Introspect")}); err != nil {
				t.Fatal(err)
			}
		}
		if err := ask(within(t)); err != nil {
			t.Fatalf("root, after %d bytes of answers: %v", sent, err)
		}
	}
}
