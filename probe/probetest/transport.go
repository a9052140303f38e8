package probetest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"time"

	"hotspot-helper/internal/wait"
	"hotspot-helper/probe"
)

// Transport sends requests for any host to the handler, over HTTP/1.1 on pipes in memory,
// so that it works in a synctest bubble. An https request gets TLS with a verified
// certificate of the transport's own authority; the handler sees it in the TLS field. The
// transport closes each connection after the response.
func Transport(handler http.Handler) http.RoundTripper {
	return Network{Handler: handler}.Transport(probe.FamilyAny)
}

// Network simulates what is behind a link: name servers, connections and hosts. It calls
// the hooks of net/http/httptrace.
type Network struct {
	// Handler answers on every connection.
	Handler http.Handler
	// RTT is how long each stage takes: name, connection, TLS, response.
	RTT time.Duration
	// Resolve resolves a name to an address of the family, after a round trip. Nil: every name has one.
	Resolve func(ctx context.Context, family probe.Family, name string) (netip.Addr, error)
	// Connect accepts or refuses a connection to host:port, after a round trip. Nil accepts.
	Connect func(ctx context.Context, family probe.Family, address string) error
}

// Transport returns a transport over one address family of the network, like [Transport].
func (n Network) Transport(family probe.Family) http.RoundTripper {
	line := line{n, family, &http.Server{Handler: http.HandlerFunc(n.answer), ErrorLog: log.New(io.Discard, "", 0)}}
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			if err := line.connect(ctx, address); err != nil {
				return nil, err
			}
			client, end := net.Pipe()
			return client, serve(line.server, end)
		},
		DialTLSContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			if err := line.connect(ctx, address); err != nil {
				return nil, err
			}
			return line.secure(ctx, address)
		},
	}
}

func (n Network) answer(w http.ResponseWriter, r *http.Request) {
	if wait.For(r.Context(), n.RTT) == nil {
		n.Handler.ServeHTTP(w, r)
	}
}

// line is a network over one address family.
type line struct {
	Network
	family probe.Family
	server *http.Server
}

// connect runs the stages before a connection.
func (l line) connect(ctx context.Context, address string) error {
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil {
		trace = &httptrace.ClientTrace{}
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		if at, err = l.resolve(ctx, host, trace); err != nil {
			return err
		}
	}
	to := net.JoinHostPort(at.String(), port)
	if trace.ConnectStart != nil {
		trace.ConnectStart("tcp", to)
	}
	if err = wait.For(ctx, l.RTT); err == nil && l.Connect != nil {
		err = l.Connect(ctx, l.family, address)
	}
	if trace.ConnectDone != nil {
		trace.ConnectDone("tcp", to, err)
	}
	return err
}

func (l line) resolve(ctx context.Context, name string, trace *httptrace.ClientTrace) (netip.Addr, error) {
	if trace.DNSStart != nil {
		trace.DNSStart(httptrace.DNSStartInfo{Host: name})
	}
	at := netip.AddrFrom4([4]byte{198, 51, 100, 80})
	if l.family == probe.FamilyIPv6 {
		at = netip.MustParseAddr("2001:db8::80")
	}
	err := wait.For(ctx, l.RTT)
	if err == nil && l.Resolve != nil {
		at, err = l.Resolve(ctx, l.family, name)
	}
	if trace.DNSDone != nil {
		trace.DNSDone(httptrace.DNSDoneInfo{Err: err})
	}
	return at, err
}

// serve hands one connection to the server, which serves it until it ends.
func serve(server *http.Server, conn net.Conn) error {
	if err := server.Serve(&once{conn: conn}); err != io.EOF {
		return fmt.Errorf("serve pipe: %w", err)
	}
	return nil
}

// secure opens a connection with TLS.
func (l line) secure(ctx context.Context, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.TLSHandshakeStart != nil {
		trace.TLSHandshakeStart()
	}
	if err := wait.For(ctx, l.RTT); err != nil {
		return nil, err
	}
	conn, err := handshake(ctx, l.server, host)
	if trace != nil && trace.TLSHandshakeDone != nil {
		trace.TLSHandshakeDone(tls.ConnectionState{}, err)
	}
	return conn, err
}

func handshake(ctx context.Context, server *http.Server, host string) (net.Conn, error) {
	certificate, roots, err := issue(host)
	if err != nil {
		return nil, err
	}
	client, end := net.Pipe()
	client, end = abrupt{client}, abrupt{end}
	if err := serve(server, tls.Server(end, &tls.Config{Certificates: []tls.Certificate{certificate}})); err != nil {
		return nil, err
	}
	conn := tls.Client(client, &tls.Config{ServerName: host, RootCAs: roots})
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = client.Close()
		return nil, err
	}
	return conn, nil
}

// issue makes a certificate for one host and a pool that trusts it. It is valid at every
// time of a synctest bubble or a real clock.
func issue(host string) (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "probetest"},
		NotBefore:             time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make certificate for %s: %w", host, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, fmt.Errorf("make certificate for %s: %w", host, err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots, nil
}

// abrupt is an end of a pipe under TLS that does not wait for a reader of the closing
// alert. The alert is the only write with a deadline; without a reader it would block a
// bubble, whose time stops at the end of the test.
type abrupt struct{ net.Conn }

func (a abrupt) SetWriteDeadline(time.Time) error {
	return a.Conn.SetWriteDeadline(time.Unix(1, 0))
}

// once is a listener that accepts one connection and then returns io.EOF.
type once struct{ conn net.Conn }

func (o *once) Accept() (net.Conn, error) {
	if o.conn == nil {
		return nil, io.EOF
	}
	conn := o.conn
	o.conn = nil
	return conn, nil
}

func (o *once) Close() error { return nil }

func (o *once) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
