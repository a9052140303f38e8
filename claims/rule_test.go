package claims

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

func cafe() wifi.Network {
	return wifi.Network{SSID: "Cafe Guest", BSSs: []wifi.BSS{
		{BSSID: wifi.BSSID{0x02, 0, 0x5e, 1, 2, 3}, Security: wifi.SecurityOpen, Signal: -40},
	}}
}

func captive(change func(*probe.Evidence)) *probe.Evidence {
	e := &probe.Evidence{
		Verdict: probe.VerdictPortal,
		Link:    probe.Link{Gateways: []netip.Addr{netip.MustParseAddr("10.99.1.1")}},
		Hops: []probe.Hop{
			{URL: "http://check.test/generate_204", Status: 307, Header: http.Header{"Location": {"http://login.cafe.test/start"}}},
			{
				URL: "http://login.cafe.test:2050/start?x=1", Status: 200, Header: http.Header{"Server": {"cafe/1"}},
				Body: `<noscript><form id=login><input name=pin></form></noscript> Welcome to Cafe`,
			},
		},
	}
	if change != nil {
		change(e)
	}
	return e
}

func yes() *bool { b := true; return &b }

func TestRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		specs    []Spec
		evidence *probe.Evidence
		want     Confidence
		rule     string // part of it
		reason   string // part of it
	}{
		{"exact name", []Spec{{SSID: []string{"Cafe Guest"}, Confidence: "low"}}, nil, Low, "claim 1 (ssid)", ""},
		{"other name", []Spec{{SSID: []string{"cafe guest"}, Confidence: "low"}}, nil, None, "", "no rule matches the name"},
		{"glob", []Spec{{SSID: []string{"nope", "Cafe*"}, Confidence: "low"}}, nil, Low, "claim 1", ""},
		{"glob, one byte", []Spec{{SSID: []string{"Cafe?Guest"}, Confidence: "low"}}, nil, Low, "claim 1", ""},
		{"glob is anchored", []Spec{{SSID: []string{"*Cafe"}, Confidence: "low"}}, nil, None, "", "no rule"},
		{"regular expression", []Spec{{SSID: []string{"/^Cafe (Guest|Staff)$/"}, Confidence: "medium"}}, nil, Low, "claim 1", ""},
		{"address and security", []Spec{{BSSID: []string{"02:00:5e"}, Security: []string{"open"}, Confidence: "medium"}}, nil, Medium, "(bssid, security)", ""},
		{"all keys must hold", []Spec{{SSID: []string{"Cafe Guest"}, Security: []string{"personal"}, Confidence: "low"}}, nil, None, "", "no rule"},
		{"first rule decides", []Spec{{SSID: []string{"Cafe*"}, Confidence: "none"}, {SSID: []string{"Cafe Guest"}, Confidence: "high"}}, nil, None, "claim 1", "declines"},
		{"evidence cannot hold before joining", []Spec{{PortalPath: []string{"/start"}, Confidence: "high"}}, nil, None, "", "by evidence only"},
		{"evidence raises", []Spec{{SSID: []string{"Cafe*"}, Confidence: "low"}, {PortalHost: []string{"login.cafe.test"}, Confidence: "high"}}, captive(nil), High, "claim 2 (portal_host)", ""},
		{"a host has no capitals", []Spec{{PortalHost: []string{"Login.Cafe.test"}, Confidence: "high"}}, captive(nil), High, "claim 1 (portal_host)", ""},
		{"nor has one by glob", []Spec{{PortalHost: []string{"*.Cafe.Test"}, Confidence: "high"}}, captive(nil), High, "claim 1 (portal_host)", ""},
		{"nor one by expression", []Spec{{PortalHost: []string{"/^Login\\.c/"}, Confidence: "high"}}, captive(nil), Low, "claim 1 (portal_host)", ""},
		{"evidence lowers", []Spec{{SSID: []string{"Cafe*"}, Confidence: "medium"}, {PortalHost: []string{"*.hotel.test"}, Confidence: "high"}}, captive(nil), None, "", "what the portal shows"},
		{"rules by name count if there are none by evidence", []Spec{{SSID: []string{"Cafe*"}, Confidence: "medium"}}, captive(nil), Low, "claim 1", ""},
		{
			"no portal seen: names stand",
			[]Spec{{SSID: []string{"Cafe*"}, Confidence: "low"}, {Status: []int{200}, Confidence: "high"}},
			captive(func(e *probe.Evidence) { e.Verdict = probe.VerdictFull }), Low, "claim 1", "",
		},
		{"one page for all page keys", []Spec{{Status: []int{307}, CSS: []string{"form"}, Confidence: "high"}}, captive(nil), None, "", "portal shows"},
		{"page: status, header, body, form in noscript", []Spec{{Status: []int{200}, Header: map[string]string{"server": "cafe/*"}, Body: []string{"Welcome to"}, CSS: []string{"form#login input[name=pin]"}, PortalPath: []string{"/st*"}, Confidence: "high"}}, captive(nil), High, "claim 1", ""},
		{"parameter of the page", []Spec{{PortalQuery: []string{"x"}, Confidence: "high"}}, captive(nil), Low, "(portal_query)", ""},
		{"all parameters", []Spec{{PortalQuery: []string{"x", "y"}, Confidence: "high"}}, captive(nil), None, "", "portal shows"},
		{"parameter by another spelling", []Spec{{PortalQuery: []string{"switch_url", "x"}, Confidence: "high"}}, captive(func(e *probe.Evidence) { e.Hops[1].URL += "&switch%5Furl" }), High, "(portal_query)", ""},
		{"name and evidence together", []Spec{{SSID: []string{"Other"}, CSS: []string{"form"}, Confidence: "high"}}, captive(nil), None, "", "portal shows"},
		{"wispr wanted", []Spec{{WISPr: yes(), Confidence: "high"}}, captive(nil), None, "", "portal shows"},
		{"wispr met", []Spec{{WISPr: yes(), Confidence: "high"}}, captive(func(e *probe.Evidence) { e.WISPr = "<WISPAccessGatewayParam/>" }), High, "(wispr)", ""},
		{"gateway prefix", []Spec{{Gateway: []string{"10.99.0.0/16"}, Confidence: "medium"}}, captive(nil), Medium, "(gateway)", ""},
		{"gateway address", []Spec{{Gateway: []string{"10.99.1.2"}, Confidence: "medium"}}, captive(nil), None, "", "portal shows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rules, err := Compile(tt.specs, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := rules.Claim(t.Context(), NewFacts(cafe(), tt.evidence))
			if got.Confidence != tt.want || !strings.Contains(got.Rule, tt.rule) || !strings.Contains(got.Reason, tt.reason) {
				t.Errorf("got %+v, want %v by %q because %q", got, tt.want, tt.rule, tt.reason)
			}
			if again := rules.Claim(t.Context(), NewFacts(cafe(), tt.evidence)); again != got {
				t.Errorf("second claim %+v, first %+v", again, got)
			}
		})
	}
}

func TestGlobOctets(t *testing.T) {
	t.Parallel()
	p, err := parseName(`\xff*\x2a?`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"\xff*\xfe": true, "\xffcaf\xe9*x": true, "\xfe*x": false, "\xffx": false} {
		if (p.match(web.NewSearch(t.Context(), maxWork), name) == nil) != want {
			t.Errorf("%q: got %v", name, !want)
		}
	}
}

// Hosts and paths can be longer than an SSID.
func TestLongHost(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a-very-long-label.", 4) + "test"
	_, err := Compile([]Spec{{PortalHost: []string{long, "*." + long}, PortalPath: []string{"/" + long}, Confidence: "high"}}, nil)
	if err != nil {
		t.Error(err)
	}
}

func TestCompileMistakes(t *testing.T) {
	t.Parallel()
	_, err := Compile([]Spec{
		{SSID: []string{"ok"}, Confidence: "low"},
		{Confidence: "certain", SSID: []string{`bad\q`, "/(/", "", strings.Repeat("x", 33)}, BSSID: []string{"xyz"}, Security: []string{"wpa9"}},
		{Confidence: "", CSS: []string{"form["}, Gateway: []string{"10"}},
		{Confidence: "high"},
		{Confidence: "high", PortalQuery: []string{"a", ""}},
	}, nil)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`claim 2: parse confidence "certain"`, `parse pattern "bad\\q"`, "has 33 bytes, at most 32", "parse pattern /(/", "it is empty", `BSSID prefix "xyz"`,
		`security "wpa9"`, "claim 3: confidence is missing", `css: not a CSS selector "form[": `, `prefix "10"`, "claim 4: no condition", "claim 5: portal_query: want names of parameters, and one is empty",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	var helpers []*Rules
	for _, specs := range [][]Spec{
		{{SSID: []string{"A", "B"}, Confidence: "low"}},
		{{SSID: []string{"A*"}, Confidence: "low"}},
		{{CSS: []string{"form"}, Confidence: "high"}},
		{{SSID: []string{"B"}, Confidence: "low"}},
	} {
		rules, err := Compile(specs, nil)
		if err != nil {
			t.Fatal(err)
		}
		helpers = append(helpers, rules)
	}
	index := indexOf(helpers)
	for _, ssid := range []wifi.SSID{"A", "B", "AB", "C"} {
		candidate := map[int]bool{}
		for _, i := range index.Candidates(NewFacts(wifi.Network{SSID: ssid}, nil)) {
			candidate[i] = true
		}
		for i, rules := range helpers {
			claims := rules.Claim(t.Context(), NewFacts(wifi.Network{SSID: ssid}, nil)).Confidence > None
			if claims && !candidate[i] {
				t.Errorf("helper %d claims %q but the index leaves it out", i, ssid)
			}
		}
		if candidate[2] {
			t.Errorf("helper 2 claims by evidence only and is a candidate for %q", ssid)
		}
	}
}

// Rules decline once their context ended.
func TestClaimEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, spec := range []Spec{
		{SSID: []string{"Cafe*"}},
		{CSS: []string{"form input[name=pin]"}},
		{CSS: []string{"form:has(input)"}},
		{CSS: []string{"noscript ~ p", "form"}},
	} {
		spec.Confidence = "low"
		rules, err := Compile([]Spec{spec}, nil)
		if err != nil {
			t.Fatal(err)
		}
		facts := NewFacts(cafe(), captive(nil))
		ended, stop := context.WithCancel(t.Context())
		stop()
		if claim := rules.Claim(ended, facts); claim != (Claim{Reason: ReasonLate}) {
			t.Errorf("%v after the end: %+v", spec, claim)
		}
	}
}

func TestFindAnyStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ended, stop := context.WithCancel(t.Context())
	stop()
	sel := []*web.Selector{css(t, "form")}
	root := seen("http://a.test/", "<form></form>").hops()[0].document()
	if findAny(web.NewSearch(t.Context(), maxWork), sel, root) != nil || findAny(web.NewSearch(ended, maxWork), sel, root) == nil {
		t.Error("want the form to be found before the context ends, and not afterwards")
	}
}

// A page that is too complex to be parsed meets no selector. The rest of the evidence stands.
func TestPageTooComplex(t *testing.T) {
	t.Parallel()
	page := strings.Repeat("<div>", 600) + "<form id=login>"
	bySelector := Spec{Confidence: "high", CSS: []string{"form"}}
	host := Spec{Confidence: "medium", PortalHost: []string{"login.cafe.test"}}
	body := Spec{Confidence: "low", Body: []string{"no such text"}}
	for _, test := range []struct {
		name  string
		specs []Spec
		want  Claim
	}{
		{"by a selector", []Spec{bySelector}, Claim{}.Decline(fmt.Errorf("no rule matches what the portal shows; a condition was not tried: %w", web.ErrTooComplex))},
		{"by its host", []Spec{bySelector, host}, Claim{Confidence: Medium, Specificity: weightPage + weightHost, Rule: "claim 2 (portal_host)"}},
		{"by its text", []Spec{body}, Claim{Reason: "no rule matches what the portal shows"}},
		{"of another host", []Spec{{Confidence: "high", CSS: []string{"form"}, PortalHost: []string{"b.test"}}}, Claim{Reason: "no rule matches what the portal shows"}},
	} {
		rules, err := Compile(test.specs, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := rules.Claim(t.Context(), seen("http://login.cafe.test/", page)); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}
