package probe_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"hotspot-helper/probe"
)

const returning = "http://10.0.0.1/login"

// from redirects to the portal with the original URL in the query, as most portals do.
func from(w http.ResponseWriter, r *http.Request) {
	redirect(returning+"?from="+r.Host, 302)(w, r)
}

// requests counts the requests of a probe by host, and those for a document (RFC 8908).
type requests struct {
	mu   sync.Mutex
	sent map[string]int
}

func (c *requests) over(transports func(probe.Family) http.RoundTripper) func(probe.Family) http.RoundTripper {
	c.sent = map[string]int{}
	return func(f probe.Family) http.RoundTripper {
		return counter{transports(f).(*http.Transport), c}
	}
}

type counter struct {
	*http.Transport
	requests *requests
}

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	what := r.URL.Host
	if r.Header.Get("Accept") == "application/captive+json" {
		what = "document"
	}
	c.requests.mu.Lock()
	c.requests.sent[what]++
	c.requests.mu.Unlock()
	return c.Transport.RoundTrip(r)
}

// Each request beside the checks is sent once.
func TestProbeAsksOnce(t *testing.T) {
	portalAt := hosts{"*": from, "10.0.0.1": page(200, form)}
	box := hosts{"203.0.113.204": redirect(returning, 302), "10.0.0.1": page(200, form)}
	tests := []struct {
		world
		sent string // beside the checks
	}{
		{world{name: "open", verdict: probe.VerdictFull}, ""},
		{world{name: "portal that notes where one came from", http: portalAt, tls: refused, verdict: probe.VerdictPortal, portal: anywhere, hops: "302 200", also: namesOrigin}, "10.0.0.1=1 document=1"},
		{world{name: "portal by name alone", http: portalAt, tls: refused, tcp: exceptDecoys, verdict: probe.VerdictPortal, portal: anywhere, hops: "302 200", also: namesOrigin}, "10.0.0.1=1 document=1"},
		{world{name: "portal with an address of its own for decoys", http: portalAt.but(hosts{"203.0.113.204": redirect("http://10.0.0.2/decoy", 302), "10.0.0.2": page(200, form)}), tls: refused, verdict: probe.VerdictPortal, portal: anywhere, hops: "302 200", also: namesOrigin}, "10.0.0.1=1 10.0.0.2=1 document=1"},
		{world{name: "portal further on", http: hosts{"*": from, "10.0.0.1": redirect("http://10.0.0.2/page?id=1", 302), "10.0.0.2": page(200, form)}, tls: refused, verdict: probe.VerdictPortal, portal: "http://10.0.0.2/page?id=1", hops: "302 302 200"}, "10.0.0.1=1 10.0.0.2=1 document=1"},
		{world{name: "one operator filtered", http: before(hosts{debian: redirect("http://10.0.0.1/blocked", 302), "10.0.0.1": page(200, form)}), verdict: probe.VerdictFull}, "10.0.0.1=1"},
		{world{name: "a box redirects decoys", http: box, tcp: only(refused, "nowhere"), verdict: probe.VerdictFull}, "10.0.0.1=1 document=1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var count requests
				e := (&probe.Prober{Transport: count.over(test.transports())}).Probe(t.Context(), test.joined())
				for _, c := range e.Checks {
					host := strings.Split(c.URL, "/")[2]
					delete(count.sent, host)
				}
				var sent []string
				for _, what := range slices.Sorted(maps.Keys(count.sent)) {
					sent = append(sent, fmt.Sprintf("%s=%d", what, count.sent[what]))
				}
				if got := strings.Join(sent, " "); got != test.sent || e.Verdict != test.verdict {
					t.Errorf("verdict %v, sent %q, want %q", e.Verdict, got, test.sent)
				}
				behaviour{portal: test.portal, hops: test.hops}.checkHops(t, e)
				if test.also != nil {
					test.also(t, e)
				}
			})
		})
	}
}

// namesOrigin checks that the portal URL sends people back to a named host.
func namesOrigin(t *testing.T, e probe.Evidence) {
	if !strings.HasPrefix(e.PortalURL, returning+"?from=") || strings.Contains(e.PortalURL, "203.0.113.") {
		t.Errorf("portal %q", e.PortalURL)
	}
}

// The probe ends with the portal's page, although the verdict waits for names to confirm it.
func TestPortalPageSoon(t *testing.T) {
	portal := probe.VerdictPortal
	at := captive("http://10.0.0.1/login")
	conform(t, []world{
		// 2 to the decoy's redirect, 2 to the page of a portal by address; names confirm meanwhile.
		{name: "by address", http: at, tls: refused, verdict: portal, reason: "where no server is", portal: "http://10.0.0.1/login", hops: "302 200", trips: 2, within: 4 * rtt, also: fromName},
		{name: "by address, noted where one came from", http: hosts{"*": from, "10.0.0.1": page(200, form)}, tls: refused, verdict: portal, reason: "302 to http://10.0.0.1/login?from=…, where no server is", portal: anywhere, hops: "302 200", trips: 2, within: 4 * rtt},
		{name: "by address, no name resolves in time", http: at, dns: silentDNS, tls: refused, verdict: portal, reason: "where no server is", portal: "http://10.0.0.1/login", hops: "302 200", trips: 2, within: 4 * rtt},
		// Three by name, two to the document at a decoy's address, three by name.
		{name: "by name", http: at, tcp: exceptDecoys, tls: refused, verdict: portal, reason: "302 to", portal: "http://10.0.0.1/login", hops: "302 200", trips: 3, within: 6 * rtt},
	})
}

// At the debug level the log has each request once, with what became of it.
func TestProbeLogsRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w := world{http: captive(login), tcp: exceptDecoys, tls: refused}
		e := (&probe.Prober{Transport: w.transports(), Logger: logger}).Probe(t.Context(), w.joined())
		lines := []string{
			"url=" + login + ` family=any accept="text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8" elapsed=300ms status=200`,
			"url=https://" + google + `/generate_204 family=IPv4 accept="text/html,application/xhtml+xml,*/*;q=0.8" elapsed=200ms error="connection refused"`,
			`url=http://203.0.113.204/ family=IPv4`, `error="not waited for"`, "accept=application/captive+json",
		}
		for _, c := range e.Checks {
			lines = append(lines, "msg=request url="+c.URL+" ")
		}
		for _, want := range lines {
			if !strings.Contains(log.String(), want) {
				t.Errorf("no line with %q in\n%s", want, log.String())
			}
		}
	})
}

// Nothing that people read or pass on identifies a portal's session.
func TestProbeMasksSessions(t *testing.T) {
	const session = "c0ffee4711"
	worlds := []world{
		{http: captive("http://10.0.0.1/login?session=" + session)},
		{http: captive("http://10.0.0.1/login?" + session), tcp: exceptDecoys},
		{http: captive("http://10.0.0.1/login?session=" + session).but(hosts{"10.0.0.1": redirect("ftp://10.0.0.1/?session="+session, 302)})},
		{http: hosts{"*": redirect("http://10.0.0.1/%zz?session="+session, 302)}},
		{http: hosts{"*": redirect("http://10.0.0.1/?session="+session, 302), "10.0.0.1": redirect("http://10.0.0.1/?session="+session, 302)}},
		{http: hosts{"*": silent}, tls: refused, link: offers("https://bad.test/?session=" + session)},
		{http: captive(login).but(hosts{"api.test": document(`{"captive":true,"user-portal-url":"ftp://x/?session=` + session + `"}`)}), link: offers("https://api.test/?session=" + session)},
		{http: hosts{"gw.test": page(200, form)}, tcp: only(refused, "198.51.100.80", "203.0"), link: offers("http://gw.test/?session=" + session)},
	}
	for i, w := range worlds {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			e := (&probe.Prober{Transport: w.transports(), Logger: logger}).Probe(t.Context(), w.joined())
			for _, h := range e.Hops {
				_, _ = io.WriteString(&log, h.Error+"\n")
			}
			for _, c := range e.Checks {
				_, _ = io.WriteString(&log, c.Detail+"\n")
			}
			if e.CAPPORT != nil {
				e.Notes = append(e.Notes, e.CAPPORT.Notes...)
			}
			if all := log.String() + e.Reason + strings.Join(e.Notes, "\n"); strings.Contains(all, session) {
				t.Errorf("world %d shows the session:\n%s", i, all)
			}
		})
	}
}
