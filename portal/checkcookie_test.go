package portal

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// repeating answers every request with a page and a cookie, and keeps the cookies that it got.
type repeating struct {
	cookie string
	got    []string
}

func (r *repeating) RoundTrip(request *http.Request) (*http.Response, error) {
	r.got = append(r.got, request.Header.Get("Cookie"))
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: request,
		Header: http.Header{"Content-Type": {"text/html"}, "Set-Cookie": {r.cookie}},
		Body:   io.NopCloser(strings.NewReader("page")),
	}, nil
}

// A network that has the secret sets it as a cookie of a check's host: the next check does not repeat it, whatever is permitted.
func TestChecksGetNoSecretCookie(t *testing.T) {
	for cookie, want := range map[string]string{"s=Swordfish2718": "", "s=other": "s=other"} {
		transport := &repeating{cookie: cookie}
		s, err := New(Config{
			Hosts: []string{"a.test"}, Transport: transport,
			Permission: func() Permission { return Permission{Cleartext: true, SharedHosts: true} },
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Declare(Secret("Swordfish2718"))
		for range 2 {
			if _, err := s.OpenWith(t.Context(), "http://check.test/", Extra{Check: true}); err != nil {
				t.Fatal(err)
			}
		}
		if got := transport.got[1]; got != want {
			t.Errorf("%s: sent %q, want %q", cookie, got, want)
		}
	}
}
