package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"hotspot-helper/internal/web"
)

// The bounds of an HTTP exchange over a path. They are wide, because the uplink of a
// hotspot may be a satellite. The caller sets the deadline of the whole exchange; the wait for
// the response has no other, because a portal that refuses a password late would get it again.
const (
	tlsTimeout     = 10 * time.Second // of the handshake
	idleTimeout    = 20 * time.Second // until an unused connection is closed
	maxIdlePerHost = 2
)

// RoundTrip sends a request over the path: HTTP/1.1 and HTTP/2, the system's certificate
// authorities, no proxy. A request to a portal ([web.ToPortal]) may also use the TLS key
// exchange of old devices. The path keeps its idle connections until CloseIdleConnections.
func (p *Path) RoundTrip(r *http.Request) (*http.Response, error) {
	var secure *tls.ConnectionState
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if conn, ok := info.Conn.(secureHeadConn); ok {
			state := conn.ConnectionState()
			secure = &state
		}
	}})
	sent := r.WithContext(ctx)
	sent.URL = web.RequestURL(r.URL)
	response, err := p.http(web.IsToPortal(ctx)).RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	response.Request = r
	if secure != nil {
		response.TLS = secure
	}
	return response, nil
}

// CloseIdleConnections closes the HTTP connections that no request uses.
func (p *Path) CloseIdleConnections() {
	p.http(false).CloseIdleConnections()
	p.http(true).CloseIdleConnections()
}

// http returns the transport for portals or the one for other servers. The first call creates both.
func (p *Path) http(portal bool) *http.Transport {
	p.once.Do(func() {
		p.forPortals = newTransport(p.DialContext, p.roots, portalSuites())
		p.forOthers = newTransport(p.DialContext, p.roots, nil)
	})
	if portal {
		return p.forPortals
	}
	return p.forOthers
}

// dialFunc makes connections, as [Path.DialContext] does.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newTransport makes a transport over connections that a function dials. It trusts these
// authorities, nil: the system's, and allows these cipher suites, nil: those of crypto/tls.
func newTransport(dial dialFunc, roots *x509.CertPool, suites []uint16) *http.Transport {
	config := &tls.Config{CipherSuites: suites, RootCAs: roots, NextProtos: []string{"h2", "http/1.1"}}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &headConn{Conn: conn}, nil
		},
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialTLS(ctx, dial, network, address, config)
		},
		ForceAttemptHTTP2:      true,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxResponseHeaderBytes: web.MaxHead,
	}
}

// dialTLS connects over TLS. A connection with HTTP/2 has no heads to repair.
func dialTLS(ctx context.Context, dial dialFunc, network, address string, config *tls.Config) (net.Conn, error) {
	plain, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		_ = plain.Close()
		return nil, err
	}
	config = config.Clone()
	config.ServerName = host
	secure := tls.Client(plain, config)
	if err := handshake(ctx, secure); err != nil {
		_ = plain.Close()
		return nil, err
	}
	if secure.ConnectionState().NegotiatedProtocol == "h2" {
		return secure, nil
	}
	return secureHeadConn{&headConn{Conn: secure}, secure}, nil
}

// handshake makes the TLS handshake and tells the hooks of the context.
func handshake(ctx context.Context, conn *tls.Conn) error {
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.TLSHandshakeStart != nil {
		trace.TLSHandshakeStart()
	}
	limited, cancel := context.WithTimeoutCause(ctx, tlsTimeout, errHandshakeTimeout)
	defer cancel()
	err := conn.HandshakeContext(limited)
	if err != nil && context.Cause(limited) == errHandshakeTimeout {
		err = errHandshakeTimeout
	}
	if trace != nil && trace.TLSHandshakeDone != nil {
		trace.TLSHandshakeDone(conn.ConnectionState(), err)
	}
	return err
}

// errHandshakeTimeout means that the server did not complete the handshake.
var errHandshakeTimeout = fmt.Errorf("TLS handshake: no answer within %v: %w", tlsTimeout, context.DeadlineExceeded)

// portalSuites returns the cipher suites for portals: those of crypto/tls, and those with
// RSA key exchange and AES, which are all that the controllers of some portals have. They lack
// forward secrecy: an attacker with the key of such a server can read recorded connections.
func portalSuites() []uint16 {
	var suites []uint16
	for _, suite := range tls.CipherSuites() {
		suites = append(suites, suite.ID)
	}
	for _, suite := range tls.InsecureCipherSuites() {
		if strings.HasPrefix(suite.Name, "TLS_RSA_WITH_AES_") {
			suites = append(suites, suite.ID)
		}
	}
	return suites
}
