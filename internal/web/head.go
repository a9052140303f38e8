package web

import (
	"bytes"
	"strconv"
	"strings"
)

// MaxHead bounds the header of a response in bytes, as in Chromium.
const MaxHead = 256 << 10

// RepairHead returns the head of an HTTP/1 response, from the status line to the empty line,
// as browsers read it. net/http refuses the whole response for one bad line. Lines that are no
// header fields go, and with them their continuations; white space before the colon goes. Of
// lengths that differ the greatest stays, and the connection is closed after the body, because
// where it ends is a guess. A transfer coding that is not applied ("identity") goes. It
// returns anything else, and a head without mistakes, as it is.
func RepairHead(head []byte) []byte {
	if !bytes.HasPrefix(head, []byte("HTTP/")) {
		return head
	}
	status, rest, _ := bytes.Cut(head, []byte("\n"))
	h := headRepair{out: append(append(make([]byte, 0, len(head)+64), status...), '\n'), skipped: true}
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		h.line(bytes.TrimSuffix(line, []byte("\r")))
	}
	h.finish()
	if !h.changed {
		return head
	}
	return append(h.out, "\r\n"...)
}

// headRepair writes the header fields of one response anew.
type headRepair struct {
	out     []byte
	changed bool // something differs from what was sent
	skipped bool // the last field is not among those written
	lengths []string
	codings []string
}

func (h *headRepair) line(line []byte) {
	switch {
	case len(line) == 0:
	case line[0] == ' ' || line[0] == '\t':
		h.continuation(line)
	default:
		h.field(line)
	}
}

// continuation writes a line that continues the field before it.
func (h *headRepair) continuation(line []byte) {
	if h.skipped || !isFieldValue(line) {
		h.changed = true
		return
	}
	h.write(line)
}

func (h *headRepair) field(line []byte) {
	name, value, found := bytes.Cut(line, []byte(":"))
	trimmed := bytes.TrimRight(name, " \t")
	h.skipped = !found || !isFieldName(trimmed) || !isFieldValue(value)
	if h.skipped {
		h.changed = true
		return
	}
	h.changed = h.changed || len(trimmed) != len(name)
	switch strings.ToLower(string(trimmed)) {
	case "content-length":
		h.lengths, h.skipped = append(h.lengths, string(bytes.TrimSpace(value))), true
		return
	case "transfer-encoding":
		h.codings, h.skipped = append(h.codings, string(bytes.TrimSpace(value))), true
		return
	}
	h.write(append(append(trimmed[:len(trimmed):len(trimmed)], ':'), value...))
}

func (h *headRepair) write(line []byte) {
	h.out = append(append(h.out, line...), "\r\n"...)
}

// finish writes the fields that say where the body ends.
func (h *headRepair) finish() {
	if len(h.lengths) > 0 {
		length, certain := bodyLength(h.lengths)
		if length >= 0 {
			h.write([]byte("Content-Length: " + strconv.FormatInt(length, 10)))
		}
		if !certain {
			h.write([]byte("Connection: close"))
		}
		h.changed = h.changed || !certain || len(h.lengths) > 1 || strconv.FormatInt(length, 10) != h.lengths[0]
	}
	if len(h.codings) > 0 {
		coding, kept := transferCoding(h.codings)
		if kept {
			h.write([]byte("Transfer-Encoding: " + coding))
		}
		h.changed = h.changed || !kept || len(h.codings) > 1 || coding != h.codings[0]
	}
}

// bodyLength returns the greatest of the lengths, -1 for none, and whether it is the only one.
func bodyLength(values []string) (length int64, certain bool) {
	length, certain = -1, true
	for i, value := range splitList(values) {
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil {
			certain = false
			continue
		}
		certain = certain && (i == 0 || int64(n) == length)
		length = max(length, int64(n))
	}
	return length, certain && length >= 0
}

// transferCoding returns the transfer codings without those that change nothing, and whether
// any is left.
func transferCoding(values []string) (coding string, kept bool) {
	var codings []string
	for _, value := range splitList(values) {
		value = lowerASCII(value)
		repeated := value == "chunked" && len(codings) > 0 && codings[len(codings)-1] == value
		if value != "" && value != "identity" && !repeated {
			codings = append(codings, value)
		}
	}
	return strings.Join(codings, ", "), len(codings) > 0
}

// splitList returns the members of lists that are separated by commas.
func splitList(values []string) []string {
	var members []string
	for _, value := range values {
		for member := range strings.SplitSeq(value, ",") {
			members = append(members, strings.Trim(member, " \t"))
		}
	}
	return members
}

// isFieldName reports whether a name is one that a header field may have (RFC 9110, section 5.6.2).
func isFieldName(name []byte) bool {
	for _, c := range name {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return len(name) > 0
}

func isFieldValue(value []byte) bool {
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
