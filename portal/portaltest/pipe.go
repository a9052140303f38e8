package portaltest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeSize is the size of the buffer of each direction. A write to a full buffer blocks.
const pipeSize = 64 << 10

// Pipe returns the two ends of an in-memory connection with buffers. net.Pipe has none:
// when both ends of a TLS connection write close_notify before either reads, both block,
// and so does a synctest bubble that waits for them.
func Pipe() (client, server net.Conn) {
	up, down := newQueue(), newQueue()
	return &pipeEnd{in: down, out: up}, &pipeEnd{in: up, out: down}
}

// pipeEnd is one end of an in-memory connection.
type pipeEnd struct{ in, out *queue }

func (p *pipeEnd) Read(b []byte) (int, error)  { return p.in.read(b) }
func (p *pipeEnd) Write(b []byte) (int, error) { return p.out.write(b) }

// Close lets the other end read what is buffered, but not write.
func (p *pipeEnd) Close() error {
	p.in.close(&p.in.abandoned)
	p.out.close(&p.out.ended)
	return nil
}

func (p *pipeEnd) LocalAddr() net.Addr  { return pipeAddr{} }
func (p *pipeEnd) RemoteAddr() net.Addr { return pipeAddr{} }

func (p *pipeEnd) SetReadDeadline(t time.Time) error {
	p.in.limit(&p.in.readBy, t)
	return nil
}

func (p *pipeEnd) SetWriteDeadline(t time.Time) error {
	p.out.limit(&p.out.writeBy, t)
	return nil
}

func (p *pipeEnd) SetDeadline(t time.Time) error {
	_ = p.SetReadDeadline(t) // never errs
	return p.SetWriteDeadline(t)
}

// pipeAddr is the address of both ends.
type pipeAddr struct{}

func (pipeAddr) Network() string { return "memory" }
func (pipeAddr) String() string  { return "hotspot" }

// queue is one direction of an in-memory connection.
type queue struct {
	mu        sync.Mutex
	changed   sync.Cond
	data      []byte
	ended     bool // the writing end is closed
	abandoned bool // the reading end is closed
	readBy    time.Time
	writeBy   time.Time
}

func newQueue() *queue {
	q := &queue{}
	q.changed.L = &q.mu
	return q
}

func (q *queue) read(b []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.abandoned:
			return 0, io.ErrClosedPipe
		case past(q.readBy):
			return 0, os.ErrDeadlineExceeded
		case len(q.data) > 0, len(b) == 0:
			n := copy(b, q.data)
			q.data = q.data[n:]
			q.changed.Broadcast()
			return n, nil
		case q.ended:
			return 0, io.EOF
		}
		q.changed.Wait()
	}
}

func (q *queue) write(b []byte) (n int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.ended, q.abandoned:
			return n, io.ErrClosedPipe
		case past(q.writeBy):
			return n, os.ErrDeadlineExceeded
		}
		part := b[n:min(len(b), n+pipeSize-len(q.data))]
		q.data = append(q.data, part...)
		n += len(part)
		q.changed.Broadcast()
		if n == len(b) {
			return n, nil
		}
		q.changed.Wait()
	}
}

// close sets ended or abandoned.
func (q *queue) close(mark *bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	*mark = true
	q.changed.Broadcast()
}

// limit sets a deadline, and wakes the waiting calls when it passes.
func (q *queue) limit(deadline *time.Time, t time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	*deadline = t
	q.changed.Broadcast()
	if !t.IsZero() && !past(t) { // Go 1.26 can crash on a timer of the past, in a bubble and with the race detector
		time.AfterFunc(time.Until(t), q.wake)
	}
}

// wake takes the lock, so that it cannot run between a check of the deadline and the wait.
func (q *queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.changed.Broadcast()
}

// past reports whether a deadline has passed. Zero is no deadline.
func past(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }
