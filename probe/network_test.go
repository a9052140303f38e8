package probe_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// up is a link over which requests can be sent.
func up() probe.Link {
	return probe.Link{
		Interface: "wlan0", Index: 3, Carrier: true,
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")},
		Gateways:  []netip.Addr{netip.MustParseAddr("192.0.2.1")},
		DNS:       []netip.Addr{netip.MustParseAddr("192.0.2.1")},
	}
}

// always returns one transport for every address family.
func always(transport http.RoundTripper) func(probe.Family) http.RoundTripper {
	return func(probe.Family) http.RoundTripper { return transport }
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// hosts has a handler for each host name; others go to "*" or, without it, to the
// Internet. It is what a link does with plain http.
type hosts map[string]http.HandlerFunc

// handler serves all hosts over http, and the named ones over TLS.
func (h hosts) handler() http.Handler {
	internet := probetest.Internet()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{r.Host, "*"} {
			if handler, ok := h[name]; ok && (r.TLS == nil || name != "*") {
				handler(w, r)
				return
			}
		}
		internet.ServeHTTP(w, r)
	})
}

// transport serves the hosts; over TLS it returns the error or, if that is nil, the Internet.
func (h hosts) transport(tlsError error) http.RoundTripper {
	link := probetest.Transport(h.handler())
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if _, named := h[r.URL.Host]; r.URL.Scheme == "https" && tlsError != nil && !named {
			return nil, tlsError
		}
		return link.RoundTrip(r)
	})
}

func redirect(to string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html>moved</html>")
	}
}

func page(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// late answers after a delay.
func late(after time.Duration, handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(after):
			handler(w, r)
		case <-r.Context().Done():
		}
	}
}

// internet is the handler of a host that is not intercepted.
func internet(w http.ResponseWriter, r *http.Request) { probetest.Internet().ServeHTTP(w, r) }

func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// raw writes pieces to the connection, with a pause before each but the first, and closes it.
func raw(pause time.Duration, pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		for i, piece := range pieces {
			if i > 0 && !stays(conn, pause) {
				return
			}
			if _, err := io.WriteString(conn, piece); err != nil {
				return
			}
		}
	}
}

// stays waits and reports whether the client is still connected.
func stays(conn net.Conn, pause time.Duration) bool {
	_ = conn.SetReadDeadline(time.Now().Add(pause))
	_, err := conn.Read(make([]byte, 1))
	return errors.Is(err, os.ErrDeadlineExceeded)
}

var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	errNoHost  = &net.DNSError{Err: "no such host", Name: "check.test", IsNotFound: true}
)

const (
	debian     = "network-test.debian.org"
	android    = "connectivitycheck.gstatic.com"
	firefox    = "detectportal.firefox.com"
	apple      = "captive.apple.com"
	google     = "www.google.com"
	grapheneos = "connectivitycheck.grapheneos.network"
	form       = "<html><form method=post action=/login><input name=pin></form></html>"
	login      = "http://portal.test/login"
)

// behaviour is one network and the evidence that a probe must return.
type behaviour struct {
	name      string
	transport http.RoundTripper
	api       string // offered by the link
	verdict   probe.Verdict
	reason    string        // part of it
	portal    string        // "*" is the check that was intercepted first
	hops      string        // statuses, in order
	within    time.Duration // in the bubble's time: 0 is at once
	also      func(*testing.T, probe.Evidence)
}

func (b behaviour) check(t *testing.T) {
	link := up()
	link.API = b.api
	var log bytes.Buffer
	var open atomic.Int64
	var announced []probe.Evidence
	prober := probe.Prober{
		Transport: always(counted(b.transport, &open)), Logger: slog.New(slog.NewTextHandler(&log, nil)),
		OnVerdict: func(e probe.Evidence) { announced = append(announced, e) },
	}
	start := time.Now()
	e := prober.Probe(t.Context(), link)
	if elapsed := time.Since(start); elapsed > b.within+scheduling {
		t.Errorf("took %v, want at most %v", elapsed, b.within)
	}
	if n := open.Load(); n != 0 {
		t.Errorf("left %d answers open", n)
	}
	if e.Verdict != b.verdict || !strings.Contains(e.Reason, b.reason) || e.Reason == "" {
		t.Errorf("verdict %v, %q; want %v, %q", e.Verdict, e.Reason, b.verdict, b.reason)
	}
	b.checkHops(t, e)
	for _, c := range e.Checks {
		if (c.Result == "") != (c.Detail == "") || strings.Contains(c.Detail, "cancel") {
			t.Errorf("check %+v", c)
		}
	}
	if strings.Count(log.String(), "level=INFO") != len(announced) || !strings.Contains(log.String(), "verdict="+b.verdict.String()) {
		t.Errorf("announced %d times, logged:\n%s", len(announced), log.String())
	}
	checkAnnounced(t, announced, e)
	if b.also != nil {
		b.also(t, e)
	}
}

// checkAnnounced checks that each verdict was announced once, and that the last one is the evidence's, with its time.
func checkAnnounced(t *testing.T, announced []probe.Evidence, e probe.Evidence) {
	if len(announced) == 0 {
		t.Fatal("no verdict was announced")
	}
	for i, early := range announced {
		if i > 0 && early.Verdict == announced[i-1].Verdict || early.Reason == "" {
			t.Errorf("announced %v, %q", early.Verdict, early.Reason)
		}
	}
	if last := announced[len(announced)-1]; last.Verdict != e.Verdict || last.Elapsed != e.Elapsed || !last.Time.Equal(e.Time) {
		t.Errorf("announced %v after %v, and the evidence says %v after %v", last.Verdict, last.Elapsed, e.Verdict, e.Elapsed)
	}
}

// checkHops compares the hops and the portal URL.
func (b behaviour) checkHops(t *testing.T, e probe.Evidence) {
	var statuses []string
	for _, h := range e.Hops {
		statuses = append(statuses, fmt.Sprint(h.Status))
	}
	portal := b.portal
	if rest, ok := strings.CutPrefix(portal, "*"); ok && len(e.Hops) > 0 {
		portal = e.Hops[0].URL + rest
	}
	if portal == anywhere {
		portal = e.PortalURL
	}
	if got := strings.Join(statuses, " "); e.PortalURL != portal || got != b.hops {
		t.Errorf("portal %q by hops %q, want %q by %q", e.PortalURL, got, portal, b.hops)
	}
}

// counted counts the responses that were not closed.
func counted(transport http.RoundTripper, open *atomic.Int64) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		response, err := transport.RoundTrip(r)
		if err == nil {
			open.Add(1)
			response.Body = &closing{ReadCloser: response.Body, closed: sync.OnceFunc(func() { open.Add(-1) })}
		}
		return response, err
	})
}

type closing struct {
	io.ReadCloser
	closed func()
}

func (c *closing) Close() error {
	c.closed()
	return c.ReadCloser.Close()
}

// anywhere is any portal URL; the case checks it by itself.
const anywhere = "anywhere"

// lastError checks why the chain to the portal's page ends.
func lastError(want string) func(*testing.T, probe.Evidence) {
	return func(t *testing.T, e probe.Evidence) {
		if got := e.Hops[len(e.Hops)-1].Error; !strings.Contains(got, want) {
			t.Errorf("last hop says %q, want %q", got, want)
		}
	}
}

func truncated(t *testing.T, e probe.Evidence) {
	if h := e.Hops[0]; !h.Truncated || h.Body == "" || len(h.Body) > 64<<10 {
		t.Errorf("truncated %t, %d bytes of body", h.Truncated, len(h.Body))
	}
}
