package dial

import (
	"context"
	"net"
	"net/http"
	"time"
)

// The bounds of an HTTP exchange over a path. They are wide, because the uplink of a
// hotspot may be a satellite. The caller sets the deadline of the whole exchange; the wait for
// the response has no other, because a portal that refuses a password late would get it again.
const (
	tlsTimeout     = 10 * time.Second // of the handshake
	idleTimeout    = 20 * time.Second // until an unused connection is closed
	maxHeaderBytes = 64 << 10
	maxIdlePerHost = 2
)

// RoundTrip sends a request over the path: HTTP/1.1 and HTTP/2, the system's certificate
// authorities, no proxy. The path keeps its idle connections until CloseIdleConnections.
func (p *Path) RoundTrip(r *http.Request) (*http.Response, error) { return p.http().RoundTrip(r) }

// CloseIdleConnections closes the HTTP connections that no request uses.
func (p *Path) CloseIdleConnections() { p.http().CloseIdleConnections() }

// http returns the path's transport, which the first call creates.
func (p *Path) http() *http.Transport {
	p.once.Do(func() { p.transport = newTransport(p.DialContext) })
	return p.transport
}

// newTransport makes a transport over connections that a function dials.
func newTransport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext:            dial,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    tlsTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}
