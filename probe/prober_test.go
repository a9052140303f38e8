package probe_test

import (
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/probe"
)

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
				if len(e.Checks) != 8 {
					t.Errorf("%d checks, want 8", len(e.Checks))
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
			also: lastError("does not trust"),
		},
		{
			name: "portal that never answers", transport: hosts{"*": redirect(login, 302), "portal.test": silent}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "302 0", within: 8 * time.Second,
			also: lastError("no answer in time"),
		},
		{
			name: "silent", transport: hosts{"*": silent}.transport(nil),
			verdict: probe.VerdictFull, reason: "no answer over http", within: 2 * time.Second,
		},
		{
			name: "dead", transport: roundTrip(func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }),
			verdict: probe.VerdictLimited, reason: "none of 7 checks was answered", within: 5 * time.Second,
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
			name: "one operator blocked", transport: hosts{android: page(403, "blocked by policy"), grapheneos: internet}.transport(errRefused),
			verdict: probe.VerdictFull, reason: "as wanted",
		},
		{
			name: "one operator silent, https too", transport: hosts{android: silent, google: silent}.transport(nil),
			verdict: probe.VerdictFull, reason: "as wanted",
		},
		{
			name: "one operator left", transport: hosts{debian: silent, android: silent, firefox: silent, grapheneos: page(404, "")}.transport(errRefused),
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
			name: "one operator let through over http and https", transport: hosts{"*": late(time.Second, redirect(login, 302)), "portal.test": page(200, form), android: internet, google: internet}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "302 200", within: 2 * time.Second,
		},
		{
			name: "204 with a body", transport: hosts{android: raw(0, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nlogin"), debian: silent, firefox: silent, apple: silent}.transport(errRefused),
			verdict: probe.VerdictPortal, reason: "204 with a body", portal: "http://" + android + "/generate_204", hops: "204", within: time.Second,
		},
		{
			name: "204 in chunks", transport: hosts{android: raw(0, "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlogin\r\n0\r\n\r\n"), debian: silent, firefox: silent, apple: silent}.transport(errRefused),
			verdict: probe.VerdictPortal, reason: "204 with a body", portal: "http://" + android + "/generate_204", hops: "204", within: time.Second,
		},
		{
			name: "204 for everything", transport: hosts{"*": page(204, "")}.transport(nil),
			verdict: probe.VerdictPortal, reason: "204 instead of 200", portal: "*", hops: "204",
		},
		{
			name: "empty pages of a proxy", transport: hosts{"*": page(200, "")}.transport(errRefused),
			verdict: probe.VerdictLimited, reason: "0 bytes",
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
			name: "every hop drips", transport: hosts{"*": late(100*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
				raw(time.Second, append([]string{"HTTP/1.1 302 Found\r\nLocation: " + r.URL.Path + "x\r\n\r\n"}, strings.Split(strings.Repeat(".", 900), "")...)...)(w, r)
			})}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: "*x", hops: "302 302 302 302 302 302 302 302 0", within: 15 * time.Second,
			also: lastError("deadline exceeded"),
		},
		{
			name: "portal cut off", transport: hosts{"*": raw(0, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<html>log in")}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: "*", hops: "200",
			also: truncated,
		},
		{
			name: "success cut off", transport: hosts{"*": silent, debian: raw(0, "HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\nNetworkManager")}.transport(errRefused),
			verdict: probe.VerdictLimited, reason: "cut off after 14 bytes", within: 5 * time.Second,
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
			name: "inspecting proxy, except for one operator", transport: hosts{grapheneos: internet}.transport(untrusted),
			verdict: probe.VerdictFull,
		},
		{
			name: "inspecting proxy", transport: hosts{}.transport(untrusted),
			verdict: probe.VerdictLimited, reason: "http works, https does not: android-https: x509",
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
