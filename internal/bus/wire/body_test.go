package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// raw is a message whose body is given: godbus cannot encode each.
func raw(t testing.TB, m dbus.Message, order binary.ByteOrder, signature string, body []byte) []byte {
	t.Helper()
	m.Headers = map[dbus.HeaderField]dbus.Variant{
		dbus.FieldPath:        dbus.MakeVariant(dbus.ObjectPath("/a")),
		dbus.FieldInterface:   dbus.MakeVariant("a.b"),
		dbus.FieldMember:      dbus.MakeVariant("C"),
		dbus.FieldReplySerial: dbus.MakeVariant(uint32(5)),
		dbus.FieldSender:      dbus.MakeVariant(":1.7"),
	}
	if m.Type == dbus.TypeError {
		m.Headers[dbus.FieldErrorName] = dbus.MakeVariant("a.b")
	}
	if signature != "" {
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.ParseSignatureMust(signature))
	}
	var out bytes.Buffer
	if err := m.EncodeTo(&out, order); err != nil {
		t.Fatal(err)
	}
	order.PutUint32(out.Bytes()[4:], uint32(len(body)))
	order.PutUint32(out.Bytes()[8:], 77)
	return append(out.Bytes(), body...)
}

// nested are variants in each other, around a value of a type.
func nested(variants int, signature string, value ...byte) []byte {
	body := bytes.Repeat([]byte{1, 'v', 0}, variants-1)
	return append(append(append(body, byte(len(signature))), signature+"\x00"...), value...)
}

// odd are bodies that D-Bus allows, and that godbus cannot decode or make variants of.
var odd = []struct {
	name, signature string
	body            []byte
}{
	{"boolean keys", "a{by}", []byte{5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7}},
	{"signature keys", "a{gy}", []byte{4, 0, 0, 0, 0, 0, 0, 0, 1, 'y', 0, 7}},
	{"keys in a variant", "v", nested(1, "a{by}", 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 7)},
	{"64 variants", "v", nested(64, "ay", 0, 0, 0, 0, 0)},
	{"33 arrays", strings.Repeat("a", 32) + "(y)", []byte{0, 0, 0, 0}},
	{"33 arrays in a variant", "v", nested(1, strings.Repeat("a", 32)+"(y)", 0, 0, 0, 0, 0, 0, 0)},
	{"no boolean keys", "aa{by}", []byte{0, 0, 0, 0}},
}

// What godbus cannot decode ends no connection, whatever it is part of. Who waits for an answer gets an error.
func TestUndecodable(t *testing.T) {
	t.Parallel()
	for _, test := range odd {
		written := &bytes.Buffer{}
		in := bytes.Join([][]byte{
			raw(t, dbus.Message{Type: dbus.TypeMethodCall}, binary.LittleEndian, test.signature, test.body),
			raw(t, dbus.Message{Type: dbus.TypeSignal}, binary.LittleEndian, test.signature, test.body),
			raw(t, dbus.Message{Type: dbus.TypeMethodReply}, binary.LittleEndian, test.signature, test.body),
			raw(t, dbus.Message{Type: dbus.TypeError}, binary.LittleEndian, test.signature, test.body),
			raw(t, dbus.Message{Type: dbus.TypeMethodReply}, binary.LittleEndian, "ay", append([]byte{1, 64, 0, 0}, make([]byte, 16385)...)),
			raw(t, dbus.Message{Type: dbus.TypeSignal}, binary.LittleEndian, "s", []byte("\x01\x00\x00\x00x\x00")),
		}, nil)
		conn := newConn(conversation{written: written, Reader: bytes.NewReader(in)}, Options{
			Message: maxMessage, Heard: func(string) bool { return true },
			Calls: &Calls{Signatures: []string{test.signature}, Body: 1 << 10, Total: 1, Stranger: 1},
		})
		for range 3 {
			m, err := dbus.DecodeMessage(conn)
			if err != nil || m.Type != dbus.TypeError || m.Headers[dbus.FieldReplySerial].Value() != uint32(5) || m.Headers[dbus.FieldErrorName].Value() != nameInvalid {
				t.Fatalf("%s: in place of an answer: %v, %v", test.name, m, err)
			}
		}
		if m, err := dbus.DecodeMessage(conn); err != nil || m.Type != dbus.TypeSignal || m.Body[0] != "x" {
			t.Errorf("%s: what follows: %v, %v", test.name, m, err)
		}
		if _, err := dbus.DecodeMessage(conn); !errors.Is(err, io.EOF) {
			t.Errorf("%s: at the end: %v", test.name, err)
		}
		if m, err := dbus.DecodeMessage(written); err != nil || m.Headers[dbus.FieldErrorName].Value() != nameInvalid || m.Headers[dbus.FieldReplySerial].Value() != uint32(77) {
			t.Errorf("%s: the caller gets %v, %v", test.name, m, err)
		}
	}
}

// What is of use is decoded: up to 32 containers, and every type.
func TestDecodable(t *testing.T) {
	t.Parallel()
	type inner struct {
		A byte
		B []map[string]dbus.Variant
	}
	deep := dbus.MakeVariant([]uint64{1, 2})
	for range maxDepth - 2 {
		deep = dbus.MakeVariant(deep)
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for name, args := range map[string][]any{
			"nothing": nil,
			"basic":   {byte(1), true, int16(2), uint16(3), int32(4), uint32(5), int64(6), uint64(7), 8.0, "nine", dbus.ObjectPath("/ten"), dbus.SignatureOf("s")},
			"empty":   {[]uint64{}, map[uint16]string{}, []inner{}, [][]byte{{}, {}}},
			"mixed": {
				"iface",
				map[string]dbus.Variant{"a": dbus.MakeVariant([]inner{{1, []map[string]dbus.Variant{{"b": dbus.MakeVariant(2.5)}, {}}}, {}}), "c": dbus.MakeVariant([]string{"d"})},
				[]string{"e", ""},
				map[uint32]map[string]byte{1: {"f": 2}},
			},
			"deep": {deep},
		} {
			data := encoded(t, order, dbus.Message{Type: dbus.TypeSignal}, ":1.7", "A", args...)
			h, err := parseHeader(data, order)
			fields, _ := sizes(data, order)
			if err != nil || !decodable(data, int(headSize+fields), h.signature, order) {
				t.Errorf("%s of %q: is not decoded, %v", name, h.signature, err)
			}
		}
	}
}

// Godbus decodes what is decodable, and can make variants of all of it.
func FuzzDecodable(f *testing.F) {
	for _, test := range odd {
		f.Add(test.signature, test.body)
	}
	f.Add("sa{sv}as", []byte("\x01\x00\x00\x00a\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00b\x00\x01y\x00\x07\x00\x00\x00\x00\x00\x00\x00"))
	f.Add("a(yv)a{hd}", make([]byte, 24))
	f.Add("aa{oai}v", nested(3, "(yn)", make([]byte, 12)...))
	f.Fuzz(func(t *testing.T, signature string, body []byte) {
		if _, err := dbus.ParseSignature(signature); err != nil || len(body) > maxMessage {
			return
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			data := raw(t, dbus.Message{Type: dbus.TypeSignal}, order, signature, body)
			if !decodable(data, len(data)-len(body), signature, order) {
				continue
			}
			m, err := dbus.DecodeMessage(bytes.NewReader(data))
			if _, invalid := errors.AsType[dbus.InvalidMessageError](err); invalid {
				continue
			}
			if err != nil {
				t.Fatalf("%q, %x: %v", signature, body, err)
			}
			for _, value := range m.Body {
				variant := dbus.MakeVariant(value)
				var any map[string]dbus.Variant
				_ = variant.Store(&any) // may not panic
			}
		}
	})
}
