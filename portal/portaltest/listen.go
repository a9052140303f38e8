package portaltest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Listen opens the gateway on a port of the loopback interface and returns its
// address, for clients in other processes. They connect to it for every host, with http
// and with https. The function stop closes it.
func (h *Hotspot) Listen() (address netip.AddrPort, stop func() error, err error) {
	l, err := net.Listen("tcp", netip.AddrPortFrom(localhost(), 0).String())
	if err != nil {
		return netip.AddrPort{}, nil, fmt.Errorf("listen for hotspot: %w", err)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = h.accept(l, h) }) // until stop closes it
	stop = func() error {
		err := l.Close()
		running.Wait()
		return err
	}
	return l.Addr().(*net.TCPAddr).AddrPort(), stop, nil
}

// accept serves all connections until the listener errs, and returns that error.
func (h *Hotspot) accept(l net.Listener, handler http.Handler) error {
	var greeting sync.WaitGroup
	defer greeting.Wait()
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		greeting.Go(func() { h.greet(conn, handler) })
	}
}

// greet detects whether a client speaks TLS, and serves it. While the gateway is down it
// closes the connection instead, because a listener cannot be unreachable.
func (h *Hotspot) greet(conn net.Conn, handler http.Handler) {
	const handshake = 0x16 // type of the first TLS record
	reader := bufio.NewReader(conn)
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second)) // cannot err on a TCP connection
	first, err := reader.Peek(1)
	_ = conn.SetReadDeadline(time.Time{})
	switch whole := (peeked{conn, reader}); {
	case err != nil, !h.isUp():
		_ = conn.Close()
	case first[0] == handshake:
		Serve(tls.Server(whole, h.tls()), handler)
	default:
		Serve(whole, handler)
	}
}

// peeked is a connection whose first bytes a reader has buffered.
type peeked struct {
	net.Conn
	reader *bufio.Reader
}

// Read reads the buffered bytes first.
func (p peeked) Read(b []byte) (int, error) { return p.reader.Read(b) }
