package probe_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// up is a link that can be asked.
func up() probe.Link {
	return probe.Link{
		Interface: "wlan0", Index: 3, Carrier: true,
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")},
		Gateways:  []netip.Addr{netip.MustParseAddr("192.0.2.1")},
		DNS:       []netip.Addr{netip.MustParseAddr("192.0.2.1")},
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// hosts is a handler for each host name; others go to "*", or to the Internet
// without one. It stands for what a link does with plain http.
type hosts map[string]http.HandlerFunc

// transport serves the hosts over http; over TLS it gives the error, or the Internet where there is none.
func (h hosts) transport(tlsError error) http.RoundTripper {
	internet := probetest.Internet()
	link := probetest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{r.Host, "*"} {
			if handler, ok := h[name]; ok && (r.TLS == nil || name != "*") {
				handler(w, r)
				return
			}
		}
		internet.ServeHTTP(w, r)
	}))
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

// late answers after a while.
func late(after time.Duration, handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(after):
			handler(w, r)
		case <-r.Context().Done():
		}
	}
}

// internet lets a host through.
func internet(w http.ResponseWriter, r *http.Request) { probetest.Internet().ServeHTTP(w, r) }

func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// raw writes octets to the connection, pausing before each piece but the first, and closes it.
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

// stays waits and says whether the client is still there.
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
	debian  = "network-test.debian.org"
	android = "connectivitycheck.gstatic.com"
	firefox = "detectportal.firefox.com"
	apple   = "captive.apple.com"
	form    = "<html><form method=post action=/login><input name=pin></form></html>"
	login   = "http://portal.test/login"
)

// behaviour is one network and what a probe makes of it.
type behaviour struct {
	name      string
	transport http.RoundTripper
	api       string // offered by the link
	verdict   probe.Verdict
	reason    string        // part of it
	portal    string        // "*" stands for the check that was intercepted first
	hops      string        // statuses, in order
	within    time.Duration // of the bubble's time: 0 is at once
	also      func(*testing.T, probe.Evidence)
}

func (b behaviour) check(t *testing.T) {
	link := up()
	link.API = b.api
	var log bytes.Buffer
	prober := probe.Prober{Transport: b.transport, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	start := time.Now()
	e := prober.Probe(t.Context(), link)
	if elapsed := time.Since(start); elapsed > b.within {
		t.Errorf("took %v, want at most %v", elapsed, b.within)
	}
	if e.Verdict != b.verdict || !strings.Contains(e.Reason, b.reason) || e.Reason == "" {
		t.Errorf("verdict %v, %q; want %v, %q", e.Verdict, e.Reason, b.verdict, b.reason)
	}
	var statuses []string
	for _, h := range e.Hops {
		statuses = append(statuses, fmt.Sprint(h.Status))
	}
	portal := b.portal
	if rest, ok := strings.CutPrefix(portal, "*"); ok && len(e.Hops) > 0 {
		portal = e.Hops[0].URL + rest
	}
	if got := strings.Join(statuses, " "); e.PortalURL != portal || got != b.hops {
		t.Errorf("portal %q by hops %q, want %q by %q", e.PortalURL, got, portal, b.hops)
	}
	if strings.Count(log.String(), "level=INFO") != 1 || !strings.Contains(log.String(), "verdict="+b.verdict.String()) {
		t.Errorf("want one line with the verdict, logged:\n%s", log.String())
	}
	for _, c := range e.Checks {
		if (c.Result == "") != (c.Detail == "") || strings.Contains(c.Detail, "cancel") {
			t.Errorf("check %+v", c)
		}
	}
	if b.also != nil {
		b.also(t, e)
	}
}

// lastError checks why the way to the portal's page ends.
func lastError(want string) func(*testing.T, probe.Evidence) {
	return func(t *testing.T, e probe.Evidence) {
		if got := e.Hops[len(e.Hops)-1].Error; !strings.Contains(got, want) {
			t.Errorf("last hop says %q, want %q", got, want)
		}
	}
}

func truncated(t *testing.T, e probe.Evidence) {
	if h := e.Hops[0]; !h.Truncated || h.Body == "" || len(h.Body) > 64<<10 {
		t.Errorf("truncated %t, %d octets of body", h.Truncated, len(h.Body))
	}
}

func TestProbe(t *testing.T) {
	untrusted := x509.UnknownAuthorityError{}
	tests := []behaviour{
		{
			name: "open", transport: hosts{}.transport(nil),
			verdict: probe.VerdictFull, reason: "as wanted",
		},
		{
			name: "redirect", transport: hosts{"*": redirect(login, 302), "portal.test": page(200, form)}.transport(errRefused),
			verdict: probe.VerdictPortal, reason: "302 to " + login, portal: login, hops: "302 200",
			also: func(t *testing.T, e probe.Evidence) {
				if h := e.Hops[1]; h.Body != form || h.Truncated || h.Header.Get("Content-Type") != "text/html" {
					t.Errorf("page = %+v", h)
				}
				if len(e.Checks) != 5 {
					t.Errorf("%d checks, want 5", len(e.Checks))
				}
			},
		},
		{
			name: "page in place", transport: hosts{"*": page(200, form)}.transport(errRefused),
			verdict: probe.VerdictPortal, reason: "another body", hops: "200",
			portal: "*",
		},
		{
			name: "511", transport: hosts{"*": page(511, form)}.transport(errRefused),
			verdict: probe.VerdictPortal, reason: "511 Network Authentication Required", hops: "511",
			portal: "*",
		},
		{
			name: "511 with a refresh", transport: hosts{"*": page(511, `<meta http-equiv=refresh content="0;url=`+login+`">`), "portal.test": page(200, form)}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "511 200",
		},
		{
			name: "several hops", transport: hosts{
				"*": redirect("http://gw.test/a", 307),
				"gw.test": func(w http.ResponseWriter, r *http.Request) {
					switch r.URL.Path {
					case "/a":
						redirect("b/c", 303)(w, r)
					case "/b/c":
						page(200, `<meta http-equiv="Refresh" content="1; URL=../d">`)(w, r)
					case "/d":
						redirect("//portal.test/login", 301)(w, r)
					}
				},
				"portal.test": page(200, form),
			}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "307 303 200 301 200",
		},
		{
			name: "redirect loop", transport: hosts{"*": redirect("http://a.test/", 302), "a.test": redirect("http://b.test/", 302), "b.test": redirect("http://a.test/", 302)}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: "http://a.test/", hops: "302 302 302",
			also: lastError("leads back to http://a.test/"),
		},
		{
			name: "endless redirects", transport: hosts{"*": func(w http.ResponseWriter, r *http.Request) { redirect(r.URL.Path+"x", 302)(w, r) }}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: "*x", hops: "302 302 302 302 302 302 302 302 302 302",
			also: lastError("goes on after 10 hops"),
		},
		{
			name: "redirect to another scheme", transport: hosts{"*": redirect("ftp://portal.test/", 302)}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: "*", hops: "302",
			also: lastError("neither http nor https"),
		},
		{
			name: "portal on https with a foreign certificate", transport: hosts{"*": redirect("https://bad.test/login", 302)}.transport(untrusted),
			verdict: probe.VerdictPortal, portal: "https://bad.test/login", hops: "302 0",
			also: lastError("unknown authority"),
		},
		{
			name: "portal that never answers", transport: hosts{"*": redirect(login, 302), "portal.test": silent}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "302 0", within: 5 * time.Second,
			also: lastError("no answer in time"),
		},
		{
			name: "silent", transport: hosts{"*": silent}.transport(nil),
			verdict: probe.VerdictFull, reason: "no answer over http", within: 2 * time.Second,
		},
		{
			name: "dead", transport: roundTrip(func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }),
			verdict: probe.VerdictLimited, reason: "none of 5 checks was answered", within: 5 * time.Second,
		},
		{
			name: "refused", transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errRefused }),
			verdict: probe.VerdictLimited, reason: "connection refused",
		},
		{
			name: "no such host", transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errNoHost }),
			verdict: probe.VerdictLimited, reason: "no such host",
		},
		{
			name: "server errors", transport: hosts{"*": page(503, "try later")}.transport(errRefused),
			verdict: probe.VerdictLimited, reason: "503 Service Unavailable",
		},
		{
			name: "one operator blocked", transport: hosts{android: page(403, "blocked by policy")}.transport(errRefused),
			verdict: probe.VerdictFull, reason: "as wanted",
		},
		{
			name: "one operator silent, https too", transport: hosts{android: silent, "www.google.com": silent}.transport(nil),
			verdict: probe.VerdictFull, reason: "as wanted",
		},
		{
			name: "one operator left", transport: hosts{debian: silent, android: silent, firefox: silent}.transport(errRefused),
			verdict: probe.VerdictFull, reason: "apple: 200 as wanted", within: 2 * time.Second,
		},
		{
			name: "probe host let through", transport: hosts{"*": redirect(login, 302), "portal.test": page(200, form), apple: internet}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "302 200",
		},
		{
			name: "probe host let through, the rest late", transport: hosts{"*": late(time.Second, redirect(login, 302)), "portal.test": page(200, form), apple: internet}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "302 200", within: 2 * time.Second,
		},
		{
			name: "one operator let through over http and https", transport: hosts{"*": late(time.Second, redirect(login, 302)), "portal.test": page(200, form), android: internet}.transport(nil),
			verdict: probe.VerdictPortal, portal: login, hops: "302 200", within: 2 * time.Second,
		},
		{
			name: "204 with a body", transport: hosts{android: raw(0, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nlogin"), debian: silent, firefox: silent, apple: silent}.transport(errRefused),
			verdict: probe.VerdictPortal, reason: "204 with a body", portal: "http://" + android + "/generate_204", hops: "204",
		},
		{
			name: "204 in chunks", transport: hosts{android: raw(0, "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlogin\r\n0\r\n\r\n"), debian: silent, firefox: silent, apple: silent}.transport(errRefused),
			verdict: probe.VerdictPortal, reason: "204 with a body", portal: "http://" + android + "/generate_204", hops: "204",
		},
		{
			name: "204 for everything", transport: hosts{"*": page(204, "")}.transport(nil),
			verdict: probe.VerdictPortal, reason: "204 instead of 200", portal: "*", hops: "204",
		},
		{
			name: "empty pages of a proxy", transport: hosts{"*": page(200, "")}.transport(errRefused),
			verdict: probe.VerdictLimited, reason: "0 octets",
		},
		{
			name: "success that goes on", transport: hosts{"*": raw(0, "HTTP/1.1 200 OK\r\n\r\nNetworkManager is online, but you must log in")}.transport(errRefused),
			verdict: probe.VerdictPortal, reason: "another body", portal: "*", hops: "200",
		},
		{
			name: "drip", transport: hosts{"*": raw(time.Second, append([]string{"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<html>log in"}, strings.Split(strings.Repeat(".", 900), "")...)...)}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: "*", hops: "200", within: 4 * time.Second,
			also: truncated,
		},
		{
			name: "redirect with a body that never ends", transport: hosts{
				"*":           raw(time.Hour, "HTTP/1.1 302 Found\r\nLocation: "+login+"\r\n\r\n<html>", "."),
				"portal.test": page(200, form),
			}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "302 200", within: 2 * time.Second,
		},
		{
			name: "portal cut off", transport: hosts{"*": raw(0, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<html>log in")}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: "*", hops: "200",
			also: truncated,
		},
		{
			name: "success cut off", transport: hosts{"*": silent, debian: raw(0, "HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\nNetworkManager")}.transport(errRefused),
			verdict: probe.VerdictLimited, reason: "cut off after 14 octets", within: 5 * time.Second,
		},
		{
			name: "10 MB page", transport: hosts{"*": page(200, strings.Repeat("<p>log in</p>\n", 10<<20/14))}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: "*", hops: "200",
			also: truncated,
		},
		{
			name: "10 MB in one header field", transport: hosts{"*": raw(0, "HTTP/1.1 302 Found\r\nX: "+strings.Repeat("x", 10<<20))}.transport(errRefused),
			verdict: probe.VerdictLimited,
		},
		{
			name: "not HTTP", transport: hosts{"*": raw(0, "SSH-2.0-dropbear\r\n")}.transport(errRefused),
			verdict: probe.VerdictLimited, reason: "malformed",
		},
		{
			name: "closed without an answer", transport: hosts{"*": raw(0)}.transport(errRefused),
			verdict: probe.VerdictLimited, reason: "EOF",
		},
		{
			name: "http silent, foreign certificate", transport: hosts{"*": silent}.transport(untrusted),
			verdict: probe.VerdictPortal, reason: "android-https: x509", within: 5 * time.Second,
		},
		{
			name: "inspecting proxy", transport: hosts{}.transport(untrusted),
			verdict: probe.VerdictFull,
		},
		{
			name: "WISPr in the redirect", transport: hosts{
				"*":           raw(0, "HTTP/1.0 302 Moved\r\nLocation: "+login+"\r\n\r\n<HTML><!--<?xml version=\"1.0\"?><WISPAccessGatewayParam><Redirect><LoginURL>a&b</LoginURL></Redirect></WISPAccessGatewayParam>-->"),
				"portal.test": page(200, form),
			}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "302 200",
			also: func(t *testing.T, e probe.Evidence) {
				if want := "<WISPAccessGatewayParam><Redirect><LoginURL>a&b</LoginURL></Redirect></WISPAccessGatewayParam>"; e.WISPr != want {
					t.Errorf("WISPr = %q, want %q", e.WISPr, want)
				}
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { test.check(t) }) })
	}
}
