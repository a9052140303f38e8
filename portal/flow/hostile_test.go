package flow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// hostileUnits are what pages of one repeated prefix consist of.
var hostileUnits = []string{
	"<div>", "<p>a", "<form><input name=a>", "<a><b>", "<table><tr>", "<select><option>", "<a href=x>", "<",
	"<script>x=", "x=", "x(", "x((", "x=[", "{x:", "'", `\u{`, `x="\u{`, "`", "/", "{", "[", `{"a":`, "%", "(",
}

// askHostile asks each kind of query about pages of a unit, of so many bytes each.
func askHostile(t testing.TB, unit string, size int) {
	for _, query := range []string{
		`{ css = "div p:has(b)" }`, `{ css = "form", text = "x" }`, `{ script = "x" }`, `{ script = "x", matches = "y" }`,
		`{ json = "a" }`, `{ json = "a", decode = ["jsonp", "percent"] }`, `{ xml = "a" }`, `{ wispr = "LoginURL" }`, `{ regex = "(a+)+b" }`, `{ regex = "x[^y]*y|x", matches = "z" }`,
	} {
		for _, before := range []string{"", "<script>"} {
			ask(t, html200(before+strings.Repeat(unit, size/len(unit))), query)
		}
	}
}

// No query hangs on a page of repeated prefixes. BenchmarkHostileQueries says how the time grows.
func TestHostileQueries(t *testing.T) {
	for _, unit := range hostileUnits {
		t.Run(unit, func(t *testing.T) {
			t.Parallel()
			askHostile(t, unit, 1<<13)
		})
	}
}

// The time of all queries grows as the pages do, until their budget ends: what is quadratic takes four times as long for each of these.
func BenchmarkHostileQueries(b *testing.B) {
	for _, size := range []int{1 << 15, 1 << 16, 1 << 17} {
		b.Run(fmt.Sprintf("%d kB", size>>10), func(b *testing.B) {
			for range b.N {
				for _, unit := range hostileUnits {
					askHostile(b, unit, size)
				}
			}
		})
	}
}

// tooComplex is a page whose tree would take all memory.
func tooComplex() string {
	var page strings.Builder
	page.WriteString("<title>Sign in</title><form><p>")
	for i := range 495 {
		fmt.Fprintf(&page, "<b a=%d>", i)
	}
	return page.String() + "</p>" + strings.Repeat("<p>x", 1<<13)
}

// A query that cannot be answered neither holds nor fails: the step fails and says why. What
// needs no tree is still read.
func TestUnreadablePages(t *testing.T) {
	complex := html200(tooComplex())
	nested := html200(strings.Repeat("<div>", 400) + strings.Repeat("text ", 1<<17))
	siblings := html200(strings.Repeat("<p>", 19_000))
	long := html200(strings.Repeat("a", 1<<19))
	nodes := html200("[" + strings.Repeat(`{"":0},`, 1<<17) + "0]")
	for _, test := range []struct {
		page  answer
		query string
		want  error
	}{
		{complex, `{ css = "form" }`, web.ErrTooComplex},
		{complex, `{ css = "form", absent = true }`, web.ErrTooComplex},
		{complex, `{ script = "x", absent = true }`, web.ErrTooComplex},
		{complex, `{ url = "/page" }`, nil},
		{complex, `{ regex = "Sign in" }`, nil},
		{nested, `{ css = "div", text = "no such text" }`, web.ErrTooMuchWork},
		{nested, `{ css = "div:contains('no such text')", absent = true }`, web.ErrTooMuchWork},
		{nested, `{ css = "div:has(p)", absent = true }`, nil},
		{siblings, `{ css = "p:nth-last-child(20000)", absent = true }`, web.ErrTooMuchWork},
		{siblings, `{ css = "i ~ p ~ p", absent = true }`, nil},
		{long, `{ regex = "a{1,400}b", absent = true }`, web.ErrTooMuchWork},
		{nodes, `{ json = "0", absent = true }`, web.ErrTooComplex},
		{long, `{ css = "body", matches = "a{1,400}b" }`, web.ErrTooMuchWork},
	} {
		flow := mustParse(t, strings.Replace(queryFlow(test.query), `"/"`, `"http://a.test/page"`, 1))
		result, err := flow.Run(t.Context(), newSession(t, flow, &answers{pages: map[string]answer{"GET /page": test.page}}), Env{})
		if !errors.Is(err, test.want) || err == nil && result.Outcome != Submitted {
			t.Errorf("%s: %v, error %v; want %v", test.query, result.Outcome, err, test.want)
		}
		if err != nil && !strings.Contains(err.Error(), test.want.Error()) {
			t.Errorf("%s: %v does not say %v", test.query, err, test.want)
		}
	}
}

// Actions and captures that need a page's tree fail likewise.
func TestUnreadablePagesOfActions(t *testing.T) {
	for _, test := range []struct {
		body, step string
		want       error
	}{
		{tooComplex(), `submit = "form"`, web.ErrTooComplex},
		{tooComplex(), `follow = "a"`, web.ErrTooComplex},
		{strings.Repeat("<p>", 19_000), `follow = "p:nth-last-child(7)"`, web.ErrTooMuchWork},
		{"<form>" + strings.Repeat("<p>", 19_000), `submit = "form:has(p:nth-last-child(7))"`, web.ErrTooMuchWork},
		{tooComplex(), "open = \"/page\"\ncapture.x = { css = \"form\", optional = true }", web.ErrTooComplex},
		{tooComplex(), "open = \"/page\"\ncapture.x = { css = \"form\", optional = true }\n[[step.case]]\nwhen = [{ url = \"*\" }]\nresult = \"submitted\"", web.ErrTooComplex},
	} {
		flow := mustParse(t, head+"[[step]]\nid = \"page\"\nopen = \"http://a.test/page\"\n[[step]]\nid = \"it\"\n"+test.step+"\n")
		_, err := flow.Run(t.Context(), newSession(t, flow, &answers{pages: map[string]answer{"GET /page": html200(test.body)}}), Env{})
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.want.Error()) {
			t.Errorf("%s: error %v, want %v", test.step, err, test.want)
		}
	}
}

// A flow that was cancelled searches no more.
func TestCancelledQueryEnds(t *testing.T) {
	flow := mustParse(t, strings.Replace(queryFlow(`{ css = "div:has(p)", absent = true }`), `"/"`, `"http://a.test/page"`, 1))
	s := newSession(t, flow, &answers{pages: map[string]answer{"GET /page": html200(strings.Repeat("<div></div>", 1<<13))}})
	r := &run{flow: flow, session: s, work: web.NewSearch(t.Context(), maxWork)}
	if err := flow.steps[0].action.run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := firstUnmet(flow.steps[0].expect, r.view(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// A script with one long literal and many names before it makes no copies for each name.
func TestScriptLiteralsAreBounded(t *testing.T) {
	for _, name := range []string{"x=", "x(", "x=y,x("} {
		page := &portal.Page{Body: strings.Repeat(name, 500) + `"` + strings.Repeat("a", 1<<20-2048) + `"`, Header: http.Header{"Content-Type": {"text/javascript"}}}
		size := 0
		for _, value := range ScriptLiterals(page, "x", 0) {
			size += len(value)
		}
		if size == 0 || size > 3<<20 {
			t.Errorf("%s…: %d bytes", name, size)
		}
	}
}

// Each list of decoders has a tree of its own; they count together.
func TestTreesOfOnePageAreBounded(t *testing.T) {
	page := &portal.Page{Body: "[" + strings.Repeat(`{"":0},`, 1<<14) + "1]"}
	v := &view{ctx: t.Context(), work: web.NewSearch(t.Context(), maxWork), page: page, bodies: map[string]*body{}}
	var read int
	for _, decode := range []string{"", "percent", "percent percent", "percent percent percent", "percent percent percent percent"} {
		if len(jsonSource{path: []string{"0"}, decode: strings.Fields(decode)}.values(v, 1)) > 0 {
			read++
		}
	}
	if !errors.Is(v.err, web.ErrTooComplex) || read != maxNodes/(3<<14) {
		t.Errorf("%d trees, error %v", read, v.err)
	}
}
