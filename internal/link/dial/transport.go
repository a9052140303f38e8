package dial

import (
	"net/http"
	"time"
)

// The bounds of an HTTP exchange over a path. They are wide, because the uplink of a
// hotspot may be a satellite. The caller sets the deadline of the whole exchange.
const (
	tlsTimeout     = 10 * time.Second // of the handshake
	headerTimeout  = 15 * time.Second // from the request to the header of the response
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
	p.once.Do(func() {
		p.transport = &http.Transport{
			DialContext:            p.DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    tlsTimeout,
			ResponseHeaderTimeout:  headerTimeout,
			IdleConnTimeout:        idleTimeout,
			MaxIdleConnsPerHost:    maxIdlePerHost,
			MaxResponseHeaderBytes: maxHeaderBytes,
		}
	})
	return p.transport
}
