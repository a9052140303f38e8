package claims

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"

	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// The values of random rules and networks: few, so that they often match.
var (
	drawnNames   = []string{"Cafe", "Guest", "Hotel Lumen", "cafe", "A", "AB", "Free WiFi", "\xff\xfe", "\ufffdCafe", "Operator 17", "*", "\xffz"}
	drawnSSIDs   = []string{"Cafe", "Guest", "Hotel Lumen", "A*", "*B", "?B", "C*e", "*", "*Wi*", "Free*Fi", "/^Cafe$/", "/afe|uest/", "/(?i)cafe/", "/Hotel .+/", `\xff*`, "/\ufffdCafe/", `\x2a`, "/\ufffdz/", "/Op(erator) \\d+/"}
	drawnHosts   = []string{"login.cafe.test", "*.cafe.test", "login.*", "*cafe*", "/^login/", "10.0.0.1", "*", "/\\.test$/"}
	drawnURLs    = []string{"http://login.cafe.test/start?a=b", "http://LOGIN.cafe.test/start", "https://10.0.0.1/", "http://x.test/guest/login.php", "://", "http://sub.cafe.test:8080/a%20b", "http://x.test/?switch%5Furl=1&c", "http://x.test/?q%26r=&%C3%A9=1&abc=%zz", "http://x.test/?switch_url;a=1&abc"}
	drawnQueries = []string{"a", "c", "switch_url", "q&r", "é", "abc"}
	drawnPaths   = []string{"/start", "/guest/*", "*.php", "/", "/a%20b", "/login\\.ph/"}
	drawnBodies  = []string{"Welcome to Cafe", "login", "é", "Ca", "</form>", "x"}
	drawnCSS     = []string{
		"form", "form#login", ".cafe-page", "#login, .cafe-page", "input[name=password]", `form[action^="/guest/login"] input`,
		`[name="pass word"]`, "form:has(#login)", "form:not(#login)", "div > form.wide", "#ab", `#log\69n`, "[class~=cafe-page]", "[name=PASSWORD i]", "form, #login",
		`a:contains("#nothing")`, "body#snake_case", "[data-x!=verylong]", "#abcd", "#ab_c", ".fjxy",
	}
	drawnPages = []string{
		"", `<form id=login class="cafe-page wide"><input name="password"></form> Welcome to Cafe`,
		`<form id="log&#105;n" action="/guest/login.php"><input name=password></form>`, `<div><form class='wide' id=x></form></div>&#39;`,
		`<body id="snake&lowbar;case"><p class=cafe-page>`, `<noscript><form id=login></form></noscript>`, `<p title="form#login">login</p>`,
		`<form id="login&#0000000000097;">é`, `<input name="pass word"><a href=x>#nothing</a>`, `<FORM ID=login>`, "<form id=lo\x00gin>", "<!-- <form id=login> -->",
		`<p id="ab&#99;d">`, `<p id="ab&lowbar;c">`, `<p class="x &fjlig;xy">`, `<p id="ab&#0000000000099;d">`, `<p id="ab&UnderBar;c">`, `<p id=ab&#x63d>`,
	}
	drawnBSSIDs = []string{"02", "02:00:5e", "02:00:5e:01:02:03", "00", "ff:ff:ff:ff:ff:ff"}
)

// drawSpec returns a random valid rule.
func drawSpec(r *rand.Rand) Spec {
	some := func(from []string) []string {
		var list []string
		for range r.IntN(3) {
			list = append(list, from[r.IntN(len(from))])
		}
		return list
	}
	s := Spec{Confidence: confidenceNames[r.IntN(4)]}
	if r.IntN(2) == 0 {
		s.SSID = some(drawnSSIDs)
	}
	if r.IntN(4) == 0 {
		s.BSSID = some(drawnBSSIDs)
	}
	if r.IntN(6) == 0 {
		s.SSIDFile = "ssids.txt"
	}
	if r.IntN(6) == 0 {
		s.BSSIDFile = "bssids.txt"
	}
	if r.IntN(8) == 0 {
		s.Security = []string{"open"}
	}
	if r.IntN(2) == 0 {
		return s.orNamed(r)
	}
	for _, part := range []struct {
		into *[]string
		from []string
	}{{&s.PortalHost, drawnHosts}, {&s.PortalPath, drawnPaths}, {&s.PortalQuery, drawnQueries}, {&s.Body, drawnBodies}, {&s.CSS, drawnCSS}} {
		if r.IntN(3) == 0 {
			*part.into = some(part.from)
		}
	}
	if r.IntN(10) == 0 {
		s.Status = []int{200}
	}
	if r.IntN(10) == 0 {
		s.Gateway = []string{"10.0.0.0/8"}
	}
	return s.orNamed(r)
}

// orNamed adds a condition to a rule that has none.
func (s Spec) orNamed(r *rand.Rand) Spec {
	if len(s.SSID)+len(s.BSSID)+len(s.SSIDFile)+len(s.BSSIDFile)+len(s.Security)+len(s.PortalHost)+len(s.PortalPath)+len(s.PortalQuery)+
		len(s.Body)+len(s.CSS)+len(s.Status)+len(s.Gateway) == 0 {
		s.SSID = []string{drawnSSIDs[r.IntN(len(drawnSSIDs))]}
	}
	return s
}

// drawLists returns random content of the two list files.
func drawLists(r *rand.Rand) func(string) ([]byte, error) {
	return func(file string) ([]byte, error) {
		if file == "bssids.txt" {
			return []byte(strings.Join(drawnBSSIDs[:1+r.IntN(len(drawnBSSIDs))], "\n")), nil
		}
		var lines []string
		for range 1 + r.IntN(20) {
			lines = append(lines, wifi.SSID(drawnNames[r.IntN(len(drawnNames))]).String())
		}
		return []byte(strings.Join(lines, "\n")), nil
	}
}

// drawFacts returns a random network, often with a portal.
func drawFacts(r *rand.Rand) *Facts {
	n := wifi.Network{SSID: wifi.SSID(drawnNames[r.IntN(len(drawnNames))])}
	for range r.IntN(3) {
		bssid := wifi.BSSID{2, 0, 0x5e, 1, 2, byte(r.IntN(5))}
		if r.IntN(2) == 0 {
			bssid[0] = byte(r.IntN(3))
		}
		n.BSSs = append(n.BSSs, wifi.BSS{BSSID: bssid, Security: wifi.Security(r.IntN(3))})
	}
	if r.IntN(3) == 0 {
		return NewFacts(n, nil)
	}
	e := captive(func(e *probe.Evidence) { e.Hops = nil })
	for range r.IntN(4) {
		e.Hops = append(e.Hops, probe.Hop{
			URL: drawnURLs[r.IntN(len(drawnURLs))], Status: 200 + r.IntN(2), Body: drawnPages[r.IntN(len(drawnPages))],
		})
	}
	if r.IntN(10) == 0 {
		e.Verdict = probe.VerdictFull
	}
	return NewFacts(n, e)
}

// indexOf returns an index of helpers by their position.
func indexOf(helpers []*Rules) *Index {
	index := NewIndex()
	for i, rules := range helpers {
		index.Add(i, rules)
	}
	return index
}

// missed returns the helpers that claim although the index leaves them out.
func missed(t *testing.T, helpers []*Rules, index *Index, f *Facts) []int {
	candidates := index.Candidates(f)
	var left []int
	for i, rules := range helpers {
		if rules.Claim(t.Context(), f).Confidence > None && !slices.Contains(candidates, i) {
			left = append(left, i)
		}
	}
	return left
}

// checkIndex compares the index with asking every helper, for random helpers and networks.
func checkIndex(t *testing.T, seed uint64, body string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	var helpers []*Rules
	var drawn [][]Spec
	for range 12 {
		var specs []Spec
		for range 1 + r.IntN(3) {
			specs = append(specs, drawSpec(r))
		}
		rules, err := Compile(specs, drawLists(r))
		if err != nil {
			t.Fatal(err)
		}
		helpers, drawn = append(helpers, rules), append(drawn, specs)
	}
	index := indexOf(helpers)
	for range 25 {
		f := drawFacts(r)
		if f.Evidence != nil && len(f.Evidence.Hops) > 0 && body != "" {
			f.Evidence.Hops[0].Body = body
		}
		for _, i := range missed(t, helpers, index, f) {
			t.Errorf("seed %d: the index leaves %+v out for %+v", seed, drawn[i], f)
		}
	}
}

func TestIndexAgainstAskingAll(t *testing.T) {
	t.Parallel()
	for seed := range uint64(600) {
		checkIndex(t, seed, "")
	}
}

// checkWords compares the words of a selector with what the selector matches.
func checkWords(t *testing.T, selector, page string) {
	t.Helper()
	sel, err := cascadia.ParseGroup(selector)
	if err != nil {
		return
	}
	h := seen("http://a.test/", page).hops()[0]
	root := h.document()
	if root == nil {
		return
	}
	if words := selectorWords([]string{selector}); cascadia.Query(root.Nodes[0], sel) != nil && mayMatch(web.NewSearch(t.Context(), maxWork), words, h) != nil {
		t.Errorf("%s matches %q, which lacks some of %q", selector, page, words)
	}
}

func TestWordsOfSelectors(t *testing.T) {
	t.Parallel()
	for _, selector := range drawnCSS {
		for _, page := range drawnPages {
			checkWords(t, selector, page)
		}
	}
}

func FuzzWordsOfSelectors(f *testing.F) {
	for i, selector := range drawnCSS {
		f.Add(selector, drawnPages[i%len(drawnPages)])
	}
	f.Fuzz(func(t *testing.T, selector, page string) { checkWords(t, selector, page) })
}

func FuzzIndex(f *testing.F) {
	for i, page := range drawnPages {
		f.Add(uint64(i), page)
	}
	f.Fuzz(func(t *testing.T, seed uint64, page string) { checkIndex(t, seed, page) })
}

// A network that only one of many helpers claims has few candidates.
func TestIndexIsNarrow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spec  func(i int) Spec
		facts func(i int) *Facts
	}{
		{
			"exact name", func(i int) Spec { return Spec{SSID: []string{fmt.Sprintf("Operator %d", i)}} },
			func(i int) *Facts { return NewFacts(wifi.Network{SSID: wifi.SSID(fmt.Sprintf("Operator %d", i))}, nil) },
		},
		{
			"beginning", func(i int) Spec { return Spec{SSID: []string{fmt.Sprintf("%03d-*", i)}} },
			func(i int) *Facts { return NewFacts(wifi.Network{SSID: wifi.SSID(fmt.Sprintf("%03d-Guest", i))}, nil) },
		},
		{
			"end", func(i int) Spec { return Spec{SSID: []string{fmt.Sprintf("*-%03d", i)}} },
			func(i int) *Facts { return NewFacts(wifi.Network{SSID: wifi.SSID(fmt.Sprintf("Guest-%03d", i))}, nil) },
		},
		{
			"middle", func(i int) Spec { return Spec{SSID: []string{fmt.Sprintf("*-%03d-*", i)}} },
			func(i int) *Facts { return NewFacts(wifi.Network{SSID: wifi.SSID(fmt.Sprintf("a-%03d-b", i))}, nil) },
		},
		{
			"regular expression", func(i int) Spec { return Spec{SSID: []string{fmt.Sprintf("/^no%03dx?$/", i)}} },
			func(i int) *Facts { return NewFacts(wifi.Network{SSID: wifi.SSID(fmt.Sprintf("no%03dx", i))}, nil) },
		},
		{
			"address", func(i int) Spec { return Spec{BSSID: []string{fmt.Sprintf("02:%02x:%02x", i>>8, i&255)}} },
			func(i int) *Facts {
				return NewFacts(wifi.Network{BSSs: []wifi.BSS{{BSSID: wifi.BSSID{2, byte(i >> 8), byte(i), 7}}}}, nil)
			},
		},
		{
			"host", func(i int) Spec {
				return Spec{PortalHost: []string{fmt.Sprintf("*.op%d.test", i)}, CSS: []string{"form"}}
			},
			func(i int) *Facts { return seen(fmt.Sprintf("http://login.op%d.test/", i), "<form>") },
		},
		{
			"path of a host that all have", func(i int) Spec {
				return Spec{PortalHost: []string{"cloud.test"}, PortalPath: []string{fmt.Sprintf("/site/%d", i)}}
			},
			func(i int) *Facts { return seen(fmt.Sprintf("http://cloud.test/site/%d", i), "") },
		},
		{
			"text", func(i int) Spec { return Spec{Body: []string{fmt.Sprintf("Welcome to No %03d, dear guest", i)}} },
			func(i int) *Facts { return seen("http://a.test/", fmt.Sprintf("Welcome to No %03d, dear guest", i)) },
		},
		{
			"selector", func(i int) Spec { return Spec{CSS: []string{fmt.Sprintf("form#login-%03d input[name=user]", i)}} },
			func(i int) *Facts {
				return seen("http://a.test/", fmt.Sprintf("<form id=login-%03d>&#39;<input name=user></form>", i))
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var helpers []*Rules
			for i := range 500 {
				spec := tt.spec(i)
				spec.Confidence = "low"
				rules, err := Compile([]Spec{spec}, nil)
				if err != nil {
					t.Fatal(err)
				}
				helpers = append(helpers, rules)
			}
			index := indexOf(helpers)
			for _, i := range []int{0, 7, 499} {
				f := tt.facts(i)
				if candidates := index.Candidates(f); !slices.Contains(candidates, i) || len(candidates) > 5 {
					t.Errorf("%d: candidates %v", i, candidates)
				}
				if helpers[i].Claim(t.Context(), f).Confidence == None {
					t.Errorf("%d: not claimed", i)
				}
			}
		})
	}
}

func seen(url, body string) *Facts {
	return NewFacts(cafe(), captive(func(e *probe.Evidence) { e.Hops = []probe.Hop{{URL: url, Status: 200, Body: body}} }))
}
