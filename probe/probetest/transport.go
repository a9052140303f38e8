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

	"hotspot-helper/probe"
)

// Transport carries requests for any host to the handler, over HTTP/1.1 on pipes
// in memory, so that it works in a synctest bubble. An https request gets TLS
// from an authority of the transport's own, verified; the handler tells it by
// its TLS field. It keeps no connection open after an answer that is read or closed.
func Transport(handler http.Handler) http.RoundTripper {
	return Network{Handler: handler}.Transport(probe.FamilyAny)
}

// Network plays what lies behind a link: name servers, hosts and the way to them. It
// calls what a transport calls of net/http/httptrace.
type Network struct {
	// Handler answers on every connection.
	Handler http.Handler
	// RTT is how long each stage takes: name, connection, TLS, answer.
	RTT time.Duration
	// Resolve looks up a name for an address of the family, after a round trip. Nil: every name has one.
	Resolve func(ctx context.Context, family probe.Family, name string) (netip.Addr, error)
	// Connect says what becomes of a connection to host:port, after a round trip. Nil: it is accepted.
	Connect func(ctx context.Context, family probe.Family, address string) error
}

// Transport returns what sends over one address family of the network, like [Transport].
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
	if n.pause(r.Context()) == nil {
		n.Handler.ServeHTTP(w, r)
	}
}

// pause lets a round trip pass.
func (n Network) pause(ctx context.Context) error {
	if n.RTT == 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(n.RTT):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// line is a network over one address family.
type line struct {
	Network
	family probe.Family
	server *http.Server
}

// connect goes through the stages that come before a connection.
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
	if err = l.pause(ctx); err == nil && l.Connect != nil {
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
	err := l.pause(ctx)
	if err == nil && l.Resolve != nil {
		at, err = l.Resolve(ctx, l.family, name)
	}
	if trace.DNSDone != nil {
		trace.DNSDone(httptrace.DNSDoneInfo{Err: err})
	}
	return at, err
}

// serve hands one connection to the server, which goes on by itself until the connection ends.
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
	if err := l.pause(ctx); err != nil {
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

// issue makes a certificate for one host, and the pool that trusts it. It is
// valid for every date that a synctest bubble or a real clock shows.
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

// abrupt is an end of a pipe under TLS. Nobody may be there to read the alert that
// TLS sends on closing, the only write that it sets a deadline for; it would hold up a
// bubble, in which time stands still once the test is over. So it is not waited for.
type abrupt struct{ net.Conn }

func (a abrupt) SetWriteDeadline(time.Time) error {
	return a.Conn.SetWriteDeadline(time.Unix(1, 0))
}

// once is a listener that accepts one connection and then is at its end.
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
