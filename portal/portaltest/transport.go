package portaltest

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Transport returns a round tripper to the network: every host name leads to the
// gateway, as on a captive link. It works in memory, also inside a synctest bubble,
// and trusts the authority of the options.
func (h *Hotspot) Transport() http.RoundTripper {
	// A kept-alive connection has goroutines, which a synctest bubble would wait for.
	t := &http.Transport{DialContext: h.DialContext, DisableKeepAlives: true}
	if h.opts.Authority != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: h.opts.Authority.Pool()}
	}
	return t
}

// DialContext opens an in-memory connection through the gateway, with the signature of
// net.Dialer's method. The gateway answers at any address, but only TCP, and
// https only if the options enable it: for the portal and, during a session, on port
// 443 for every host.
func (h *Hotspot) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	port, err := h.reach(ctx, network, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%s: %w", address, err)}
	}
	client, server := Pipe()
	if h.speaksTLS(address, port) {
		Serve(tls.Server(server, h.tls()), h)
	} else {
		Serve(server, h)
	}
	return client, nil
}

// reach returns the port of an address, or the reason why no connection to it is possible.
func (h *Hotspot) reach(ctx context.Context, network, address string) (port string, err error) {
	if !strings.HasPrefix(network, "tcp") {
		return "", net.UnknownNetworkError(network)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case !h.isUp():
		return "", syscall.EHOSTUNREACH
	case port == "443" && !h.secure(host):
		return "", syscall.ECONNREFUSED
	}
	return port, nil
}

// isUp reports whether the gateway is up.
func (h *Hotspot) isUp() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.down
}

// secure reports whether a host answers on https: without forging a certificate, a
// gateway cannot intercept it.
func (h *Hotspot) secure(host string) bool {
	own := slices.ContainsFunc(h.secureHosts(), func(own string) bool {
		name, _, _ := strings.Cut(own, ":")
		return name == strings.ToLower(host)
	})
	return own || h.opts.Authority != nil && !h.Captive()
}

// secureHosts lists the hosts of the portal that speak https.
func (h *Hotspot) secureHosts() []string {
	switch {
	case h.opts.Authority == nil:
		return nil
	case h.site.secure == nil && strings.HasPrefix(h.site.url, "https:"):
		return h.site.hosts
	}
	return h.site.secure
}

// speaksTLS reports whether an address speaks https.
func (h *Hotspot) speaksTLS(address, port string) bool {
	return port == "443" || slices.Contains(h.secureHosts(), strings.ToLower(address))
}

// tls returns the TLS configuration of the gateway.
func (h *Hotspot) tls() *tls.Config {
	return &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if !h.secure(hello.ServerName) {
			return nil, fmt.Errorf("serve https for %q: %w", hello.ServerName, syscall.ECONNREFUSED)
		}
		return h.opts.Authority.GetCertificate(hello)
	}}
}

// Serve answers on one connection, in the background, until it is closed. Each connection
// has its own server, because a server belongs to the synctest bubble that it first served
// in, and a hotspot may outlive a bubble.
func Serve(conn net.Conn, handler http.Handler) {
	// Tests cause closed connections and untrusted certificates on purpose: do not log them.
	quiet := slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute, ErrorLog: quiet}
	server.SetKeepAlivesEnabled(false)
	// Serve starts a goroutine for the connection and returns the io.EOF of the listener.
	_ = server.Serve(&oneConn{conn: conn})
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

// Close leaves the connection to the server.
func (l *oneConn) Close() error { return nil }

// Addr returns a name, since there is no address.
func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "hotspot", Net: "unix"} }
