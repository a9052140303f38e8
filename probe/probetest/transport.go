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
	"time"
)

// Transport carries requests for any host to the handler, over HTTP/1.1 on pipes
// in memory, so that it works in a synctest bubble. An https request gets TLS
// from an authority of the transport's own, verified; the handler tells it by
// its TLS field. It keeps no connection open after an answer that is read or closed.
func Transport(handler http.Handler) http.RoundTripper {
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			client, end := net.Pipe()
			return client, serve(server, end)
		},
		DialTLSContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			return dialTLS(ctx, server, address)
		},
	}
}

// serve hands one connection to the server, which goes on by itself until the connection ends.
func serve(server *http.Server, conn net.Conn) error {
	if err := server.Serve(&once{conn: conn}); err != io.EOF {
		return fmt.Errorf("serve pipe: %w", err)
	}
	return nil
}

func dialTLS(ctx context.Context, server *http.Server, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
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
