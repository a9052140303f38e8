package plugins_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

type answer func(*http.Request) string

func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a(r))), Request: r}, nil
}

// A flow has the cookies of the way to the page: those of headers, and those of scripts.
func TestSessionHasCookiesOfHops(t *testing.T) {
	config := plugins.SessionConfig(probe.Evidence{PortalURL: "http://portal.test/in", Hops: []probe.Hop{
		{URL: "http://check.test/", Status: http.StatusFound, Header: http.Header{"Set-Cookie": {"check=1"}}},
		{URL: "http://portal.test/", Status: http.StatusOK, Header: http.Header{"Set-Cookie": {"sid=1"}}, Body: `<script>document.cookie = "js=on"</script>`},
		{URL: "http://portal.test/in", Status: http.StatusOK, Body: `<script>document.cookie = "width=" + screen.width</script>`},
	}})
	var got string
	config.Hosts = []string{"@start"}
	config.Transport = answer(func(r *http.Request) string { got = r.Header.Get("Cookie"); return "" })
	session, err := portal.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.Open(t.Context(), "http://portal.test/in"); err != nil {
		t.Fatal(err)
	}
	if want := "sid=1; js=on"; got != want {
		t.Errorf("cookies %q, want %q", got, want)
	}
}
