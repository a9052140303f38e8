package link

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

// Transport returns a new HTTP transport that dials over the path: HTTP/1.1 and
// HTTP/2, the system's certificate authorities, no proxy. Its connections do not
// outlive the association if the caller ends it with CloseIdleConnections.
func (p *Path) Transport() *http.Transport {
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
