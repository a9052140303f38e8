package portal_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
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
		Visited: []portal.Visit{{
			URL: hop, Header: http.Header{"Set-Cookie": {"seen=1; Path=/"}},
			Body: `<script>document.cookie = "js=on; path=/"; function later() { document.cookie = "no=1; path=/" }</script>`,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"http://login.cafe.test/form": "seen=1; js=on", "http://other.test/": ""} {
		if _, err := s.Open(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: cookies %q, want %q", target, got, want)
		}
	}
}

// A session that continues another one has the cookies of its scripts, too.
func TestScriptCookiesAreCarried(t *testing.T) {
	t.Parallel()
	var got string
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r.Header.Get("Cookie")
		header := http.Header{"Content-Type": {"text/html"}, "Set-Cookie": {"sid=1; Path=/"}}
		page := `<script>document.cookie = "sid=2; path=/"; document.cookie = 'lang="de"; path=/'</script>`
		return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(page)), Request: r}, nil
	})
	config := portal.Config{Transport: transport, Hosts: []string{"login.cafe.test"}}
	for _, want := range []string{"", `sid=2; lang="de"`} {
		s, err := portal.New(config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(t.Context(), "http://login.cafe.test/"); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("cookies %q, want %q", got, want)
		}
		config.Visited = s.Visited()
	}
}
