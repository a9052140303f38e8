package live

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"hotspot-helper/internal/confine"
)

// The interfaces of the protocol, and the errors that Varlink defines for every one.
const (
	iface          = "org.hotspothelper.Live1."
	errNoMethod    = "org.varlink.service.MethodNotFound"
	errParameter   = "org.varlink.service.InvalidParameter"
	errExchange    = iface + "ExchangeFailed"
	methodDescribe = iface + "Describe"
	methodClaim    = iface + "Claim"
	methodAuth     = iface + "Authenticate"
	methodMaintain = iface + "Maintain"
	methodLogoff   = iface + "Logoff"
	methodCancel   = iface + "Cancel"
	methodExchange = iface + "Exchange"
)

// The limits of what a helper may write for one command.
const (
	maxLine     = 256 << 10 // bytes: each is searched for what the user gave
	maxWritten  = 2 << 20   // bytes of all lines
	maxMessages = 250       // lines
	maxDepth    = 32        // of nesting in a line
	maxNodes    = 10_000    // values and names in a line
)

// message is one line. A call has a method, a reply parameters; an error also has its name.
type message struct {
	Method     string          `json:"method,omitempty"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
	Error      string          `json:"error,omitempty"`
}

// callError is an error that goes over the wire.
type callError struct {
	Name       string
	Parameters any
}

func (e *callError) Error() string { return shown(e.text(), nil, maxMistakes) }

// text is what the error says, as the helper wrote it.
func (e *callError) text() string {
	text, err := json.Marshal(e.Parameters)
	if err != nil || string(text) == "null" {
		return e.Name
	}
	var said struct {
		Reason    string `json:"reason"`
		Parameter string `json:"parameter"` // of errParameter
	}
	if json.Unmarshal(text, &said) == nil && said.Reason+said.Parameter != "" {
		return e.Name + ": " + cmp.Or(said.Reason, said.Parameter)
	}
	return e.Name + " " + string(text)
}

// errNotThere is the error of a helper that does not know a method.
var errNotThere = errors.New("it has no such method")

// Is compares with errNotThere.
func (e *callError) Is(target error) bool { return target == errNotThere && e.Name == errNoMethod }

// noMethod is the error of a method that is not known.
func noMethod(name string) *callError {
	return &callError{errNoMethod, map[string]string{"method": cut(name, maxReason)}}
}

// conn is the conversation with a program that runs.
type conn struct {
	process  *confine.Process
	mask     func(string) string // removes secrets from what an error quotes; nil: it knows none
	lines    *bufio.Reader
	written  int // bytes that the helper wrote
	messages int // lines that it wrote
}

// newConn begins a conversation.
func newConn(process *confine.Process, mask func(string) string) *conn {
	return &conn{process: process, mask: mask, lines: bufio.NewReaderSize(process.Stdout, 64<<10)}
}

// call calls a method of the helper, and serves what it asks meanwhile. An error of the helper's is a
// [*callError].
func (c *conn) call(method string, parameters map[string]any, serve func(message) (any, *callError)) (json.RawMessage, error) {
	// Helpers ignore what they do not know, and so that later versions can rely on it, there always is
	// something. (The browsers' word for this is GREASE, RFC 8701.)
	parameters[fmt.Sprintf("grease-%04x", rand.Uint32()&0xffff)] = true
	if err := c.send(map[string]any{"method": method, "parameters": parameters}); err != nil {
		return nil, err
	}
	for {
		m, err := c.receive()
		switch {
		case err != nil:
			return nil, err
		case m.Method == "" && m.Error != "":
			return nil, &callError{m.Error, m.Parameters}
		case m.Method == "":
			return m.Parameters, nil
		}
		if err := c.serve(m, serve); err != nil {
			return nil, err
		}
	}
}

// serve answers a call of the helper's.
func (c *conn) serve(m message, serve func(message) (any, *callError)) error {
	var answer any
	failed := noMethod(m.Method)
	if serve != nil {
		answer, failed = serve(m)
	}
	if failed != nil {
		return c.send(map[string]any{"error": failed.Name, "parameters": failed.Parameters})
	}
	return c.send(map[string]any{"parameters": answer})
}

// send writes one line.
func (c *conn) send(m map[string]any) error {
	line, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write to the helper: %w", err)
	}
	if _, err := c.process.Stdin.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return nil
}

// errBroken is the error of a helper that does not read.
var errBroken = errors.New("it takes no more calls")

// cancelTime is how long a helper has to end after [methodCancel].
const cancelTime = 500 * time.Millisecond

// cancel tells the helper that its answer is not wanted any more, and ends it.
func (c *conn) cancel() {
	_ = c.process.Stdin.SetWriteDeadline(time.Now().Add(cancelTime))
	if c.send(map[string]any{"method": methodCancel, "oneway": true}) == nil {
		c.process.Ended(cancelTime)
	}
	c.process.Interrupt()
}

// receive reads one line. A line without text is passed over.
func (c *conn) receive() (message, error) {
	for {
		line, err := c.readLine()
		if err != nil {
			return message{}, err
		}
		if c.messages++; c.messages > maxMessages {
			return message{}, fmt.Errorf("read from the helper: more than %d lines", maxMessages)
		}
		if len(line) == 0 {
			continue
		}
		if err := checkShape(line); err != nil {
			return message{}, fmt.Errorf("read from the helper: %w", err)
		}
		var m message
		if err := json.Unmarshal(line, &m); err != nil {
			return message{}, fmt.Errorf("read from the helper: a line that is no message, which is an object of JSON: %q", shown(string(line), c.mask, maxQuotedLine))
		}
		return m, nil
	}
}

// readLine reads up to the end of a line, which it removes.
func (c *conn) readLine() ([]byte, error) {
	line, err := readUpTo(c.lines, '\n', min(maxLine, maxWritten-c.written))
	c.written += len(line)
	switch {
	case len(line) > maxLine:
		return nil, fmt.Errorf("read from the helper: a line of more than %d bytes", maxLine)
	case c.written > maxWritten:
		return nil, fmt.Errorf("read from the helper: more than %d bytes", maxWritten)
	case errors.Is(err, io.EOF):
		return nil, errSilent // a line that does not end is none
	case err != nil:
		return nil, fmt.Errorf("read from the helper: %w", err)
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// readUpTo reads up to the byte that ends a message, which is the last one of the text. It also stops when the text is
// longer than most, which the caller must check first.
func readUpTo(reader *bufio.Reader, end byte, most int) (text []byte, err error) {
	for {
		part, err := reader.ReadSlice(end)
		text = append(text, part...)
		if len(text) > most || !errors.Is(err, bufio.ErrBufferFull) {
			return text, err
		}
	}
}

// errSilent is the error of a helper that ended, or closed its output, without an answer.
var errSilent = errors.New("it ended without an answer")

// checkShape refuses text that nests deeper than maxDepth, or has more than maxNodes: a decoder needs memory for each.
func checkShape(text []byte) error {
	depth, nodes, inString := 0, 1, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString:
			deeper, more := shapeOf(c)
			depth, nodes = depth+deeper, nodes+more
		}
		switch {
		case depth > maxDepth:
			return fmt.Errorf("JSON nests deeper than %d", maxDepth)
		case nodes > maxNodes:
			return fmt.Errorf("JSON of more than %d values and names", maxNodes)
		}
	}
	return nil
}

// shapeOf returns how much deeper what follows a character is, and how many nodes it begins.
func shapeOf(c byte) (deeper, nodes int) {
	switch c {
	case '{', '[':
		return 1, 1
	case '}', ']':
		return -1, 0
	case ',', ':':
		return 0, 1
	}
	return 0, 0
}
