package probe

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	tests := []struct {
		name, body, contentType, want string
		cut                           bool
	}{
		{"plain", "log in", "text/plain", "log in", false},
		{"UTF-8 undeclared, late", strings.Repeat("a", 2000) + "é", "text/html", strings.Repeat("a", 2000) + "é", false},
		{"Latin-1 undeclared", "caf\xe9", "text/html", "café", false},
		{"declared in the field", "\xcf\xf0\xe8\xe2\xe5\xf2", "text/html; charset=windows-1251", "Привет", false},
		{"declared in the page", "<meta charset=windows-1251>\xcf\xf0", "text/html", "<meta charset=windows-1251>Пр", false},
		{"byte order mark", "\xef\xbb\xbflog in", "text/plain", "log in", false},
		{"UTF-16", "\xff\xfel\x00o\x00g\x00", "text/html", "log", false},
		{"cut in a character", "abc\xe2\x82", "text/html; charset=utf-8", "abc", true},
		{"cut in a character, undeclared", "é\xe2\x82", "text/html", "é", true},
		{"broken UTF-8", "a\xffb", "text/html; charset=utf-8", "a\ufffdb", false},
		{"unknown charset", "abc", "text/html; charset=nonsense", "abc", false},
	}
	for _, test := range tests {
		if got := text([]byte(test.body), test.contentType, test.cut); got != test.want {
			t.Errorf("%s: text = %q, want %q", test.name, got, test.want)
		}
	}
}

func TestReadIsBounded(t *testing.T) {
	for _, octets := range []int{maxBody / 2, maxBody, 100 * maxBody} {
		body := strings.NewReader(strings.Repeat("\xcf", octets))
		p := &page{cancel: func(error) {}, response: &http.Response{
			Header: http.Header{"Content-Type": {"text/html; charset=windows-1251"}},
			Body:   io.NopCloser(body),
		}}
		p.read()
		if got := p.hop.Body; len(got) > maxBody || len(got) < maxBody-1 || !utf8.ValidString(got) {
			t.Errorf("%d octets: kept %d of UTF-8 (%t), want %d", octets, len(got), utf8.ValidString(got), maxBody)
		}
		if want := octets > maxBody/2; p.hop.Truncated != want {
			t.Errorf("%d octets: truncated = %t, want %t", octets, p.hop.Truncated, want)
		}
		if taken := octets - body.Len(); taken > maxBody+1 {
			t.Errorf("%d octets: took %d from the network", octets, taken)
		}
	}
}

type fixed struct{ response *http.Response }

func (f fixed) RoundTrip(*http.Request) (*http.Response, error) { return f.response, nil }

// TLS alone is no proof: a transport may have been told not to verify.
func TestFetchTellsVerified(t *testing.T) {
	tests := []struct {
		name  string
		state *tls.ConnectionState
		want  bool
	}{
		{"plain", nil, false},
		{"not verified", &tls.ConnectionState{HandshakeComplete: true}, false},
		{"verified", &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{}}}}, true},
	}
	for _, test := range tests {
		response := &http.Response{StatusCode: 200, Body: http.NoBody, TLS: test.state}
		p, err := fetch(t.Context(), fixed{response}, forPage("https://api.test/"))
		if err != nil {
			t.Fatal(err)
		}
		p.close()
		if p.verified != test.want {
			t.Errorf("%s: verified = %t, want %t", test.name, p.verified, test.want)
		}
	}
}

func TestKeepHeaderIsBounded(t *testing.T) {
	header := http.Header{"A": {"1", "2"}}
	for range 1000 {
		header.Add("Big", strings.Repeat("x", 1000))
	}
	kept := keepHeader(&http.Response{Header: header, TransferEncoding: []string{"chunked"}})
	if n := len(kept["Big"]); n < 10 || n*1000 > maxHeader {
		t.Errorf("kept %d fields of 1000 octets, want at most %d octets", n, maxHeader)
	}
	if kept.Get("A") != "1" || kept.Get("Transfer-Encoding") != "chunked" {
		t.Errorf("kept %q and %q", kept.Get("A"), kept.Get("Transfer-Encoding"))
	}
}
