package dial

import (
	"net/http"
	"time"
)

// The bounds of an HTTP exchange over a path. They are wide, for a hotspot's
// uplink may be a satellite's; the deadline of the whole belongs to the caller.
const (
	tlsTimeout     = 10 * time.Second // of the handshake
	headerTimeout  = 15 * time.Second // from the request to the head of the answer
	idleTimeout    = 20 * time.Second // until a connection that nobody uses is closed
	maxHeaderBytes = 64 << 10
	maxIdlePerHost = 2
)

// RoundTrip sends a request over the path: HTTP/1.1 and HTTP/2, the system's
// certificate authorities, no proxy. The path keeps its idle connections until
// [Path.CloseIdleConnections].
func (p *Path) RoundTrip(r *http.Request) (*http.Response, error) { return p.http().RoundTrip(r) }

// CloseIdleConnections closes the HTTP connections that no request uses.
func (p *Path) CloseIdleConnections() { p.http().CloseIdleConnections() }

// http returns the path's transport, which the first call makes.
func (p *Path) http() *http.Transport {
	p.once.Do(func() { p.transport = p.newTransport() })
	return p.transport
}

func (p *Path) newTransport() *http.Transport {
	return &http.Transport{
		DialContext:            p.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    tlsTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}
