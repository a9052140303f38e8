package pack

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

// keeper is a portal with a keepalive: each answer names the next URL to ask.
type keeper struct{ asked []string }

func (k *keeper) RoundTrip(r *http.Request) (*http.Response, error) {
	k.asked = append(k.asked, r.URL.RequestURI())
	body := map[string]string{
		"/": `{"alive": "/alive?token-one", "bye": "/bye?token-none"}`, "/alive?token-one": `{"alive": "/alive?token-two"}`, "/alive?token-two": "{}",
	}[r.URL.RequestURI()]
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// A keepalive runs as often as its file says, captures from each run, and its captures are
// redacted.
func TestKeep(t *testing.T) {
	pack, err := Load(fstest.MapFS{
		"cafe/pack.toml": {Data: []byte("format = 1\nname = 'cafe'\nversion = '1.0.0'\nlabel = 'Cafe'\n[[claim]]\nconfidence = 'low'\nssid = ['Cafe']\n")},
		"cafe/authenticate.toml": {Data: []byte(`format = 1
hosts = ["cafe.test"]
[[step]]
id = "in"
open = "https://cafe.test/"
capture = { alive = { json = "alive" }, bye = { json = "bye" } }
`)},
		"cafe/maintain.toml": {Data: []byte(`format = 1
hosts = ["cafe.test"]
every = 180
[[step]]
id = "alive"
open = "https://cafe.test{{.session.alive}}"
capture = { alive = { json = "alive", optional = true } }
`)},
		"cafe/logoff.toml": {Data: []byte("format = 1\nhosts = ['cafe.test']\n[[step]]\nid = 'bye'\nopen = 'https://cafe.test{{.session.bye}}'\n")},
	}, "cafe", "here")
	if err != nil {
		t.Fatal(err)
	}
	server := &keeper{}
	var session *portal.Session
	job := plugins.Job{Open: func(hosts, _ []string) (*portal.Session, error) {
		session, err = portal.New(portal.Config{Transport: server, Hosts: hosts})
		return session, err
	}}
	for i, want := range []map[string]string{
		{"alive": "/alive?token-one", "bye": "/bye?token-none"},
		{"alive": "/alive?token-two", "bye": "/bye?token-none"},
		{"alive": "/alive?token-two", "bye": "/bye?token-none"}, // nothing learned
	} {
		method := pack.Maintain
		if i == 0 {
			method = pack.Authenticate
		}
		result, err := method(t.Context(), job)
		if err != nil || result.Every != 3*time.Minute {
			t.Fatalf("%+v, %v", result, err)
		}
		if diff := cmp.Diff(want, result.Captures); diff != "" {
			t.Error(diff)
		}
		if shown := session.Redact("token " + result.Captures["alive"]); strings.Contains(shown, "/alive") {
			t.Errorf("shown: %s", shown)
		}
		job.Session = result.Captures
	}
	if result, err := pack.Logoff(t.Context(), job); err != nil || result.Every != 0 {
		t.Errorf("%+v, %v", result, err)
	}
	if diff := cmp.Diff([]string{"/", "/alive?token-one", "/alive?token-two", "/bye?token-none"}, server.asked); diff != "" {
		t.Error(diff)
	}
}

// A flow can read what led the probe to the portal: parameters are nowhere else.
func TestHops(t *testing.T) {
	job := plugins.Job{Evidence: probe.Evidence{PortalURL: "https://cafe.test/", Hops: []probe.Hop{
		{URL: "http://check.test/", Status: 302}, {URL: "http://[bad/"}, {URL: "https://cafe.test/?switch_url=x", Status: 302, Body: "moved"}, {URL: "https://cafe.test/", Status: 200},
	}}}
	var got []string
	for _, page := range hops(job) {
		got = append(got, page.String()+" "+page.Body)
	}
	if diff := cmp.Diff([]string{"302 http://check.test/ ", "302 https://cafe.test/?switch_url=… moved"}, got); diff != "" {
		t.Error(diff)
	}
}
