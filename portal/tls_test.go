package portal_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"hotspot-helper/portal"
)

// authority signs certificates for one test.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{key, cert}
}

func (a authority) issue(t *testing.T, until time.Time, names ...string) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: names, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}

// A host that answers under the portal's name, at any address, gets the secret only
// with a certificate for that name.
func TestSecretWantsVerifiedTLS(t *testing.T) {
	trusted, foreign := newAuthority(t), newAuthority(t)
	later, before := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	for name, test := range map[string]struct {
		cert tls.Certificate
		sent bool
	}{
		"for the host":            {trusted.issue(t, later, "login.cafe.test"), true},
		"for the names beside it": {trusted.issue(t, later, "*.cafe.test"), true},
		"for another host":        {trusted.issue(t, later, "evil.test"), false},
		"for the names below it":  {trusted.issue(t, later, "*.login.cafe.test"), false},
		"for the name above it":   {trusted.issue(t, later, "cafe.test"), false},
		"expired":                 {trusted.issue(t, before, "login.cafe.test"), false},
		"of another authority":    {foreign.issue(t, later, "login.cafe.test"), false},
		"without a name":          {trusted.issue(t, later), false},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
			server.TLS = &tls.Config{Certificates: []tls.Certificate{test.cert}}
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			defer server.Close()
			roots := x509.NewCertPool()
			roots.AddCert(trusted.cert)
			transport := &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: roots},
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
				},
			}
			defer transport.CloseIdleConnections()
			session, err := portal.New(portal.Config{Transport: transport, Hosts: []string{"login.cafe.test"}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = session.Post(t.Context(), "https://login.cafe.test/", portal.Body{Form: []portal.Field{{Name: "pin", Value: portal.Secret(horse)}}})
			if (err == nil) != test.sent || (requests == 1) != test.sent {
				t.Errorf("%d requests, error %v; want sent %v", requests, err, test.sent)
			}
			if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !test.sent && !ok {
				t.Errorf("error %v does not say that the certificate is wrong", err)
			}
		})
	}
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
