package builtin_test

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

func TestClickThroughClaim(t *testing.T) {
	t.Parallel()
	const click = `<form action="/go"><input type=hidden name=a value=b><button>Connect</button></form>`
	for _, test := range []struct{ name, page, reason string }{
		{"one form", click, ""},
		{"no form", "<p>Welcome", "the page has nothing to click"},
		{"two forms", click + click, `two ways go forward: "Connect" and "Connect"`},
		{"a form with a text", `<form><input name=pin><button>Connect</button></form>`, `the page asks for "pin"`},
		{"nested too deep", strings.Repeat("<div>", 600) + click, "page too complex"},
	} {
		evidence := probe.Evidence{Verdict: probe.VerdictPortal, Hops: []probe.Hop{{URL: "http://login.test/", Status: 200, Body: test.page}}}
		claim := builtin.ClickThrough{}.Claim(t.Context(), claims.NewFacts(wifi.Network{}, &evidence))
		if claim.Reason != test.reason || (claim.Confidence == claims.Low) != (test.reason == "") {
			t.Errorf("%s: %+v, want reason %q", test.name, claim, test.reason)
		}
	}
}

// Click-through logs in to stand-ins of products, also over several pages and with a profile, and
// leaves those alone where a person has to decide.
func TestClickThroughStandIns(t *testing.T) {
	t.Parallel()
	profile := builtin.Profile{Name: "Ada", Email: "ada@example.org"}
	for _, test := range []struct {
		kind    portaltest.Kind
		profile builtin.Profile
		reason  string // why there is no claim; empty: it logs in
	}{
		{kind: portaltest.KindOpenNDS},
		{kind: portaltest.KindOpenNDSMail, profile: profile, reason: `the page asks for "username"`},
		{kind: portaltest.KindNodogsplash},
		{kind: portaltest.KindMerakiBuiltIn},
		{kind: portaltest.KindPfSenseClick},
		{kind: portaltest.KindWifioniceForm},
		{kind: portaltest.KindFreifunk, reason: `a person has to choose: "Decline" comes first`},
		{kind: portaltest.KindCiscoWLCClick, reason: "cannot be pressed: a script"},
		{kind: portaltest.KindPfSense, profile: profile, reason: "the page asks for a password"},
		{kind: portaltest.KindCredentials, profile: profile, reason: "the page asks for a password"},
	} {
		t.Run(string(test.kind)+" "+test.profile.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Kind: test.kind, Seed: 1, Internet: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })})
				c := &caller{t: t, helper: builtin.ClickThrough{Profile: test.profile}, hotspot: hotspot, wire: hotspot.Transport(), consent: consent.Given{Terms: consent.Always}}
				c.probe(probe.VerdictPortal)
				claim := c.claimed()
				if test.reason != "" {
					if claim.Confidence != claims.None || !strings.Contains(claim.Reason, test.reason) {
						t.Errorf("claims %+v, want reason %q", claim, test.reason)
					}
					return
				}
				if claim.Confidence != claims.Low {
					t.Fatalf("claims %+v", claim)
				}
				c.enter()
			})
		})
	}
}

// site is a portal of several pages on more than one host. It records what is sent.
type site struct {
	pages map[string]string // by URL; one that begins with "=> " redirects
	sent  []string
}

func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	s.sent = append(s.sent, strings.TrimSpace(r.Method+" "+r.URL.String()+" "+string(body)))
	response := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Request: r}
	content := s.pages[r.URL.Scheme+"://"+r.URL.Host+r.URL.Path]
	if target, redirects := strings.CutPrefix(content, "=> "); redirects {
		response.StatusCode, content = http.StatusFound, ""
		response.Header.Set("Location", target)
	}
	response.Body = io.NopCloser(strings.NewReader(content))
	return response, nil
}

const portalPage = "http://portal.test/1"

// visited returns the evidence of a probe that met a page of the site.
func (s *site) visited() probe.Evidence {
	return probe.Evidence{
		Verdict: probe.VerdictPortal, PortalURL: portalPage,
		Link: probe.Link{Interface: "wlan0", Gateways: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, API: "https://api.operator.test/capport"},
		Hops: []probe.Hop{{URL: portalPage, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: s.pages[portalPage]}},
	}
}

// The login goes from page to page, at most five, presses nothing twice, and follows to the
// gateway and to hosts that the link names (RFC 8910), but not elsewhere.
func TestClickThroughPages(t *testing.T) {
	t.Parallel()
	step := func(n int, button string) string {
		return fmt.Sprintf(`<form method=post action=/%d><input type=hidden name=n value=%d><button>%s</button></form>`, n, n, button)
	}
	chain := map[string]string{}
	for n := range 9 {
		chain[fmt.Sprintf("http://portal.test/%d", n+1)] = step(n+2, "Continue")
	}
	for name, test := range map[string]struct {
		pages   map[string]string
		profile builtin.Profile
		sent    []string // after the first page
		outcome flow.Outcome
		reason  string
	}{
		"several pages": {
			pages: map[string]string{portalPage: step(2, "Accept"), "http://portal.test/2": step(3, "Connect"), "http://portal.test/3": "<p>You are online."},
			sent:  []string{"POST http://portal.test/2 n=2", "POST http://portal.test/3 n=3"}, outcome: flow.Submitted, reason: "nothing is left to click",
		},
		"more than five": {
			pages: chain, outcome: flow.Unsupported, reason: "the portal has ever more pages to click",
			sent: []string{"POST http://portal.test/2 n=2", "POST http://portal.test/3 n=3", "POST http://portal.test/4 n=4", "POST http://portal.test/5 n=5", "POST http://portal.test/6 n=6"},
		},
		"the same page again": {
			pages: map[string]string{portalPage: `<form method=post action=/1><button>Connect</button></form>`},
			sent:  []string{"POST " + portalPage}, outcome: flow.Submitted, reason: "the portal shows the same page again",
		},
		"a price behind the first page": {
			pages: map[string]string{portalPage: step(2, "Accept"), "http://portal.test/2": "<p>5 €</p>" + step(3, "Continue")},
			sent:  []string{"POST http://portal.test/2 n=2"}, outcome: flow.Submitted, reason: `pages clicked: 1; then the page names a price: "5 €"`,
		},
		"to the gateway": {
			pages: map[string]string{portalPage: `<a href="http://192.0.2.1:2060/auth?token=7">Continue</a>`},
			sent:  []string{"GET http://192.0.2.1:2060/auth?token=7"}, outcome: flow.Submitted, reason: "nothing is left to click",
		},
		"to a host that the link names": {
			pages: map[string]string{portalPage: step(2, "Connect"), "http://portal.test/2": "=> https://api.operator.test/done", "https://api.operator.test/done": "<p>Done."},
			sent:  []string{"POST http://portal.test/2 n=2", "GET https://api.operator.test/done"}, outcome: flow.Submitted, reason: "nothing is left to click",
		},
		"a redirect elsewhere is the end": {
			pages: map[string]string{portalPage: step(2, "Connect"), "http://portal.test/2": "=> http://news.test/"},
			sent:  []string{"POST http://portal.test/2 n=2"}, outcome: flow.Submitted, reason: "nothing is left to click",
		},
		"a refresh elsewhere is the end": {
			pages: map[string]string{portalPage: step(2, "Connect"), "http://portal.test/2": `<meta http-equiv=refresh content="0;url=http://news.test/">`},
			sent:  []string{"POST http://portal.test/2 n=2"}, outcome: flow.Submitted, reason: "nothing is left to click",
		},
		"a refresh is waited for": {
			pages: map[string]string{portalPage: step(2, "Connect"), "http://portal.test/2": `<meta http-equiv=refresh content="3;url=/3">`, "http://portal.test/3": "<p>Done."},
			sent:  []string{"POST http://portal.test/2 n=2", "GET http://portal.test/3"}, outcome: flow.Submitted, reason: "nothing is left to click",
		},
		"a form to another host": {
			pages:   map[string]string{portalPage: `<form method=post action="http://ads.test/"><button>Connect</button></form>`},
			outcome: flow.Unsupported, reason: `the button "Connect" cannot be pressed: talk to host "ads.test": not among the hosts of this session`,
		},
		"a profile": {
			pages:   map[string]string{portalPage: `<form method=post action=/2><input type=email name=mail><button>Connect</button></form>`},
			profile: builtin.Profile{Email: "ada@example.org"},
			sent:    []string{"POST http://portal.test/2 mail=ada%40example.org"}, outcome: flow.Submitted, reason: "nothing is left to click",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &site{pages: test.pages}
				c := &caller{t: t, helper: builtin.ClickThrough{Profile: test.profile}, wire: s, evidence: s.visited(), consent: consent.Given{Terms: consent.Always}}
				result := c.run(c.helper.Authenticate, test.outcome)
				if result.Reason != test.reason {
					t.Errorf("reason %q, want %q", result.Reason, test.reason)
				}
				if diff := cmp.Diff(append([]string{"GET " + portalPage}, test.sent...), s.sent); diff != "" {
					t.Error(diff)
				}
				for _, value := range test.profile.Values() {
					if said := fmt.Sprintf("%+v", result); strings.Contains(said, value) {
						t.Errorf("%s shows the profile", said)
					}
				}
			})
		})
	}
}

// Nothing is sent without consent, and a consent that is revoked between two pages counts.
func TestClickThroughWantsConsent(t *testing.T) {
	t.Parallel()
	s := &site{pages: map[string]string{portalPage: `<form method=post action=/2><input type=email name=mail><button>Connect</button></form>`, "http://portal.test/2": `<form method=post action=/3><button>Accept</button></form>`}}
	c := &caller{t: t, helper: builtin.ClickThrough{Profile: builtin.Profile{Email: "ada@example.org"}}, wire: s, evidence: s.visited()}
	if result := c.run(c.helper.Authenticate, flow.NeedsUser); result.Terms == "" || len(s.sent) > 0 {
		t.Errorf("%+v; sent %q", result, s.sent)
	}
	asked := 0
	job := c.job()
	job.Consent = func() consent.Given {
		if asked++; asked <= 2 {
			return consent.Given{Terms: consent.Always}
		}
		return consent.Given{Terms: consent.Never}
	}
	result, err := c.helper.Authenticate(t.Context(), job)
	if err != nil || result.Outcome != flow.NeedsUser || len(s.sent) != 2 {
		t.Errorf("%+v, %v; sent %q", result, err, s.sent)
	}
}

// A trace does not show what the profile has, also where a form sends it in an address.
func TestClickThroughMasksTheProfile(t *testing.T) {
	t.Parallel()
	s := &site{pages: map[string]string{portalPage: `<form action=/2><input type=email name=mail><button>Connect</button></form>`}}
	c := &caller{t: t, helper: builtin.ClickThrough{Profile: builtin.Profile{Email: "ada@example.org"}}, wire: s, evidence: s.visited(), consent: consent.Given{Terms: consent.Always}}
	job := c.job()
	var session *portal.Session
	open := job.Open
	job.Open = func(hosts, shared []string) (*portal.Session, error) {
		made, err := open(hosts, shared)
		session = made
		return made, err
	}
	if _, err := c.helper.Authenticate(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if last := s.sent[len(s.sent)-1]; last != "GET http://portal.test/2?mail=ada%40example.org" {
		t.Errorf("sent %s", last)
	}
	for _, text := range []string{fmt.Sprintf("%+v", session.Trace()), session.Redact("to ada@example.org, ada%40example.org")} {
		if strings.Contains(text, "ada@") || strings.Contains(text, "ada%40") {
			t.Errorf("shows the profile: %s", text)
		}
	}
}
