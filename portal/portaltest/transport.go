package portaltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
)

// Transport returns a round tripper to the network: every host name leads to the
// gateway, as on a captive link. It works in memory, also inside a synctest bubble.
func (h *Hotspot) Transport() http.RoundTripper {
	// A connection kept alive would leave goroutines behind, which a bubble forbids.
	return &http.Transport{DialContext: h.DialContext, DisableKeepAlives: true}
}

// DialContext opens an in-memory connection through the gateway; it has the form of
// net.Dialer's method. Whatever the address, the gateway answers; but only TCP, and
// it refuses the port of https.
func (h *Hotspot) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if err := h.reach(ctx, network, address); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%s: %w", address, err)}
	}
	client, server := net.Pipe()
	h.serve(server)
	return client, nil
}

// reach says why there is no connection to an address.
func (h *Hotspot) reach(ctx context.Context, network, address string) error {
	if !strings.HasPrefix(network, "tcp") {
		return net.UnknownNetworkError(network)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case h.down:
		return syscall.EHOSTUNREACH
	case port == "443":
		return syscall.ECONNREFUSED
	}
	return nil
}

// Listen opens the gateway on a port of the loopback interface and returns its
// address, for clients in other processes; stop closes it.
func (h *Hotspot) Listen() (address netip.AddrPort, stop func() error, err error) {
	l, err := net.Listen("tcp", netip.AddrPortFrom(h.Gateway(), 0).String())
	if err != nil {
		return netip.AddrPort{}, nil, fmt.Errorf("listen for hotspot: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.accept(l)
	}()
	stop = func() error {
		err := l.Close()
		<-done
		return err
	}
	return l.Addr().(*net.TCPAddr).AddrPort(), stop, nil
}

// accept serves the connections of l until it is closed.
func (h *Hotspot) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue
		case h.reach(context.Background(), "tcp", conn.RemoteAddr().String()) != nil:
			_ = conn.Close() // the gateway is down: nobody is there to be told
		default:
			h.serve(conn)
		}
	}
}

// serve answers on one connection, in the background, until it is closed.
func (h *Hotspot) serve(conn net.Conn) {
	// Serve starts a goroutine for the one connection and returns with the listener's io.EOF.
	_ = h.server.Serve(&oneConn{conn: conn})
}

// oneConn is a listener with a single connection.
type oneConn struct{ conn net.Conn }

// Accept returns the connection, then io.EOF.
func (l *oneConn) Accept() (net.Conn, error) {
	conn := l.conn
	l.conn = nil
	if conn == nil {
		return nil, io.EOF
	}
	return conn, nil
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "hotspot", Net: "unix"} }
