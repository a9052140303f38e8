package portal_test

import (
	"net/http"
	"net/url"
	"testing"

	"hotspot-helper/portal"
)

func TestVisitedCookiesAreSent(t *testing.T) {
	t.Parallel()
	var got string
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r.Header.Get("Cookie")
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})
	hop, err := url.Parse("http://login.cafe.test/hop")
	if err != nil {
		t.Fatal(err)
	}
	s, err := portal.New(portal.Config{
		Transport: transport,
		Hosts:     []string{"login.cafe.test", "other.test"},
		Visited:   []portal.Visit{{URL: hop, Header: http.Header{"Set-Cookie": {"seen=1; Path=/"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"http://login.cafe.test/form": "seen=1", "http://other.test/": ""} {
		if _, err := s.Open(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: cookies %q, want %q", target, got, want)
		}
	}
}
