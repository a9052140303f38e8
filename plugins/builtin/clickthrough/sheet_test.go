package clickthrough

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

func pageOf(body string) *portal.Page {
	return &portal.Page{URL: &url.URL{Scheme: "http", Host: "a.test", Path: "/"}, Body: body}
}

// sheetOf reads the style elements of a page.
func sheetOf(ctx context.Context, body string) (*document, *sheet) {
	d := readDocument(pageOf(body), web.NewSearch(ctx, MaxWork))
	d.sheet = d.readSheets()
	return d, d.sheet
}

// Of what a page declares, rules have a bounded part: it is what each comparison costs.
func TestSheetsAreBounded(t *testing.T) {
	t.Parallel()
	for name, body := range hostilePages() {
		_, s := sheetOf(t.Context(), body)
		count := 0
		for _, rules := range s.rules {
			count += len(rules)
			for _, rule := range rules {
				if len(rule.parts) > maxParts || len(rule.declarations) > 10 {
					t.Fatalf("%s: a rule with %d parts and %d declarations", name, len(rule.parts), len(rule.declarations))
				}
				for _, part := range rule.parts {
					if len(part.classes) > maxSimple || len(part.attrs) > maxSimple {
						t.Fatalf("%s: a selector with %d classes and %d attributes", name, len(part.classes), len(part.attrs))
					}
				}
			}
		}
		if count > maxRules {
			t.Errorf("%s: %d rules", name, count)
		}
	}
}

// work returns about how many units of work some search takes: a search asks its context whenever it has
// done some more.
func work(t *testing.T, do func(*web.Search)) int {
	t.Helper()
	const rounds, unitsPerCheck = 400, 1 << 14
	ctx := &endingContext{t.Context(), rounds * MaxWork}
	search := web.NewSearch(ctx, rounds*MaxWork)
	for range rounds {
		do(search)
	}
	return (rounds*MaxWork - ctx.left) * unitsPerCheck / rounds
}

// The work that is counted grows with everything that is compared.
func TestSheetWorkIsCounted(t *testing.T) {
	t.Parallel()
	give := func(style, class string, around int) string {
		return "<style>" + style + "</style>" + strings.Repeat("<div class='"+class+"'>", around) + "<input class=y>"
	}
	base := give(".a .y{top:1px}", "x", 10)
	workOf := func(body string) int {
		root := pageOf(body).Document().Nodes[0]
		var field *html.Node
		for n := range root.Descendants() {
			if n.Data == "input" {
				field = n
			}
		}
		_, s := sheetOf(t.Context(), body)
		return work(t, func(search *web.Search) {
			s.names, s.seen = map[*html.Node]elementNames{}, map[*html.Node]appearance{}
			d := &document{search: search, sheet: s, styles: map[*html.Node][]declaration{}}
			d.styled(field)
		})
	}
	least := workOf(base)
	for name, c := range map[string]struct {
		body string
		more int
	}{
		"ancestors":             {give(".a .y{top:1px}", "x", 200), 150},
		"classes of ancestors":  {give(".a .y{top:1px}", strings.Repeat("x ", 30), 10), 250},
		"classes of a selector": {give(".a.b.c.d.e.f .y{top:1px}", "x", 100), 550},
		"attributes":            {give("[a][b][c] .y{top:1px}", "x", 10), 100},
		"selectors":             {give(strings.Repeat(".a .y,", 100)+".a .y{top:1px}", "x", 10), 1000},
		"declarations":          {give(".y{top:1px;left:1px;right:1px;opacity:1}.y{top:1px}.y{top:1px}", "x", 10), 100},
		"rules":                 {give(strings.Repeat(".a .y{top:1px}", 100), "x", 10), 1000},
	} {
		if got := workOf(c.body); got < least+c.more {
			t.Errorf("%s: %d units, and %d without, want %d more", name, got, least, c.more)
		}
	}
	short, long := work(t, reads("<style>a{b:c}</style>")), work(t, reads("<style>a{"+strings.Repeat("b:c;", 1000)+"}</style>"))
	if long < short+4000 {
		t.Errorf("a sheet of 4 KB takes %d units more than a short one", long-short)
	}
}

// reads returns what reads the style elements of a page.
func reads(body string) func(*web.Search) {
	page := pageOf(body)
	page.Document()
	return func(search *web.Search) { (&document{page: page, search: search}).readSheets() }
}

// endingContext ends after it was asked some times whether it has ended.
type endingContext struct {
	context.Context //nolint:containedctx // it is one

	left int
}

func (c *endingContext) Err() error {
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// Reading and comparing rules ends with the context.
func TestSheetsHeedTheContext(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sheet, deep rules", "sheet, rules", "sheet, declarations", "sheet, classes", "sheet, attributes"} {
		whole := &endingContext{Context: t.Context(), left: 1 << 30}
		_, _ = Find(whole, pageOf(hostilePages()[name]), Visitor{Profile: Profile{Name: "Ada"}})
		asked := 1<<30 - whole.left
		if asked < 10 {
			t.Errorf("%s: the context was asked %d times", name, asked)
		}
		_, err := Find(&endingContext{t.Context(), asked - 2}, pageOf(hostilePages()[name]), Visitor{Profile: Profile{Name: "Ada"}})
		if err == nil || errors.Is(err, web.ErrTooMuchWork) {
			t.Errorf("%s: after the end of the context: %v", name, err)
		}
	}
}

// Style elements are read only for a field that would have to be filled, and for a price that is not displayed.
func TestSheetsAreReadForFields(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		"<form><input type=email name=a required><button>Continue</button></form>":                 true,
		"<form><input type=email name=a><button>Continue</button></form>":                          true,
		"<form><input type=email name=a>(optional)<button>Continue</button></form>":                false,
		"<form><input type=checkbox name=a> I accept the terms<button>Continue</button></form>":    false,
		"<form><input type=hidden name=a><button>Continue</button></form>":                         false,
		"<form><input type=email name=a required value=x@a.test><button>Continue</button></form>":  false,
		"<form><input type=email name=a required><button>Continue</button></form><p>Price: 5 EUR":  false,
		"<form><input type=email name=a required><button>Buy</button></form>":                      false,
		"<a href=/go>Continue</a><p hidden>Welcome":                                                false,
		"<a href=/go>Continue</a><p hidden>5 EUR":                                                  true,
		"<form><input type=email required name=a><input type=password><button>Go</button></form>.": false,
	} {
		d := readDocument(pageOf("<style>.x{display:none}</style>"+body), web.NewSearch(t.Context(), MaxWork))
		_, _ = d.find(Visitor{Profile: Profile{Email: "ada@a.test"}})
		if got := d.sheet != nil; got != want {
			t.Errorf("%s: style elements read: %t, want %t", body, got, want)
		}
	}
}

func FuzzSheet(f *testing.F) {
	for _, text := range []string{".a{display:none}", "@media screen{#a .b{top:-9em}", `\61{`, "a,b:not(", "a{b:c(;}}", "<!-- .a{opacity:.1} -->", "[a='", "a{}\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := &document{search: web.NewSearch(t.Context(), MaxWork), sheet: &sheet{rules: map[string][]styleRule{}}}
		tokens := cssTokens(text)
		r := sheetReader{document: d, sheet: d.sheet, tokens: tokens}
		r.block(nil, true, 0)
		if d.search.Err() == nil && r.at < len(tokens) && !d.sheet.unread {
			t.Fatalf("%q is read up to token %d of %d", text, r.at, len(tokens))
		}
		own := sheetReader{document: d, sheet: &sheet{}, tokens: tokens}
		d.cascade([]styleRule{{declarations: own.attribute()}})
	})
}
