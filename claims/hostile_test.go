package claims

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// most is what the probe keeps of a page, in bytes.
const most = 64 << 10

// hostilePages are pages that are small in bytes and great in work for selectors.
func hostilePages() map[string]string {
	fill := func(head, unit string) string {
		head = "<!-- zone redirurl accept nothing -->" + head // the words without which a page is not searched
		return head + strings.Repeat(unit, (most-len(head))/len(unit))
	}
	return map[string]string{
		"nested forms":   fill(strings.Repeat("<form><div></form>", 220), "<p name=accept>"),
		"forms":          fill("", "<form name=accept><input name=zone></form>"),
		"nested divs":    fill(strings.Repeat("<div>", 480), "<i name=accept></i>"),
		"siblings":       fill("<div>", "<p>x"),
		"inputs":         fill("<form>", "<input name=zone>"),
		"texts":          fill(strings.Repeat("<div>", 480), "text "),
		"long attribute": fill(strings.Repeat("<form>", 2)+"<input class='", "x "),
		"bold":           fill("<p><b a=1><b a=2><b a=3><b a=4><b a=5></p>", "<p name=accept>"),
	}
}

// hostileSelectors take cascadia up to minutes on such pages.
func hostileSelectors() []string {
	return []string{
		"form:has(input[name=zone]):has(input[name=redirurl]) [name=accept]",
		"form:has(input[name=zone]:not(:has(b))) [name=accept]",
		"div div div div div div div div [name=nothing]",
		"div:has(p) ~ p ~ p ~ i",
		"div:haschild(i) > i:has(q)",
		"div :not(:has(i ~ i)) i[name=nothing]",
	}
}

func css(t testing.TB, text string) *web.Selector {
	t.Helper()
	sel, err := web.ParseSelector(text)
	if err != nil {
		t.Fatal(err)
	}
	return sel
}

// The work of a claim is at most proportional to the page, regardless of its content.
func TestClaimIsBounded(t *testing.T) {
	t.Parallel()
	for name, page := range hostilePages() {
		root, err := web.ParseHTML(page)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, selector := range hostileSelectors() {
			search := web.NewSearch(t.Context(), maxWork)
			if err := findAny(search, []*web.Selector{css(t, selector)}, goquery.NewDocumentFromNode(root)); err != errNoMatch && err != nil {
				t.Errorf("%s on %s: %v", selector, name, err)
			}
		}
	}
}

// A rule whose selectors are too much work does not match, and the reason says so. The
// others do.
func TestClaimTooMuchWork(t *testing.T) {
	t.Parallel()
	costly := Spec{Confidence: "high", CSS: []string{"p:nth-last-child(3000n + 2):contains('no such text')"}}
	host := Spec{Confidence: "medium", PortalHost: []string{"login.cafe.test"}}
	for _, test := range []struct {
		specs []Spec
		want  Claim
	}{
		{[]Spec{costly}, Claim{}.Decline(fmt.Errorf("no rule matches what the portal shows; a condition was not tried: %w", web.ErrTooMuchWork))},
		{[]Spec{costly, host}, Claim{Confidence: Medium, Specificity: weightPage + weightHost, Rule: "claim 2 (portal_host)"}},
	} {
		rules, err := Compile(test.specs, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := rules.Claim(t.Context(), seen("http://login.cafe.test/", hostilePages()["siblings"])); got != test.want {
			t.Errorf("got %+v, want %+v", got, test.want)
		}
	}
}

// costlyRegex reads each text to its end in all its states.
const costlyRegex = `/^[^Z]*(a?b?c?d?){95}Q$/`

// manyCostly are claims whose patterns and texts take seconds, one by one, on costlyFacts.
func manyCostly() map[string]Spec {
	texts := []string{strings.Repeat("x", 100) + "y", "no such text"}
	return map[string]Spec{
		"names":   {SSID: slices.Repeat([]string{strings.Repeat("*abcda", 160)}, 1000)},
		"paths":   {PortalPath: slices.Repeat([]string{costlyRegex}, 100)},
		"globs":   {PortalPath: slices.Repeat([]string{strings.Repeat("*abcda", 100)}, 100)},
		"headers": {Header: map[string]string{"X": costlyRegex}},
		"texts":   {Body: slices.Repeat(texts, 2000)},
		"words":   {CSS: slices.Repeat([]string{"[name=no_such_name]"}, 4000)},
	}
}

func costlyFacts() *Facts {
	address := "http://a.test/" + strings.Repeat("abcd", 2000)
	hop := probe.Hop{URL: address, Status: 200, Body: strings.Repeat("x", most), Header: http.Header{"X": {strings.Repeat("abcd", 10_000)}}}
	network := wifi.Network{SSID: wifi.SSID(strings.Repeat("abcd", 8))}
	return NewFacts(network, &probe.Evidence{Verdict: probe.VerdictPortal, PortalURL: address, Hops: []probe.Hop{hop}})
}

// All patterns and texts of a claim share its budget. What needs no work is compared nevertheless.
func TestPatternsShareABudget(t *testing.T) {
	t.Parallel()
	for name, costly := range manyCostly() {
		costly.Confidence = "low"
		for _, test := range []struct {
			specs []Spec
			want  string
		}{
			{[]Spec{costly}, "a condition was not tried: too much work on this page"},
			{[]Spec{costly, {Confidence: "low", SSID: []string{strings.Repeat("abcd", 8)}, Status: []int{200}}}, ""},
		} {
			rules, err := Compile(test.specs, nil)
			if err != nil {
				t.Fatal(err)
			}
			claim := rules.Claim(t.Context(), costlyFacts())
			if !strings.HasSuffix(claim.Reason, test.want) || claim.IsUndecided() != (test.want != "") {
				t.Errorf("%s: %+v, want %q", name, claim, test.want)
			}
		}
	}
}

// endsSoon is a context that ends after it was asked a few times.
type endsSoon struct {
	context.Context

	left *int
}

func (e endsSoon) Err() error {
	if *e.left--; *e.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// A claim ends with its context, also between and within the patterns of one condition.
func TestPatternsEndWithTheContext(t *testing.T) {
	t.Parallel()
	for name, costly := range manyCostly() {
		costly.Confidence = "low"
		rules, err := Compile([]Spec{costly}, nil)
		if err != nil {
			t.Fatal(err)
		}
		left := 3
		if claim := rules.Claim(endsSoon{t.Context(), &left}, costlyFacts()); claim.Reason != ReasonLate {
			t.Errorf("%s: %+v", name, claim)
		}
	}
}

// The pages on the way to the portal share one budget of nodes.
func TestPagesShareABudget(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	page.WriteString("<p>")
	for i := range 10 {
		fmt.Fprintf(&page, "<b a=%d>", i)
	}
	page.WriteString("</p>" + strings.Repeat("<p>x", most/4-100))
	facts := NewFacts(cafe(), captive(func(e *probe.Evidence) {
		e.Hops = nil
		for range 10 {
			e.Hops = append(e.Hops, probe.Hop{URL: "http://a.test/", Status: 200, Body: page.String()})
		}
		e.Hops[4].Body = "<form>"
	}))
	nodes, trees := 0, 0
	for _, h := range facts.hops() {
		if root := h.document(); root != nil {
			trees++
			for node := range root.Nodes[0].Descendants() {
				nodes += 1 + len(node.Attr)
			}
		}
	}
	if nodes > web.TreeBudget || trees != 2 || facts.hops()[9].document() == nil || facts.hops()[4].document() == nil {
		t.Errorf("%d nodes in %d trees", nodes, trees)
	}
}

func TestPatternsAreBounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/(a{500}b{500}){2}/":                "instructions, at most 1000",
		strings.Repeat("a*", 501):            "1002 bytes, at most 1000",
		"/" + strings.Repeat("a", 999) + "/": "1001 bytes, at most 1000",
	} {
		if _, err := parsePattern(&web.Patterns{}, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: error %v, want %q", text, err, want)
		}
	}
}

// The claims of a pack share a budget of patterns; it is reported once, for the claim that has no room.
func TestClaimsShareABudgetOfPatterns(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]Spec{
		"names":     {SSID: slices.Repeat([]string{"/(?i)[a-zé]{900}/"}, 40)},
		"selectors": {CSS: slices.Repeat([]string{"a[href#=((?i)[a-zé]{900})]"}, 40)},
	} {
		spec.Confidence = "low"
		_, err := Compile([]Spec{spec, spec, spec}, nil)
		mistakes, _ := errors.AsType[SpecErrors](err)
		if len(mistakes) != 1 || mistakes[0].Number != 2 || strings.Count(err.Error(), "more than 100000 bytes and instructions") != 1 {
			t.Errorf("%s: %.500v", name, err)
		}
	}
}

func BenchmarkClaimHostile(b *testing.B) {
	bench := func(name, page string, selectors ...string) {
		rules, err := Compile([]Spec{{Confidence: "high", CSS: selectors}}, nil)
		if err != nil {
			b.Fatal(err)
		}
		facts := seen("http://login.cafe.test/", page)
		facts.hops()[0].document()
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				rules.Claim(b.Context(), facts)
			}
		})
	}
	for name, page := range hostilePages() {
		bench(name, page, hostileSelectors()...)
	}
	bench("too much work", hostilePages()["siblings"], "p:nth-last-child(3000n + 2):contains('no such text')")
	bench("too much text", hostilePages()["texts"], ":not(div:contains('no such text'))~a")
	bench("too much of a regex", hostilePages()["texts"], "div:matches((t|e|x|t| ){1,200}y)")
}
