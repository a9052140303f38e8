package wire

import (
	"encoding/binary"
	"errors"

	"github.com/godbus/dbus/v5"
)

// headSize is the size in bytes of the part of a message that always has the same layout (D-Bus
// specification, "Message Format").
const headSize = 16

// header is what is read of a message before it is decoded.
type header struct {
	kind        dbus.Type
	flags       dbus.Flags
	serial      uint32
	reply       uint32 // the serial of the call that it answers; 0: none
	destination string
	sender      string // unique name, which the bus wrote; empty: the bus did not say
	signature   string // of the body
}

// errHeader says that the fields of a header are not those of the D-Bus specification, which all
// have basic types. The bus passes no such message on.
var errHeader = errors.New("read header: invalid field")

// sizes returns the sizes in bytes of the fields of a header, with their padding, and of the body.
func sizes(head []byte, order binary.ByteOrder) (fields, body int64) {
	return (int64(order.Uint32(head[12:])) + 7) &^ 7, int64(order.Uint32(head[4:]))
}

// parseHeader reads the header of a message that has all of its fields.
func parseHeader(data []byte, order binary.ByteOrder) (header, error) {
	h := header{kind: dbus.Type(data[1]), flags: dbus.Flags(data[2]), serial: order.Uint32(data[8:])}
	f := fields{data[:headSize+min(int(order.Uint32(data[12:])), len(data)-headSize)], headSize, order}
	for f.at < len(f.data) {
		f.align(8) // of a struct
		code, known := f.byte()
		length, isShort := f.byte()
		kind, hasKind := f.byte()
		end, isEnded := f.byte()
		if !known || !isShort || !hasKind || !isEnded || length != 1 || end != 0 {
			return h, errHeader
		}
		text, number, ok := f.value(kind)
		if !ok || dbus.HeaderField(code) == dbus.FieldSignature && kind != 'g' {
			return h, errHeader
		}
		switch dbus.HeaderField(code) {
		case dbus.FieldReplySerial:
			h.reply = number
		case dbus.FieldDestination:
			h.destination = text
		case dbus.FieldSender:
			h.sender = text
		case dbus.FieldSignature:
			h.signature = text
		}
	}
	return h, nil
}

// fields are read one after the other.
type fields struct {
	data  []byte // of the message, up to the end of the fields
	at    int
	order binary.ByteOrder
}

func (f *fields) byte() (byte, bool) {
	if f.at >= len(f.data) {
		return 0, false
	}
	f.at++
	return f.data[f.at-1], true
}

func (f *fields) uint32() (uint32, bool) {
	if !f.fixed(4) {
		return 0, false
	}
	return f.order.Uint32(f.data[f.at-4:]), true
}

// align skips the padding before a value.
func (f *fields) align(size int) { f.at = (f.at + size - 1) &^ (size - 1) }

// fixed passes over a value of a size that is its alignment, too.
func (f *fields) fixed(size int) bool {
	f.align(size)
	if f.at+size > len(f.data) {
		return false
	}
	f.at += size
	return true
}

// text reads a text of a length, and the zero behind it.
func (f *fields) text(length uint32) (string, bool) {
	if int64(length)+1 > int64(len(f.data)-f.at) {
		return "", false
	}
	text := string(f.data[f.at : f.at+int(length)])
	f.at += int(length) + 1
	return text, true
}

// value reads a value of one of the types that fields have.
func (f *fields) value(kind byte) (text string, number uint32, ok bool) {
	switch kind {
	case 'u':
		number, ok = f.uint32()
	case 's', 'o':
		var length uint32
		if length, ok = f.uint32(); ok {
			text, ok = f.text(length)
		}
	case 'g':
		var length byte
		if length, ok = f.byte(); ok {
			text, ok = f.text(uint32(length))
		}
	}
	return text, number, ok
}
