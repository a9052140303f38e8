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

func TestReadIsBounded(t *testing.T) {
	for _, size := range []int{maxBody / 2, maxBody, 100 * maxBody} {
		body := strings.NewReader(strings.Repeat("\xcf", size))
		p := &page{cancel: func(error) {}, response: &http.Response{
			Header: http.Header{"Content-Type": {"text/html; charset=windows-1251"}},
			Body:   io.NopCloser(body),
		}}
		p.read()
		if got := p.hop.Body; len(got) > maxBody || len(got) < maxBody-1 || !utf8.ValidString(got) {
			t.Errorf("%d bytes: kept %d of UTF-8 (%t), want %d", size, len(got), utf8.ValidString(got), maxBody)
		}
		if want := size > maxBody/2; p.hop.Truncated != want {
			t.Errorf("%d bytes: truncated = %t, want %t", size, p.hop.Truncated, want)
		}
		if taken := size - body.Len(); taken > maxBody+1 {
			t.Errorf("%d bytes: took %d from the network", size, taken)
		}
	}
}

type fixed struct{ response *http.Response }

func (f fixed) RoundTrip(*http.Request) (*http.Response, error) { return f.response, nil }

// TLS alone is no proof: a transport may not verify.
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
		p, err := fetch(t.Context(), fixed{response}, newPageRequest("https://api.test/"))
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
		t.Errorf("kept %d fields of 1000 bytes, want at most %d bytes", n, maxHeader)
	}
	if kept.Get("A") != "1" || kept.Get("Transfer-Encoding") != "chunked" {
		t.Errorf("kept %q and %q", kept.Get("A"), kept.Get("Transfer-Encoding"))
	}
}
