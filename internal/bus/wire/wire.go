// Package wire opens connections to a D-Bus daemon that cost little whatever others send: the only
// way to a bus.
package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// maxHeader bounds the header of a message in bytes. Paths alone have no bound in D-Bus, and few have 100.
const maxHeader = 16 << 10

// busName is the sender of what the bus itself sends.
const busName = "org.freedesktop.DBus"

// setupTime bounds connecting: a bus that is stopped, or whose places for connections others hold, says nothing.
const setupTime = 10 * time.Second

// Options are what to read from a bus.
type Options struct {
	Message int    // of a message, in bytes
	Calls   *Calls // of others' method calls; nil: they are refused
	// Heard reports whether signals of a connection are wanted, by its unique name. It is called before a
	// signal is decoded. Those of the bus always are. nil: no others are.
	Heard func(sender string) bool
}

// Dial connects to the first of several addresses (D-Bus specification, "Server Addresses") where something
// listens, and takes a unique name there. All have to be Unix sockets. It starts no bus. The context bounds the
// attempt, and so do 10 s. Signals keep their order. The error is a [NoListenerError] if nothing listens.
func Dial(ctx context.Context, addresses string, options Options) (*dbus.Conn, error) {
	ctx, stop := context.WithTimeoutCause(ctx, setupTime, errSilent)
	defer stop()
	socket, err := dialUnix(ctx, addresses)
	if err != nil {
		return nil, err
	}
	c := newConn(socket, options)
	conn, err := dbus.NewConn(c, dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()), dbus.WithIncomingInterceptor(c.decoded))
	if err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	// Not conn.Close alone: it waits for a message that is being written.
	inTime := context.AfterFunc(ctx, func() { _ = socket.Close() })
	err = conn.Auth(nil)
	if err == nil {
		err = conn.Hello()
	}
	if !inTime() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// errSilent is a bus that accepts connections and does not answer.
var errSilent = fmt.Errorf("the bus did not answer within %v", setupTime)

// Conn is a connection to a bus on which only wanted messages are decoded. The bus passes on 128 MB from
// anyone, and godbus takes seconds to decode them, one message after the other; what it cannot decode ends the
// connection. A call that is too long, has other arguments than any method, or is one too many, is answered by an
// error; one that wants no answer is skipped, and so is every other message that is unwanted or cannot be decoded.
// It passes no file descriptors.
type Conn struct {
	net.Conn
	options Options
	in      *bufio.Reader
	next    io.Reader // what is left of the message that is being read
	writing sync.Mutex
}

func newConn(conn net.Conn, options Options) *Conn {
	return &Conn{Conn: conn, options: options, in: bufio.NewReaderSize(conn, maxHeader), next: bytes.NewReader(nil)}
}

// Read reads within one message, or within the lines of the authentication.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		if n, err := c.next.Read(p); n > 0 || err != io.EOF {
			return n, err
		}
		if err := c.begin(); err != nil {
			return 0, err
		}
	}
}

// begin looks at the next message, and skips it if it is not wanted.
func (c *Conn) begin() error {
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
	fields, body := sizes(head, order)
	size := headSize + fields + body
	if headSize+fields <= maxHeader {
		data, err := c.in.Peek(int(headSize + fields))
		if err != nil {
			return err
		}
		if h, err := parseHeader(data, order); err == nil {
			return c.judge(message{h, order, size, body})
		}
	}
	return c.skip(size)
}

// message is one whose header is read.
type message struct {
	header

	order      binary.ByteOrder
	size, body int64 // in bytes
}

// judge has a message decoded, or skips it. A call is answered by a refusal then; in place of an answer that
// cannot be decoded its caller gets an error.
func (c *Conn) judge(m message) error {
	if !c.wants(m) {
		if err := c.refuse(m); err != nil {
			return err
		}
		if err := c.skip(m.size); err != nil {
			return err
		}
		c.replace(m)
		return nil
	}
	var all bytes.Buffer // grows with what is there, not with what is announced
	if _, err := io.CopyN(&all, c.in, m.size); err != nil {
		return err
	}
	if decodable(all.Bytes(), int(m.size-m.body), m.signature, m.order) {
		c.next = &all
		return nil
	}
	c.next = bytes.NewReader(nil)
	c.replace(m)
	if m.kind == dbus.TypeMethodCall {
		return c.answer(m, nameInvalid, "the arguments are in too many containers, or are keys of another type")
	}
	return nil
}

// skip passes over a message.
func (c *Conn) skip(size int64) error {
	c.next = bytes.NewReader(nil)
	_, err := io.CopyN(io.Discard, c.in, size)
	return err
}

// wants reports whether a message is decoded.
func (c *Conn) wants(m message) bool {
	if m.size > int64(c.options.Message) {
		return false
	}
	switch m.kind {
	case dbus.TypeMethodCall:
		calls := c.options.Calls
		return calls != nil && m.flags&dbus.FlagNoReplyExpected == 0 && m.body <= int64(calls.Body) &&
			slices.Contains(calls.Signatures, m.signature) && calls.admits(m.sender)
	case dbus.TypeSignal:
		return m.sender == busName || c.options.Heard != nil && c.options.Heard(m.sender)
	}
	return true
}

// Names of errors that the bus itself uses, too.
const (
	nameLimits  = busName + ".Error.LimitsExceeded"
	nameInvalid = busName + ".Error.InvalidArgs"
)

// refuse says to the sender of a call why it is not wanted.
func (c *Conn) refuse(m message) error {
	calls := c.options.Calls
	switch {
	case m.kind != dbus.TypeMethodCall || calls == nil:
		return nil // nobody has a reason to call
	case m.size > int64(c.options.Message) || m.body > int64(calls.Body):
		return c.answer(m, nameInvalid, fmt.Sprintf("the arguments of a call have at most %d bytes, these %d", calls.Body, m.body))
	case !slices.Contains(calls.Signatures, m.signature):
		return c.answer(m, nameInvalid, fmt.Sprintf("no method takes arguments of the types %q", m.signature))
	}
	return c.answer(m, nameLimits, "there are too many calls at the moment")
}

// answer answers a call by an error, if its sender wants an answer and the pace of refusals allows it.
func (c *Conn) answer(m message, name, text string) error {
	if m.flags&dbus.FlagNoReplyExpected != 0 || m.sender == "" || !c.options.Calls.mayRefuse(time.Now()) {
		return nil
	}
	data, err := encodeError(name, text, m.serial, map[dbus.HeaderField]dbus.Variant{dbus.FieldDestination: dbus.MakeVariant(m.sender)})
	if err != nil {
		return nil // its sender has no name that can be answered to
	}
	_, err = c.write(data) // it ends no call: a sender can use a serial twice
	return err
}

// replace has an error decoded in place of an answer that is not: its caller would wait in vain.
func (c *Conn) replace(m message) {
	if m.kind != dbus.TypeMethodReply && m.kind != dbus.TypeError {
		return
	}
	data, _ := encodeError(nameInvalid, "the answer is too long, or cannot be decoded", m.reply, map[dbus.HeaderField]dbus.Variant{}) // all valid
	c.next = bytes.NewReader(data)
}

// encodeError encodes an error about the call with a serial.
func encodeError(name, text string, serial uint32, headers map[dbus.HeaderField]dbus.Variant) ([]byte, error) {
	headers[dbus.FieldErrorName] = dbus.MakeVariant(name)
	headers[dbus.FieldReplySerial] = dbus.MakeVariant(serial)
	headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(text))
	answer := dbus.Message{Type: dbus.TypeError, Flags: dbus.FlagNoReplyExpected, Body: []any{text}, Headers: headers}
	var out bytes.Buffer
	if err := answer.EncodeTo(&out, binary.LittleEndian); err != nil {
		return nil, err
	}
	binary.LittleEndian.PutUint32(out.Bytes()[8:], refusalSerial)
	return out.Bytes(), nil
}

// refusalSerial is the serial of each refusal: nobody answers one. godbus counts its own from 1.
const refusalSerial = 1<<32 - 1

// decoded is called by godbus with each message that it takes, before the next one is read. Another call
// is not counted: nothing answers it.
func (c *Conn) decoded(m *dbus.Message) {
	if m.Type == dbus.TypeMethodCall && c.options.Calls != nil {
		sender, _ := m.Headers[dbus.FieldSender].Value().(string)
		c.options.Calls.begin(sender, m.Serial())
	}
}

// Write writes a whole message, or a line of the authentication: godbus writes each at once. An answer beyond the
// pace of its caller's is left out.
func (c *Conn) Write(p []byte) (int, error) {
	h, isAnswer := answerOf(p)
	if c.options.Calls == nil || !isAnswer {
		return c.write(p)
	}
	defer c.options.Calls.end(h.destination, h.reply)
	if !c.options.Calls.mayAnswer(h.destination, len(p), time.Now()) {
		return len(p), nil
	}
	return c.write(p)
}

// writeTime is how long the bus may take no bytes. It reads no more from a sender of whose messages too many bytes wait
// for connections that do not read them, no matter who made it send those.
const writeTime = 5 * time.Second

// write writes all, or ends the connection: part of a message cannot be taken back, and another connection has no
// messages that wait.
func (c *Conn) write(p []byte) (written int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	for written < len(p) {
		if err = c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			break
		}
		n, failure := c.Conn.Write(p[written:])
		written += n
		if failure != nil && (n == 0 || !errors.Is(failure, os.ErrDeadlineExceeded)) {
			err = failure
			break
		}
	}
	if err != nil {
		_ = c.Conn.Close() // so that reading ends, too
	}
	return written, err
}

// answerOf returns the header of a message that answers a call.
func answerOf(p []byte) (h header, isAnswer bool) {
	order := orderOf(p)
	if order == nil || len(p) < headSize {
		return h, false
	}
	if fields, _ := sizes(p, order); headSize+fields > int64(len(p)) {
		return h, false
	}
	h, err := parseHeader(p, order)
	return h, err == nil && (h.kind == dbus.TypeMethodReply || h.kind == dbus.TypeError)
}

// peekOrder returns the byte order of the next message; nil if there is none.
func (c *Conn) peekOrder() (binary.ByteOrder, error) {
	first, err := c.in.Peek(1)
	return orderOf(first), err
}

// orderOf returns the byte order of a message; nil if it is none: what the bus says during the
// authentication begins with an upper-case letter other than B.
func orderOf(p []byte) binary.ByteOrder {
	switch {
	case len(p) > 0 && p[0] == 'l':
		return binary.LittleEndian
	case len(p) > 0 && p[0] == 'B':
		return binary.BigEndian
	}
	return nil
}
