package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
)

// A timeline fits a terminal, and foreign text cannot control it.
func TestPrintEvidence(t *testing.T) {
	took := func(ms int) *time.Duration {
		d := time.Duration(ms) * time.Millisecond
		return &d
	}
	left := 90.0
	e := probe.Evidence{
		Verdict: probe.VerdictPortal, Reason: "over IPv4, debian: 302 to \x1b[31mred, which is not its operator's answer",
		Link: probe.Link{Interface: "wlan0"}, PortalURL: "http://portal.test/login", Elapsed: 213 * time.Millisecond,
		Notes:    []string{"the link says that it has no portal"},
		CAPPORT:  &probe.CAPPORT{URL: "http://gw.test/", Captive: true, SecondsRemaining: &left},
		Families: []probe.FamilyVerdict{{Family: probe.FamilyIPv4}, {Family: probe.FamilyIPv6}},
		Checks: []probe.Check{
			{Endpoint: "debian", Family: probe.FamilyIPv4, Result: probe.CheckPortal, Detail: "302 to http://portal.test/" + strings.Repeat("x", 90), Elapsed: 1204 * time.Millisecond, Timeline: probe.Timeline{DNS: took(100), Connect: took(101), FirstByte: took(1003)}},
			{Endpoint: "android-https", Family: probe.FamilyIPv6},
		},
	}
	var out bytes.Buffer
	a := &app{env: env{stdout: &out, terminal: true, getenv: func(string) string { return "1" }}}
	a.verdictPrinter()(e)
	if err := a.printEvidence(e); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{
		"wlan0: portal: over IPv4, debian: 302", "portal: http://portal.test/login\n", "note: the link says", "api: captive, not trusted, 1m30s left, by http://gw.test/\n",
		"verdict after 213ms\n", "CHECK", "DNS", "CONNECT", "TLS", "BYTE", "100ms", "101ms", "1.00s", "1.20s", "IPv6",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	_, table, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(table) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > tableWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Errorf("foreign text controls the terminal:\n%q", text)
	}
}

// Each verdict is printed as a line when it comes, and a line that corrects another says so.
func TestPrintVerdicts(t *testing.T) {
	var out bytes.Buffer
	tell := (&app{env: env{stdout: &out}}).verdictPrinter()
	for _, e := range []probe.Evidence{
		{Verdict: probe.VerdictPortal, Reason: "decoy: 302", Link: probe.Link{Interface: "wlan0"}},
		{Verdict: probe.VerdictFull, Reason: "two others answered", Link: probe.Link{Interface: "wlan0"}},
	} {
		tell(e)
	}
	if want := "wlan0: portal: decoy: 302\nwlan0: full after all, not portal: two others answered\n"; out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	out.Reset()
	tell = (&app{env: env{stdout: &out}, asJSON: true}).verdictPrinter()
	if tell(probe.Evidence{}); out.Len() > 0 {
		t.Errorf("printed %q before the document", out.String())
	}
}

// The text says what keeps the page from being read, as the JSON does.
func TestPrintObstacle(t *testing.T) {
	t.Parallel()
	for want, last := range map[string]probe.Hop{
		"page: not read (certificate-expired): its certificate expired\n":           {URL: "https://portal.test/", Error: "not trusted: its certificate expired", Obstacle: web.CertificateExpired},
		"page: portal.test answers 503, to be asked again in 1m30s (Retry-After)\n": {URL: "http://portal.test/", Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"90"}}},
	} {
		a, out := newPrinter(false, nil)
		if err := a.printEvidence(probe.Evidence{Verdict: probe.VerdictPortal, PortalURL: last.URL, Hops: []probe.Hop{last}}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}
