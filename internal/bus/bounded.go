package bus

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/godbus/dbus/v5"
)

// maxMessage bounds a message to the agent in bytes. Its longest argument has 64. The bus passes
// on 128 MB, and godbus takes seconds to decode them, one message after the other.
const maxMessage = 16 << 10

// headSize is the size of the part of a message that always has the same layout (D-Bus
// specification, "Message Format").
const headSize = 16

// boundedConn is a connection to a bus on which no message is longer than [maxMessage]. Of a
// longer method call it passes on the header with an argument that no method has, so that the
// call is refused. Other long messages are skipped, and so are long headers. It passes no file descriptors.
type boundedConn struct {
	net.Conn

	in   *bufio.Reader
	next io.Reader // what is left of the message that is being read
}

func newBoundedConn(conn net.Conn) *boundedConn {
	return &boundedConn{Conn: conn, in: bufio.NewReaderSize(conn, maxMessage), next: bytes.NewReader(nil)}
}

// Read reads within one message, or within the lines of the authentication.
func (c *boundedConn) Read(p []byte) (int, error) {
	for {
		if n, err := c.next.Read(p); n > 0 || err != io.EOF {
			return n, err
		}
		if err := c.begin(); err != nil {
			return 0, err
		}
	}
}

// begin looks at the next message, and skips it if it is too long.
func (c *boundedConn) begin() error {
	order, err := c.peekOrder()
	if err != nil {
		return err
	}
	if order == nil { // a line of the authentication; the bus sends a message only after the last one
		c.next = io.LimitReader(c.in, int64(c.in.Buffered()))
		return nil
	}
	head, err := c.in.Peek(headSize)
	if err != nil {
		return err
	}
	body, fields := int64(order.Uint32(head[4:])), (int64(order.Uint32(head[12:]))+7)&^7
	size := headSize + fields + body
	if size <= maxMessage {
		c.next = io.LimitReader(c.in, size)
		return nil
	}
	var refused []byte
	if headSize+fields <= maxMessage {
		header := make([]byte, headSize+fields)
		if _, err := io.ReadFull(c.in, header); err != nil {
			return err
		}
		size -= int64(len(header))
		refused = refusedCall(header, order)
	}
	c.next = bytes.NewReader(refused)
	_, err = io.CopyN(io.Discard, c.in, size)
	return err
}

// peekOrder returns the byte order of the next message; nil if there is none: all lines of the
// authentication begin with an upper-case letter other than B.
func (c *boundedConn) peekOrder() (binary.ByteOrder, error) {
	first, err := c.in.Peek(1)
	switch {
	case err != nil:
		return nil, err
	case first[0] == 'l':
		return binary.LittleEndian, nil
	case first[0] == 'B':
		return binary.BigEndian, nil
	}
	return nil, nil
}

// refusedCall returns a method call with another argument, from its header; nil if there is no
// call to refuse.
func refusedCall(header []byte, order binary.ByteOrder) []byte {
	if dbus.Type(header[1]) != dbus.TypeMethodCall {
		return nil
	}
	fields, err := decodeHeader(header, order)
	if err != nil {
		return nil
	}
	fields[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(false))
	delete(fields, dbus.FieldUnixFDs)
	call := dbus.Message{Type: dbus.TypeMethodCall, Flags: dbus.Flags(header[2]), Headers: fields, Body: []any{false}}
	var out bytes.Buffer
	if err := call.EncodeTo(&out, order); err != nil {
		return nil
	}
	copy(out.Bytes()[8:12], header[8:12]) // the serial, which the answer names
	return out.Bytes()
}

// decodeHeader decodes the fields of a header: a message that has them as its body is decoded.
func decodeHeader(header []byte, order binary.ByteOrder) (map[dbus.HeaderField]dbus.Variant, error) {
	const signature = "a(yv)"
	carrier := dbus.Message{Type: dbus.TypeMethodReply, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldReplySerial: dbus.MakeVariant(uint32(1)),
		dbus.FieldSignature:   dbus.MakeVariant(dbus.ParseSignatureMust(signature)),
	}}
	var data bytes.Buffer
	if err := carrier.EncodeTo(&data, order); err != nil {
		return nil, err
	}
	body := append(append(bytes.Clone(header[12:16]), 0, 0, 0, 0), header[headSize:]...)
	order.PutUint32(data.Bytes()[4:], uint32(len(body)))
	data.Write(body)
	message, err := dbus.DecodeMessage(&data)
	if err != nil {
		return nil, err
	}
	var list []struct {
		Field byte
		Value dbus.Variant
	}
	if err := dbus.Store(message.Body, &list); err != nil {
		return nil, err
	}
	fields := map[dbus.HeaderField]dbus.Variant{}
	for _, f := range list {
		fields[dbus.HeaderField(f.Field)] = f.Value
	}
	return fields, nil
}

// dialUnix connects to the first of several addresses (D-Bus specification, "Server Addresses").
func dialUnix(addresses string) (net.Conn, error) {
	var errs []error
	for address := range strings.SplitSeq(addresses, ";") {
		path, err := socketOf(address)
		if err != nil {
			errs = append(errs, fmt.Errorf("address %q: %w", address, err))
			continue
		}
		conn, err := net.Dial("unix", path)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// socketOf returns the socket of an address as [net.Dial] wants it.
func socketOf(address string) (string, error) {
	keys, isUnix := strings.CutPrefix(address, "unix:")
	if !isUnix {
		return "", errors.New("the agent is served on Unix sockets only")
	}
	for pair := range strings.SplitSeq(keys, ",") {
		key, escaped, _ := strings.Cut(pair, "=")
		value, err := dbus.UnescapeBusAddressValue(escaped)
		switch {
		case err != nil:
			return "", err
		case key == "path":
			return value, nil
		case key == "abstract":
			return "@" + value, nil
		}
	}
	return "", errors.New("it names no socket")
}
