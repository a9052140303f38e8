package dial

import (
	"bytes"
	"crypto/tls"
	"net"
	"sync/atomic"

	"hotspot-helper/internal/web"
)

// headConn repairs the head of each response before net/http reads it ([web.RepairHead]). It
// reads a head as a whole, at most [web.MaxHead] bytes; net/http refuses a longer one.
type headConn struct {
	net.Conn

	expected atomic.Bool // a request was written, so a head comes next
	data     []byte      // read, and not returned yet
	err      error       // of the read that brought the end of data
}

// secureHeadConn is a headConn over TLS. It shows the certificate as a [tls.Conn] does.
type secureHeadConn struct {
	*headConn

	secure *tls.Conn
}

// ConnectionState returns the state of the TLS connection.
func (c secureHeadConn) ConnectionState() tls.ConnectionState { return c.secure.ConnectionState() }

// Write sends a part of a request. The response to it begins with a head.
func (c *headConn) Write(p []byte) (int, error) {
	c.expected.Store(true)
	return c.Conn.Write(p)
}

// Read reads a response. net/http begins to read before it writes the request, and sends no
// request before it has read the response to the one before. If it goes on writing while the
// body comes, what comes next does not begin as a head does, and is returned as it is.
func (c *headConn) Read(p []byte) (int, error) {
	if len(c.data) == 0 && c.err == nil {
		n, err := c.Conn.Read(p)
		if n == 0 || !c.expected.Swap(false) {
			return n, err
		}
		c.data, c.err = c.readHeads(bytes.Clone(p[:n]), err)
	}
	n := copy(p, c.data)
	c.data = c.data[n:]
	if len(c.data) > 0 {
		return n, nil
	}
	err := c.err
	c.data, c.err = nil, nil
	return n, err
}

// maxInformational bounds the informational responses before a response, as net/http did for
// long. What follows more of them is returned as it is.
const maxInformational = 5

// readHeads reads on to the end of the head that data begins, and returns all with the head
// repaired. An informational response is a head before another. What cannot be a head, or is
// too long, it returns as it is.
func (c *headConn) readHeads(data []byte, err error) ([]byte, error) {
	var done, buffer []byte // heads, repaired; for reading
	searched := 0           // the part of data that has no end of a head
	for heads := 0; heads <= maxInformational && beginsHead(data) && len(done)+len(data) <= web.MaxHead+len(buffer); {
		end := headEnd(data, searched)
		switch {
		case end > 0:
			head := web.RepairHead(data[:end])
			done, data = append(done, head...), data[end:]
			heads, searched = heads+1, 0
			if !isInformational(head) {
				return append(done, data...), err
			}
			continue
		case err != nil:
			return append(done, data...), err
		case buffer == nil:
			buffer = make([]byte, 4<<10)
		}
		searched = max(0, len(data)-len("\n\r"))
		var n int
		n, err = c.Conn.Read(buffer)
		data = append(data, buffer[:n]...)
	}
	return append(done, data...), err
}

// beginsHead reports whether data is or may become the head of a response.
func beginsHead(data []byte) bool {
	const start = "HTTP/"
	n := min(len(data), len(start))
	return string(data[:n]) == start[:n]
}

// headEnd returns the length of the head with its empty line, 0 for none. The search begins
// at an offset.
func headEnd(data []byte, from int) int {
	end := 0
	for _, mark := range []string{"\n\r\n", "\n\n"} {
		if i := bytes.Index(data[from:], []byte(mark)); i >= 0 && (end == 0 || from+i+len(mark) < end) {
			end = from + i + len(mark)
		}
	}
	return end
}

// isInformational reports whether the status is 1xx.
func isInformational(head []byte) bool {
	_, status, _ := bytes.Cut(head, []byte(" "))
	return bytes.HasPrefix(bytes.TrimLeft(status, " "), []byte("1"))
}
