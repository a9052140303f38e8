package probe

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	text := Endpoint{URL: "http://text.test/nm?x", Status: 200, Body: "NetworkManager is online"}
	empty := Endpoint{URL: "http://empty.test/204", Status: 204}
	marked := Endpoint{URL: "http://marked.test/", Status: 204, Header: map[string]string{"X-Networkmanager-Status": "online"}}
	headed := Endpoint{URL: "http://headed.test/", Status: 200, Header: map[string]string{"X-Connman-Status": ""}}
	short := Endpoint{URL: "http://short.test/", Status: 200, Body: "OK"}
	secure := Endpoint{URL: "https://empty.test/204", Status: 204}
	decoy := Endpoint{URL: "http://203.0.113.204/", Decoy: true}
	tests := []struct {
		name      string
		endpoint  Endpoint
		status    int
		header    string // "Name: value"
		body      string
		truncated bool
		want      CheckResult
		detail    string // part of it
	}{
		{"right body", text, 200, "", "NetworkManager is online", false, CheckOnline, "200 as wanted"},
		{"right body with newlines", text, 200, "", "\r\nNetworkManager is online\n", false, CheckOnline, ""},
		{"right body that goes on", text, 200, "", "NetworkManager is online", true, CheckFailed, "cut off"},
		{"right body cut off", text, 200, "", "NetworkMan", true, CheckFailed, "cut off after 10"},
		{"another body cut off", text, 200, "", "<html>", true, CheckPortal, "another body"},
		{"body that begins right", text, 200, "", "NetworkManager is online. Please log in", false, CheckPortal, ""},
		{"right body under another status", text, 203, "", "NetworkManager is online", false, CheckFailed, "203 instead of 200"},
		{"page that begins with OK", short, 200, "", "OK, log in first", false, CheckPortal, ""},
		{"short wrong body", short, 200, "", "No", false, CheckFailed, "2 bytes"},
		{"204 where a body is wanted", text, 204, "", "", false, CheckPortal, "204 instead of 200"},
		{"empty where a body is wanted", text, 200, "", "", false, CheckFailed, "0 bytes"},
		{"204", empty, 204, "", "", false, CheckOnline, "204 as wanted"},
		{"204 with length 0", empty, 204, "Content-Length: 0", "", false, CheckOnline, ""},
		{"204 that announces a length", empty, 204, "Content-Length: 12", "", false, CheckPortal, "204 with a body"},
		{"204 that announces chunks", empty, 204, "Transfer-Encoding: chunked", "", false, CheckPortal, "204 with a body"},
		{"204 with a body", empty, 204, "", "hello", false, CheckPortal, "204 with a body"},
		{"200 in place", empty, 200, "", "<html>log in</html>", false, CheckPortal, ""},
		{"empty 200 of a proxy", empty, 200, "", "", false, CheckFailed, "0 bytes"},
		{"nearly empty 200 of a proxy", empty, 200, "", " \r\n.", false, CheckFailed, "1 bytes"},
		{"header", marked, 204, "X-NetworkManager-Status: online", "", false, CheckOnline, ""},
		{"header stripped", marked, 204, "", "", false, CheckFailed, "without the header"},
		{"header with another value", marked, 204, "X-NetworkManager-Status: offline", "", false, CheckFailed, ""},
		{"any header value", headed, 200, "X-ConnMan-Status: yes", "any page", false, CheckOnline, ""},
		{"page without the header", headed, 200, "", "any page", false, CheckFailed, ""},
		{"302", empty, 302, "Location: http://portal.test/login", "", false, CheckPortal, "302 to http://portal.test/login"},
		{"307 relative", empty, 307, "Location: /login", "", false, CheckPortal, ""},
		{"304 to an unconditional request", empty, 304, "", "", false, CheckPortal, ""},
		{"to itself over https", text, 301, "Location: https://text.test/nm?x", "", false, CheckFailed, ""},
		{"to itself over https, by name of the port", text, 301, "Location: https://TEXT.test:443/nm?x", "", false, CheckFailed, ""},
		{"to itself over https, without the host", text, 301, "Location: //other.test/nm?x", "", false, CheckPortal, ""},
		{"to another port over https", text, 301, "Location: https://text.test:8443/nm?x", "", false, CheckPortal, ""},
		{"to another path over https", text, 301, "Location: https://text.test/login", "", false, CheckPortal, ""},
		{"511", text, 511, "", "log in", false, CheckPortal, "511"},
		{"403", text, 403, "", "blocked", false, CheckFailed, "403"},
		{"503", text, 503, "", "", false, CheckFailed, "503"},
		{"101", text, 101, "", "", false, CheckFailed, "101"},
		{"unknown status", text, 999, "", "", false, CheckFailed, "999"},
		{"302 with a session", empty, 302, "Location: http://me:pin@portal.test/login?session=4711", "", false, CheckPortal, "302 to http://portal.test/login?session=…"},
		{"a decoy's redirect", decoy, 302, "Location: http://portal.test/login?session=4711", "", false, CheckPortal, "302 to http://portal.test/login?session=…"},
		{"a decoy's redirect to itself over https", decoy, 301, "Location: https://203.0.113.204/", "", false, CheckFailed, "301 to https://203.0.113.204/"},
		{"a decoy's redirect to another page over https", decoy, 301, "Location: https://203.0.113.204/login", "", false, CheckPortal, ""},
		{"204 over TLS", secure, 204, "", "", false, CheckOnline, ""},
		{"302 over TLS", secure, 302, "Location: /", "", false, CheckFailed, "over TLS"},
		{"page over TLS", secure, 200, "", "<html>other</html>", false, CheckFailed, "over TLS"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			hop := Hop{URL: test.endpoint.URL, Status: test.status, Header: http.Header{}, Body: test.body, Truncated: test.truncated}
			if name, value, ok := strings.Cut(test.header, ": "); ok {
				hop.Header.Set(name, value)
			}
			got, detail := classify(test.endpoint, hop)
			if got != test.want || !strings.Contains(detail, test.detail) || detail == "" {
				t.Errorf("classify = %s, %q; want %s, %q", got, detail, test.want, test.detail)
			}
		})
	}
}

func TestClassifyError(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want CheckResult
	}{
		{"refused", errors.New("connection refused"), CheckFailed},
		{"unknown authority", fmt.Errorf("tls: %w", x509.UnknownAuthorityError{}), CheckPortal},
		{"another host's certificate", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a.test"}, CheckPortal},
		{"expired, or a wrong clock", x509.CertificateInvalidError{Reason: x509.Expired}, CheckFailed},
		{"no TLS at all", http.ErrSchemeMismatch, CheckPortal},
	}
	for _, test := range tests {
		if got, detail := classifyError(test.err); got != test.want || detail == "" {
			t.Errorf("%s: classifyError = %s, %q; want %s", test.name, got, detail, test.want)
		}
	}
}
