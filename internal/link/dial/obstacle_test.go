package dial

import (
	"bufio"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotspot-helper/internal/web"
)

// certificate issues one for 127.0.0.1 and a name, by itself if there is no issuer.
func certificate(t *testing.T, change func(*x509.Certificate), issuer *tls.Certificate, key crypto.Signer) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{{127, 0, 0, 1}},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
	}
	change(template)
	parent, by := template, any(key)
	if issuer != nil {
		parsed, err := x509.ParseCertificate(issuer.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		parent, by = parsed, issuer.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serverHello answers a ClientHello as a server that knows no version after TLS 1.0 (RFC 2246).
func serverHello(conn net.Conn) {
	_, _ = conn.Read(make([]byte, 4096))
	hello := append([]byte{3, 1}, make([]byte, 32)...)
	hello = append(hello, 0, 0xc0, 0x14, 0)
	message := append([]byte{2, 0, 0, byte(len(hello))}, hello...)
	_, _ = conn.Write(append([]byte{22, 3, 1, 0, byte(len(message))}, message...))
	_, _ = io.Copy(io.Discard, conn)
}

// Whatever keeps a page from being read is told apart.
func TestObstacles(t *testing.T) {
	newKey := func() crypto.Signer {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	authority := func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.Subject.CommonName = true, x509.KeyUsageCertSign, "authority"
	}
	root := certificate(t, authority, nil, newKey())
	middle := certificate(t, func(c *x509.Certificate) { authority(c); c.Subject.CommonName = "middle" }, &root, newKey())
	same := func(*x509.Certificate) {}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(root.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)

	good := certificate(t, same, &root, newKey())
	over := func(config *tls.Config) func(net.Conn) {
		return func(conn net.Conn) {
			secure := tls.Server(conn, config)
			if secure.Handshake() == nil {
				_, _ = http.ReadRequest(bufio.NewReader(secure))
				_, _ = io.WriteString(secure, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
			}
			_ = secure.Close()
		}
	}
	with := func(certificate tls.Certificate) func(net.Conn) {
		return over(&tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	rsaOnly := over(&tls.Config{
		Certificates: []tls.Certificate{certificate(t, same, &root, rsaKey)}, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA},
	})
	answer := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, text)
		}
	}
	for _, test := range []struct {
		name   string
		serve  func(net.Conn)
		scheme string
		want   web.Obstacle
		text   string
		other  web.Obstacle // of a request that does not go to a portal, if that differs
	}{
		{name: "good", serve: with(good)},
		{"expired", with(certificate(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, &root, newKey())), "https", web.CertificateExpired, "is this computer's clock right?", ""},
		{"not yet valid", with(certificate(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }, &root, newKey())), "https", web.CertificateNotYetValid, "is this computer's clock right?", ""},
		{"for another host", with(certificate(t, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"a.test"} }, &root, newKey())), "https", web.CertificateWrongHost, "127.0.0.1", ""},
		{"unknown authority", with(certificate(t, same, nil, newKey())), "https", web.CertificateUnknown, "does not trust", ""},
		{"intermediate missing", with(certificate(t, func(c *x509.Certificate) { c.IssuingCertificateURL = []string{"http://ca.test/middle.cer"} }, &middle, newKey())), "https", web.CertificateIncomplete, "intermediate", ""},
		{"TLS 1.0 is selected", serverHello, "https", web.OldTLS, "only TLS 1.0", ""},
		{"alert of the version", over(&tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}), "https", web.OldTLS, "neither TLS 1.2", ""},
		{"RSA key exchange", rsaOnly, "https", "", "", web.HandshakeFailed},
		{"RC4", over(&tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}}), "https", web.HandshakeFailed, "no way of encryption", ""},
		{"plain http", answer("HTTP/1.1 400 Bad Request\r\n\r\n"), "https", web.NoTLS, "does not answer with TLS", ""},
		{"no http", answer("SSH-2.0-x\r\n"), "http", web.BrokenHeader, "header", ""},
		{"header without an end", answer("HTTP/1.1 200 OK\r\n" + strings.Repeat("a: "+strings.Repeat("x", 1000)+"\r\n", 400)), "http", web.BrokenHeader, "header", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					go func() {
						defer conn.Close()
						test.serve(conn)
					}()
				}
			}()
			path := loopback(0)
			path.roots = pool
			defer path.CloseIdleConnections()
			scheme := test.scheme
			if scheme == "" {
				scheme = "https"
			}
			for _, portal := range []bool{true, false} {
				ctx, want := t.Context(), test.want
				if portal {
					ctx = web.ToPortal(ctx)
				} else if test.other != "" {
					want = test.other
				}
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+listener.Addr().String()+"/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				response, err := path.RoundTrip(request)
				if err == nil {
					response.Body.Close()
				}
				if got := web.ObstacleOf(err); got != want || (err == nil) != (want == "") {
					t.Errorf("to a portal %t: obstacle %q, want %q: %v", portal, got, want, err)
				} else if portal && err != nil && !strings.Contains(web.Explain(err).Error(), test.text) {
					t.Errorf("%q does not say %q", web.Explain(err), test.text)
				}
			}
		})
	}
}
