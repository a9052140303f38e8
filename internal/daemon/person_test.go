package daemon

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/record"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// What the person types.
const (
	personUser    = "grace.hopper"
	personPIN     = "Nano-11-8"
	personVoucher = "KQ9M-4417"
	personName    = "Hopperia"
	personMail    = "grace@navy.test"
)

// typedValues are all of them.
func typedValues() []string {
	return []string{personUser, personPIN, personVoucher, personName, personMail}
}

// answer is what the person types for an input.
func answer(input string) string {
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(input, word) {
				return true
			}
		}
		return false
	}
	switch {
	case has("mail"):
		return personMail
	case has("voucher", "ticket", "code", "coupon"):
		return personVoucher
	case has("pass", "pin"):
		return personPIN
	case has("user", "login", "account", "card"):
		return personUser
	}
	return personName
}

// hotspotOf simulates a portal of a kind that knows the person.
func hotspotOf(t *testing.T, kind portaltest.Kind, seed uint64) *portaltest.Hotspot {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	return portaltest.New(portaltest.Options{
		Seed: seed, Kind: kind, User: personUser, PIN: personPIN, Voucher: personVoucher, Authority: authority, Internet: everyCheck(),
	})
}

// recording is the network panel of a browser.
type recording struct {
	wire  http.RoundTripper
	shown string // URL of the page that is open: a browser does not request it again

	mu      sync.Mutex
	entries []*record.Entry
}

// RoundTrip notes the exchange.
func (r *recording) RoundTrip(request *http.Request) (*http.Response, error) {
	var sent []byte
	if request.Body != nil {
		sent, _ = io.ReadAll(request.Body)
		request.Body = io.NopCloser(bytes.NewReader(sent))
	}
	response, err := r.wire.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(body))
	r.note(request.Method, request.URL.String(), request.Header.Get("Content-Type"), string(sent), response.StatusCode, response.Header, string(body))
	return response, err
}

func (r *recording) note(method, url, mime, sent string, status int, header http.Header, body string) {
	isOpen := method == http.MethodGet && url == r.shown
	if r.shown = ""; isOpen {
		return
	}
	kind := "document"
	if strings.Contains(mime, "json") || strings.Contains(header.Get("Content-Type"), "json") || strings.Contains(header.Get("Content-Type"), "javascript") {
		kind = "xhr"
	}
	e := &record.Entry{
		Type: kind, Method: method, URL: url, Status: status, Header: header, RedirectURL: header.Get("Location"),
		MimeType: header.Get("Content-Type"), Body: body, Size: int64(len(body)),
	}
	if sent != "" {
		e.Posted = &record.Posted{MimeType: mime, Text: sent}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, e)
}

// capture returns what was recorded, with what the person typed.
func (r *recording) capture(t *testing.T, typed map[string]string) *record.Capture {
	t.Helper()
	var known record.Typed
	for input, text := range typed {
		kind := "text"
		if text == personPIN {
			kind = "password"
		}
		known.Controls = append(known.Controls, record.Control{Name: input, Type: kind, Values: []portal.Value{portal.Secret(text)}})
	}
	c, err := record.New(r.entries, &known)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// checkURL is what the person opens first and last.
const checkURL = "http://check.test/generate_204"

// signIn logs a person in to a hotspot, as the helper that comes with the program for it would, and returns
// what a browser would have recorded; nil: no helper is able to.
func signIn(t *testing.T, h *portaltest.Hotspot) *record.Capture {
	t.Helper()
	r := &recording{wire: h.Transport()}
	evidence := evidenceOf(t, h)
	for _, hop := range evidence.Hops {
		r.note(http.MethodGet, hop.URL, "", "", hop.Status, hop.Header, hop.Body)
	}
	r.shown = evidence.PortalURL
	registry, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	winner, _, ok := claims.Pick(registry.Claims(t.Context(), claims.NewFacts(wifi.Network{SSID: "Guest"}, &evidence)), claims.Preference{})
	if !ok {
		return nil
	}
	helper, err := registry.Helper(winner.Helper)
	if err != nil {
		t.Fatal(err)
	}
	typed := map[string]string{}
	given := consent.Given{Terms: consent.Always, Cleartext: true, SharedHosts: true}
	result, err := helper.Authenticate(t.Context(), plugins.Job{
		Evidence: evidence, Consent: func() consent.Given { return given },
		Open: func(hosts, shared []string) (*portal.Session, error) {
			config := plugins.SessionConfig(evidence)
			config.Transport, config.Hosts, config.Shared = r, hosts, shared
			config.Permission = func() portal.Permission { return plugins.Permission(given) }
			return portal.New(config)
		},
		Inputs: func(name string) (portal.Value, bool, error) {
			typed[name] = answer(name)
			return portal.Plain(typed[name]), true, nil
		},
	})
	if err != nil || result.Outcome != flow.Submitted || h.Captive() {
		return nil
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, checkURL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := r.RoundTrip(request); err == nil {
		_ = response.Body.Close()
	}
	return r.capture(t, typed)
}

// evidenceOf is what a probe sees of a hotspot.
func evidenceOf(t *testing.T, h *portaltest.Hotspot) probe.Evidence {
	t.Helper()
	prober := probe.Prober{
		Endpoints: []probe.Endpoint{{Name: "check", Operator: "check", URL: checkURL, Status: http.StatusNoContent}},
		Transport: func(probe.Family) http.RoundTripper { return h.Transport() },
	}
	return prober.Probe(t.Context(), probe.Link{
		Interface: "wlan0", Index: 3, Carrier: true, Gateways: []netip.Addr{h.Gateway()}, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.50/24")},
	})
}

// programs are the helpers that come with the program.
var programs = sync.OnceValues(func() (*plugins.Registry, error) {
	e := Env{Getenv: func(string) string { return "" }}
	config := configs.Default(e.Getenv)
	library, err := e.LoadLibrary(config)
	if err != nil {
		return nil, err
	}
	return NewRegistry(config, library, nil), nil
})

// contextOf returns a context of a test that can be ended before it.
func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}

// lockedBuffer is a log that a test reads while the agent writes to it.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(text)
}

// String returns what was written so far.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// everyCheck is the Internet: every check has its answer there.
func everyCheck() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}
