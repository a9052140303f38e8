package web

import (
	"context"
	"errors"
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// unlimited is more than the tests of small pages need.
const unlimited = 1 << 30

func parsed(t testing.TB, page string) *html.Node {
	t.Helper()
	root, err := ParseHTML(page)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func css(t testing.TB, text string) *Selector {
	t.Helper()
	sel, err := ParseSelector(text)
	if err != nil {
		t.Fatal(err)
	}
	return sel
}

// checkSelector compares a search with cascadia.
func checkSelector(t *testing.T, page, text string) {
	t.Helper()
	root, err := ParseHTML(page)
	if err != nil {
		return
	}
	library, err := cascadia.Compile(text)
	if err != nil {
		if _, err := ParseSelector(text); err == nil {
			t.Errorf("%q: cascadia refuses it", text)
		}
		return
	}
	sel, err := ParseSelector(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	search := NewSearch(t.Context(), unlimited)
	found, err := search.Matcher(sel).MatchAll(root), search.Err()
	if want := library.MatchAll(root); err != nil || !slices.Equal(found, want) {
		t.Fatalf("%q finds %d nodes, want %d, error %v, in %q", text, len(found), len(want), err, page)
	}
}

// randomSelector returns a selector of all that cascadia knows.
func randomSelector(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var compound func() string
	group := func() string {
		if depth == 0 {
			return pick("a", "input", ".x")
		}
		return randomSelector(r, depth-1)
	}
	compound = func() string {
		text := pick("", "", "*", "a", "div", "p", "form", "INPUT", `d\69 v`, "*|*")
		for range r.IntN(3) {
			text += pick(".x", "#i", "[name]", "[name=x]", `[class~="x"]`, `[name='a\'b,>)']`, "[ a ^= 'x' i ]", "[class#=([x,])]", ".-y", `#\31 `,
				":first-child", ":last-of-type", ":only-child", ":only-of-type", ":nth-child(2n + 1)", ":nth-last-of-type(2)", ":NTH-CHILD(odd)",
				":empty", ":contains('x')", ":containsOwn(y)", ":matches(x|(y))", ":matchesown([ab)]*x)", ":enabled", ":disabled", ":checked", ":link",
				":lang(en)", ":input", ":root", ":hover", `:\69nput`, `:ENABLE\64`,
				":has("+group()+")", `:h\61 s(`+group()+")", ":not( "+group()+" )", ":haschild(/* c */"+group()+")", ":has("+group()+")")
		}
		if text == "" {
			return "b"
		}
		return text
	}
	var list []string
	for range 1 + r.IntN(2) {
		text := compound()
		for range r.IntN(4) {
			text += pick(" ", " ", " > ", "+", " ~ ", ">", "/**/") + compound()
		}
		list = append(list, text)
	}
	return strings.Join(list, pick(",", " , "))
}

// A search finds exactly what cascadia finds.
func TestSearchEqualsCascadia(t *testing.T) {
	rounds := 100_000
	if testing.Short() {
		rounds = 4_000
	}
	r := rand.New(rand.NewPCG(3, 4))
	parts := []string{
		"<div class='x y'>", "<div id=i>", "</div>", "<p>x", "<p lang=en-US name=x>", "<a href=x class=-y>", "<a name='a&#39;b,>)'>", "</a>", "<form>", "</form>",
		"<input name=x checked type=radio>", "<input disabled>", "<fieldset disabled>", "<legend>", "</legend>", "</fieldset>", "<b>", "</b>", "<!-- c -->", " ", "y",
		"<span id=1 a=Xy>", "</span>", "<table><tr><td>", "</table>", "<select><option selected>", "</select>",
	}
	for range rounds {
		var page strings.Builder
		for range r.IntN(30) {
			page.WriteString(parts[r.IntN(len(parts))])
		}
		checkSelector(t, page.String(), randomSelector(r, 2))
	}
}

func FuzzSelector(f *testing.F) {
	f.Add("<form><div class=x><input name=a></form>", "form:has(> .x) input[name='a'], :not(p ~ :contains(x)):nth-child(2n+1)")
	f.Add("<p id=1>", `#\31:haschild(a,b)`)
	f.Add("<p a>", "[A#=] ")
	f.Add("<div><p>", `\64iv:ha\s(p)`)
	f.Fuzz(func(t *testing.T, page, selector string) {
		if len(page) > 256 || len(selector) > 48 {
			return // cascadia takes long
		}
		checkSelector(t, page, selector)
	})
}

func TestSearchEnds(t *testing.T) {
	root := parsed(t, strings.Repeat("<p class=x>x", 10_000))
	all := css(t, "p.x")
	search := NewSearch(t.Context(), 1000)
	document := goquery.NewDocumentFromNode(root)
	if found := document.FindMatcher(search.Matcher(all)).Nodes; found != nil || !errors.Is(search.Err(), ErrTooMuchWork) {
		t.Errorf("found %d, error %v", len(found), search.Err())
	}
	first := goquery.SingleMatcher(search.Matcher(all))
	if found := document.FindMatcher(first).Length(); found != 0 || !errors.Is(search.Err(), ErrTooMuchWork) {
		t.Errorf("the budget is spent, found %d, error %v", found, search.Err())
	}
	search = NewSearch(t.Context(), 1000)
	first = goquery.SingleMatcher(search.Matcher(all))
	if found := document.FindMatcher(first).Length(); found != 1 || search.Err() != nil {
		t.Errorf("found %d, error %v", found, search.Err())
	}
	paragraphs := document.FindMatcher(Tags(atom.P))
	if found := paragraphs.Slice(0, 10).FilterMatcher(search.Matcher(all)).Length(); found != 10 || search.Err() != nil {
		t.Errorf("found %d, error %v", found, search.Err())
	}
	if found := paragraphs.FilterMatcher(search.Matcher(all)).Nodes; found != nil || !errors.Is(search.Err(), ErrTooMuchWork) {
		t.Errorf("of %d paragraphs found %d, error %v", paragraphs.Length(), len(found), search.Err())
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the link is gone")
	cancel(gone)
	search = NewSearch(ctx, unlimited)
	if found := document.FindMatcher(search.Matcher(all)).Nodes; found != nil || !errors.Is(search.Err(), gone) {
		t.Errorf("found %d, error %v", len(found), search.Err())
	}
	if search.left < unlimited-unitsPerCheck {
		t.Errorf("did %d units of work after the end", unlimited-search.left)
	}
}

// The search for each match may read the text to its end, so a long text has fewer.
func TestSubmatchesAreFewerInLongText(t *testing.T) {
	pattern, err := new(Patterns).Regexp("x[^y]*y|x")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ size, want int }{{100, 100}, {1 << 10, 1000}, {1 << 20, maxPatternWork / (costPattern + pattern.size<<20)}} {
		if found, err := NewSearch(t.Context(), 2*maxPatternWork).Submatches(pattern, strings.Repeat("x", test.size), 1000); err != nil || len(found) != test.want || test.want == 0 {
			t.Errorf("%d bytes: %d matches, error %v; want %d", test.size, len(found), err, test.want)
		}
	}
}

// What parts of a search do counts together, and each has a bound of its own.
func TestPartsOfASearch(t *testing.T) {
	whole := NewSearch(t.Context(), 100)
	first, second := whole.Part(t.Context(), 60), whole.Part(t.Context(), 60)
	if !first.Spend(50) || !second.Spend(40) || first.Spend(20) || whole.Err() == nil {
		t.Errorf("errors %v, %v, %v", first.Err(), second.Err(), whole.Err())
	}
	whole = NewSearch(t.Context(), 100)
	if part := whole.Part(t.Context(), 10); part.Spend(20) || !errors.Is(part.Err(), ErrTooMuchWork) || whole.Err() != nil {
		t.Errorf("errors %v, %v", part.Err(), whole.Err())
	}
}

// A pattern finds the same in a long text, which ends with the budget, as in a short one.
func TestMatchesEnd(t *testing.T) {
	for text, want := range map[string][]string{`(?i)^.*b(x)?(\d+)\b`: {"aB42", "", "42"}, `no`: nil, `\A\p{L}`: {"a"}, `é`: {"é"}} {
		pattern, err := new(Patterns).Regexp(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, 1 << 15} {
			search := NewSearch(t.Context(), unlimited)
			subject := "aB42" + strings.Repeat(" \xff é", size)
			matches, err := search.Matches(pattern, subject)
			found, failed := search.Submatches(pattern, subject, 1)
			if matches != (want != nil) || err != nil || failed != nil || len(found) > 0 != (want != nil) || want != nil && !slices.Equal(found[0], want) {
				t.Errorf("%s: %t, %q, errors %v, %v", text, matches, found, err, failed)
			}
			search = NewSearch(t.Context(), 2)
			if _, err := search.Matches(pattern, subject); !errors.Is(err, ErrTooMuchWork) {
				t.Errorf("%s: error %v", text, err)
			}
			if _, err := search.Submatches(pattern, subject, 1); !errors.Is(err, ErrTooMuchWork) {
				t.Errorf("%s: error %v", text, err)
			}
		}
	}
}

// The bound of a regular expression is known before it is compiled, and none that compiles is larger.
func TestMeasureRegexp(t *testing.T) {
	for _, text := range []string{
		``, `a`, `(?i)[a-zé]{900}`, `(a|b|cd|)*x?y+`, `(a{0}b{2,}c{2,5}d{0,}e{0,3})`, `^[^Z]*(a?b?c?d?){95}Q$`, `\pL{10}`, `(?s).*`, `(a*)*`, `(?i)abc|abd|ab`, `()|`,
		`(((a*)*)*)*`, `[^\x00-\x{10ffff}]`, `(|a)*`, `(|a)+`, `(a*){3,}`, `((a?){2}){2}`, `(|a){0,3}`, `\bab\B$`,
	} {
		parsed, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		program, err := syntax.Compile(parsed.Simplify())
		if err != nil {
			t.Fatal(err)
		}
		if size, err := measureRegexp(text); err != nil || size.instructions < len(program.Inst) || size.instructions > 2*len(program.Inst)+2 {
			t.Errorf("%s: %+v, %v, want %d", text, size, err, len(program.Inst))
		}
	}
}

// Regular expressions and selectors of a pack share a budget, also those that are refused.
func TestPatternsShareABudget(t *testing.T) {
	for name, test := range map[string]struct {
		text     string
		selector bool
		most     int // compiled
	}{
		"instructions":       {"(?i)[a-zé]{900}", false, 55},
		"large classes":      {`^[\pL\pN]{900}`, false, 0},
		"many large classes": {strings.Repeat(`\pL`, 300), false, 2},
		"too large":          {"a{1000}", false, 0},
		"mistakes":           {strings.Repeat(`\pL`, 300) + "(", false, 0},
		"selectors":          {"a[href#=((?i)[a-zé]{900})]", true, 55},
		"many selectors":     {strings.Repeat("a,", 500) + "a", true, 99},
	} {
		patterns, compiled := &Patterns{}, 0
		for range 200 {
			var err error
			if test.selector {
				_, err = patterns.Selector(test.text)
			} else {
				_, err = patterns.Regexp(test.text)
			}
			if err == nil {
				compiled++
			}
		}
		_, err := patterns.Regexp("x")
		if compiled > test.most || test.most > 0 && compiled == 0 || test.most > 0 && err != ErrManyPatterns {
			t.Errorf("%s: compiled %d, at most %d; then %v", name, compiled, test.most, err)
		}
	}
}
