package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// chunk is how many bytes are moved before they are counted, and how many have to be within twice the idle time.
const chunk = 256 << 10

// errTraffic says that a proxy has moved as many bytes as it may.
var errTraffic = errors.New("too many bytes for a sign-in")

// tunnel moves bytes between a client and a server until both have ended, nothing has come for the idle time, or the context
// ends. What the client has sent already is in buffered. A side that has ended may still receive.
func (p *Proxy) tunnel(ctx context.Context, client *net.TCPConn, buffered *bufio.Reader, server net.Conn) error {
	defer context.AfterFunc(ctx, func() { _ = client.Close(); _ = server.Close() })()
	defer p.config.Active()
	var moved atomic.Int64 // both ways
	var up, down error
	var both sync.WaitGroup
	both.Go(func() {
		up = p.move(server, client, uplink{buffered, p.config.Active}, &moved)
		end(server, up)
	})
	both.Go(func() {
		down = p.move(client, server, server, &moved)
		end(client, down)
		if down != nil {
			_ = client.Close()
		}
	})
	both.Wait()
	return errors.Join(up, down, server.Close())
}

// uplink is what a client sends. It is read without splice(2), so that each read is noticed.
type uplink struct {
	from   *bufio.Reader
	active func()
}

func (u uplink) Read(b []byte) (int, error) {
	n, err := u.from.Read(b)
	if n > 0 {
		u.active()
	}
	return n, err
}

// move copies until the source ends, or has sent nothing for the idle time while nothing came the other way either, or the
// target has taken nothing for that time. From a TCP connection to another one, the kernel copies (splice).
func (p *Proxy) move(to net.Conn, source net.Conn, from io.Reader, moved *atomic.Int64) error {
	for {
		before, began := moved.Load(), time.Now()
		stuck := began.Add(2 * p.config.idleTime) // a read has ended by then: the write has not
		_ = source.SetReadDeadline(began.Add(p.config.idleTime))
		_ = to.SetWriteDeadline(stuck)
		n, err := io.Copy(to, &io.LimitedReader{R: from, N: chunk})
		moved.Add(n)
		isLate := errors.Is(err, os.ErrDeadlineExceeded)
		switch {
		case p.traffic.Add(n) > p.config.most:
			return errTraffic
		case isLate && time.Now().Before(stuck) && (n > 0 || moved.Load() != before):
		case err != nil:
			return err
		case n < chunk:
			return nil
		}
	}
}

// end tells a side that nothing more comes, or drops the connection after an error.
func end(conn net.Conn, err error) {
	half, ok := conn.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil {
		_ = conn.Close()
	}
}
