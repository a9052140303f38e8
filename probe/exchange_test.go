package probe_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

const (
	fasURL    = "http://10.99.1.1:2050/opennds_preauth/?fas=aGlkPTAx"
	secureAPI = "https://api.test/capport"
)

// opennds answers as openNDS 9.10 before login: it compares Accept byte by byte,
// on every URL that it intercepts.
func opennds(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Accept") == "application/captive+json":
		document(`{ "captive": true, "user-portal-url": "`+fasURL+`" }`)(w, r)
	case r.Host == "10.99.1.1:2050" && r.URL.Query().Get("fas") != "":
		page(200, `<form action="/opennds_preauth/"><input type=hidden name=fas></form>`)(w, r)
	case r.Host == "10.99.1.1:2050", r.Host == "status.client":
		page(511, `<form action="http://status.client/login"></form>`)(w, r)
	default:
		redirect(fasURL+"=", 307)(w, r)
	}
}

func document(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/captive+json")
		_, _ = io.WriteString(w, text)
	}
}

// capport compares the document without its notes.
func capport(want *probe.CAPPORT) func(*testing.T, probe.Evidence) {
	return func(t *testing.T, e probe.Evidence) {
		if diff := cmp.Diff(want, e.CAPPORT, cmpopts.IgnoreFields(probe.CAPPORT{}, "Notes")); diff != "" {
			t.Errorf("RFC 8908 document: -want +got:\n%s", diff)
		}
	}
}

func TestProbeWithAPI(t *testing.T) {
	minute := 60.0
	captive := document(`{"captive":true,"user-portal-url":"` + login + `"}`)
	free := document(`{"captive":false,"seconds-remaining":60}`)
	portal := page(200, form)
	trusted := &probe.CAPPORT{URL: secureAPI, Trusted: true, Captive: true, UserPortalURL: login}
	tests := []behaviour{
		{
			name: "openNDS, no API offered", transport: hosts{"*": opennds}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: fasURL + "=", hops: "307 200",
			also: capport(nil),
		},
		{
			name: "openNDS, API by DHCP", transport: hosts{"*": opennds}.transport(errRefused), api: "http://status.client/",
			verdict: probe.VerdictPortal, portal: fasURL + "=", hops: "307 200",
			also: capport(&probe.CAPPORT{URL: "http://status.client/", Captive: true, UserPortalURL: fasURL}),
		},
		{
			name: "no document on the intercepted URL", transport: hosts{"*": redirect(login, 302), "portal.test": portal}.transport(errRefused),
			verdict: probe.VerdictPortal, portal: login, hops: "302 200", also: capport(nil),
		},
		{
			name: "unrestricted by DHCP, intercepted", transport: hosts{"*": opennds}.transport(errRefused), api: "urn:ietf:params:capport:unrestricted",
			verdict: probe.VerdictPortal, portal: fasURL + "=", hops: "307 200",
			also: capport(nil),
		},
		{
			name: "session time left", transport: hosts{"api.test": free}.transport(nil), api: secureAPI,
			verdict: probe.VerdictFull, also: capport(&probe.CAPPORT{URL: secureAPI, Trusted: true, SecondsRemaining: &minute}),
		},
		{
			name: "session time left, a little late", transport: hosts{"api.test": late(time.Second, free)}.transport(nil), api: secureAPI,
			verdict: probe.VerdictFull, within: time.Second,
			also: capport(&probe.CAPPORT{URL: secureAPI, Trusted: true, SecondsRemaining: &minute}),
		},
		{
			name: "API silent", transport: hosts{"api.test": silent}.transport(nil), api: secureAPI,
			verdict: probe.VerdictFull, within: 2 * time.Second, also: capport(nil),
		},
		{
			name: "API silent, intercepted", transport: hosts{"*": redirect(login, 302), "portal.test": portal, "api.test": silent}.transport(nil), api: secureAPI,
			verdict: probe.VerdictPortal, portal: login, hops: "302 200", within: 2 * time.Second, also: capport(nil),
		},
		{
			name: "API drips", transport: hosts{"api.test": raw(time.Second, append([]string{"HTTP/1.1 200 OK\r\n\r\n"}, strings.Split(strings.Repeat(" ", 900), "")...)...)}.transport(nil), api: secureAPI,
			verdict: probe.VerdictFull, within: 2 * time.Second, also: capport(nil),
		},
		{
			name: "API too long", transport: hosts{"api.test": document(strings.Repeat(" ", 10<<20) + `{"captive":true}`)}.transport(nil), api: secureAPI,
			verdict: probe.VerdictFull, also: capport(nil),
		},
		{
			name: "API fails", transport: hosts{"api.test": page(500, `{"captive":true}`)}.transport(nil), api: secureAPI,
			verdict: probe.VerdictFull, also: capport(nil),
		},
		{
			name: "API says captive, checks let through", transport: hosts{"api.test": captive, "portal.test": portal}.transport(nil), api: secureAPI,
			verdict: probe.VerdictPortal, reason: secureAPI, portal: login, hops: "200", also: capport(trusted),
		},
		{
			name: "API says captive late, checks let through", transport: hosts{"api.test": late(time.Second, captive), "portal.test": portal}.transport(nil), api: secureAPI,
			verdict: probe.VerdictPortal, reason: secureAPI, portal: login, hops: "200", within: time.Second, also: capport(trusted),
		},
		{
			name: "API says captive, its portal is dead", transport: hosts{"*": silent, "api.test": captive, "portal.test": raw(0)}.transport(nil), api: secureAPI,
			verdict: probe.VerdictPortal, portal: login, hops: "0", also: lastError("EOF"),
		},
		{
			name: "API says captive without a portal", transport: hosts{"*": silent, "api.test": document(`{"captive":true,"user-portal-url":"(null)"}`)}.transport(nil), api: secureAPI,
			verdict: probe.VerdictPortal, also: capport(&probe.CAPPORT{URL: secureAPI, Trusted: true, Captive: true}),
		},
		{
			name: "API over http says captive, checks let through", transport: hosts{"api.test": captive}.transport(nil), api: "http://api.test/capport",
			verdict: probe.VerdictFull, also: capport(&probe.CAPPORT{URL: "http://api.test/capport", Captive: true, UserPortalURL: login}),
		},
		{
			name: "API over http says captive, checks dropped", transport: hosts{"*": silent, "api.test": captive, "portal.test": portal}.transport(errRefused), api: "http://api.test/capport",
			verdict: probe.VerdictPortal, reason: "no check was answered", portal: login, hops: "200", within: 5 * time.Second,
		},
		{
			name: "API says free, intercepted", transport: hosts{"*": redirect(login, 302), "api.test": free, "portal.test": portal}.transport(nil), api: secureAPI,
			verdict: probe.VerdictPortal, portal: login, hops: "302 200",
			also: capport(&probe.CAPPORT{URL: secureAPI, Trusted: true, SecondsRemaining: &minute}),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { test.check(t) }) })
	}
}

func TestProbeSendsNothingWithoutALink(t *testing.T) {
	tests := []struct {
		name   string
		change func(*probe.Link)
		reason string
	}{
		{"carrier", func(l *probe.Link) { l.Carrier = false }, "interface wlan0 has no carrier"},
		{"address", func(l *probe.Link) { l.Addresses = nil }, "interface wlan0 has no address"},
		{"gateway", func(l *probe.Link) { l.Gateways = nil }, "interface wlan0 has no default route"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			link := up()
			link.API = secureAPI
			test.change(&link)
			prober := probe.Prober{Transport: always(roundTrip(func(r *http.Request) (*http.Response, error) {
				t.Errorf("sent %s", r.URL)
				return nil, errRefused
			}))}
			e := prober.Probe(t.Context(), link)
			if e.Verdict != probe.VerdictNone || e.Reason != test.reason {
				t.Errorf("verdict %v, %q; want none, %q", e.Verdict, e.Reason, test.reason)
			}
		})
	}
}

func TestProbeCannotAsk(t *testing.T) {
	if e := (&probe.Prober{}).Probe(t.Context(), up()); e.Verdict != probe.VerdictUnknown || e.Reason == "" {
		t.Errorf("without a transport: %v, %q; want unknown", e.Verdict, e.Reason)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("link is gone"))
		defer cancel()
		prober := probe.Prober{Transport: always(hosts{"*": silent}.transport(errRefused))}
		if e := prober.Probe(ctx, up()); e.Verdict != probe.VerdictUnknown || e.Reason != "probe stopped: link is gone" {
			t.Errorf("stopped: %v, %q; want unknown", e.Verdict, e.Reason)
		}
	})
}

// Configured endpoints replace the defaults, even one that cannot be requested.
func TestProbeAsksItsEndpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		prober := probe.Prober{
			Transport: always(hosts{"own.test": page(200, "yes\n")}.transport(errRefused)),
			Endpoints: []probe.Endpoint{
				{Name: "own", Operator: "Me", URL: "http://own.test/", Status: 200, Body: "yes"},
				{Name: "broken", Operator: "You", URL: "http://[/", Status: 204},
			},
		}
		e := prober.Probe(t.Context(), up())
		want := []probe.Check{
			{Endpoint: "own", URL: "http://own.test/", Family: probe.FamilyIPv4, Result: probe.CheckOnline, Detail: "200 as wanted"},
			{Endpoint: "broken", URL: "http://[/", Family: probe.FamilyIPv4, Result: probe.CheckFailed, Detail: `parse "http://[/": missing ']' in host`},
		}
		if diff := cmp.Diff(want, e.Checks, cmpopts.IgnoreFields(probe.Check{}, "Timeline")); e.Verdict != probe.VerdictFull || diff != "" {
			t.Errorf("verdict %v, checks -want +got:\n%s", e.Verdict, diff)
		}
	})
}

// isHop reports whether a request is on the way to the portal's page: like that of a login, which may go on with its connection.
func isHop(r *http.Request) bool { return r.Header.Get("Accept-Language") != "" }

// Every check goes to another server: none may carry anything from an earlier response.
func TestProbeRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		requests := map[string]int{}
		link := probetest.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			opennds(w, r)
		}))
		prober := probe.Prober{Transport: always(roundTrip(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			agent, _, _ := strings.Cut(r.Header.Get("User-Agent"), "/")
			requests[agent+" "+r.Header.Get("Accept")]++
			mu.Unlock()
			if r.Method != http.MethodGet || r.Close == isHop(r) || r.Header.Get("Cookie")+r.Header.Get("Referer")+r.Header.Get("Authorization") != "" ||
				r.Header.Get("Cache-Control") != "no-cache" {
				t.Errorf("%s %s, close %t, %v", r.Method, r.URL, r.Close, r.Header)
			}
			return link.RoundTrip(r)
		}))}
		prober.Probe(t.Context(), up())
		// openNDS 10.1.3 to 11.0.0beta would crash of a request for a document.
		if requests["CaptiveNetworkSupport-346.50.1 wispr */*"] != 1 || len(requests) != 3 {
			t.Errorf("requests %v", requests)
		}
	})
}

// one answers every request with the same bytes.
func one(response []byte) http.RoundTripper {
	return probetest.Transport(http.HandlerFunc(raw(0, string(response))))
}

func FuzzProbe(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\nNetworkManager is online\n",
		"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n",
		"HTTP/1.0 302 Moved\r\nLocation: https://p.test/?a=%zz\r\n\r\n<!--<WISPAccessGatewayParam></WISPAccessGatewayParam>-->",
		"HTTP/1.1 511 x\r\nContent-Type: text/html; charset=utf-16\r\n\r\n<\x00m\x00e\x00t\x00a\x00",
		"HTTP/1.1 200 OK\r\nContent-Type: application/captive+json\r\n\r\n{\"captive\":true,\"user-portal-url\":\"http://p.test/\"}",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n5\r\n\x1f\x8b\x08\x00\x00\r\n",
		"HTTP/1.1 200 OK\r\n\r\n<base href=ftp://x><meta http-equiv=refresh content='0;url=\"a'>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			e := (&probe.Prober{Transport: always(one(response))}).Probe(t.Context(), up())
			if e.Verdict != probe.VerdictPortal && e.Verdict != probe.VerdictLimited {
				t.Errorf("one answer to every check: verdict %v, %s", e.Verdict, e.Reason)
			}
			if err := bounded(e, time.Since(start)); err != nil {
				t.Error(err)
			}
		})
	})
}

// bounded checks the limits that hold for anything that the network sends.
func bounded(e probe.Evidence, elapsed time.Duration) error {
	if elapsed > 10*time.Second || len(e.Hops) > 10 || e.Verdict == probe.VerdictPortal && e.PortalURL == "" {
		return fmt.Errorf("took %v, %d hops, portal %q", elapsed, len(e.Hops), e.PortalURL)
	}
	for _, h := range e.Hops {
		if len(h.Body) > 64<<10 {
			return fmt.Errorf("%d bytes of body", len(h.Body))
		}
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	var again probe.Evidence
	if err := json.Unmarshal(data, &again); err != nil {
		return err
	}
	if again.PortalURL != e.PortalURL || again.WISPr != e.WISPr {
		return fmt.Errorf("JSON changed %q to %q", e.PortalURL, again.PortalURL)
	}
	return nil
}
