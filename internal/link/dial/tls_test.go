package dial

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A name server can resolve a public name to any address, also of this computer. No request
// is sent there over TLS without a certificate for that name.
func TestTransportVerifies(t *testing.T) {
	requests := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	_, dnsPort := serve(t, "127.0.0.1", 0, records(map[string]string{
		"example.com.":     "example.com. A 127.0.0.1", // the name of httptest's certificate
		"login.cafe.test.": "login.cafe.test. A 127.0.0.1",
	}))
	for host, trusted := range map[string]bool{"example.com": true, "login.cafe.test": true, "example.com.": false} {
		transport := loopback(dnsPort, "127.0.0.1")
		if trusted {
			transport.roots = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		}
		before := requests
		response, err := (&http.Client{Transport: transport}).Post(strings.Replace(server.URL, "127.0.0.1", host, 1), "text/plain", strings.NewReader("pin"))
		if err == nil {
			response.Body.Close()
		}
		transport.CloseIdleConnections()
		want := host == "example.com"
		if (requests > before) != want {
			t.Errorf("%s: %d requests, want sent %v: %v", host, requests-before, want, err)
		}
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok == want {
			t.Errorf("%s: %v", host, err)
		}
	}
}
