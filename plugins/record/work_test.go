package record

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// opened returns a page of some size that was opened in a window.
func opened(tb testing.TB, address, head string) *exchange {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	body := head + strings.Repeat("<p class=row>Welcome to Cafe Lumen, <a href=/menu>see the menu</a></p>\n", 430) // 31 KB
	header := http.Header{"Content-Type": {"text/html"}}
	return &exchange{method: http.MethodGet, url: u, kind: document, page: &portal.Page{URL: u, Status: http.StatusOK, Header: header, Body: body}}
}

// manyPages returns captures of n pages each, in which no page tells where the login begins early.
func manyPages(tb testing.TB, n int) map[string]*Capture {
	tb.Helper()
	same, others, away := &Capture{}, &Capture{}, &Capture{}
	for i := range n {
		same.exchanges = append(same.exchanges, opened(tb, "http://news.test/", ""))
		others.exchanges = append(others.exchanges, opened(tb, fmt.Sprintf("http://news.test/%d", i), ""))
		away.exchanges = append(away.exchanges, opened(tb, "http://news.test/", "<meta http-equiv=refresh content='60; url=http://other.test/'>"))
	}
	return map[string]*Capture{"one page again": same, "other pages": others, "always away": away}
}

// Finding the login takes work in proportion to the pages, counted in allocations: reading a
// page allocates.
func TestFindingTheLoginIsLinear(t *testing.T) {
	work := func(name string, n int) float64 {
		return testing.AllocsPerRun(1, func() { manyPages(t, n)[name].span(newWork(t.Context())) }) - testing.AllocsPerRun(1, func() { manyPages(t, n) })
	}
	for name := range manyPages(t, 1) {
		few, many := work(name, 10), work(name, 80)
		t.Logf("%s: %.0f and %.0f allocations", name, few, many)
		if few < 10 || many > 8*few*1.5 {
			t.Errorf("%s: %.0f allocations for 10 pages, %.0f for 80", name, few, many)
		}
	}
}

// Looking for a value in the portal's own address takes work in proportion to its length, and counts.
func TestQueriesOfAddressesAreCounted(t *testing.T) {
	at := func(n int) *portal.Page {
		var query strings.Builder
		for i := range n {
			fmt.Fprintf(&query, "n%d=v%d&", i, i)
		}
		page := opened(t, "http://portal.test/login?"+query.String(), "").page
		page.Header["Set-Cookie"] = []string{"c=" + strings.Repeat("x", 100*n)}
		return page
	}
	few, many := at(100), at(1600)
	work := func(page *portal.Page) float64 {
		return testing.AllocsPerRun(1, func() { inURL(newWork(t.Context()), page, "none") })
	}
	if a, b := work(few), work(many); b > 16*a*1.5 {
		t.Errorf("%.0f allocations for 100 parameters, %.0f for 1600", a, b)
	}
	if got := inURL(newWork(t.Context()), many, "v1500"); got != `{ url = "*", param = "n1500" }` {
		t.Error(got)
	}
	for name, find := range map[string]func(*web.Search, *portal.Page, string) string{"query": inURL, "cookies": inCookie} {
		search := web.NewSearch(t.Context(), 5000)
		if got := find(search, many, "v1500"); got != "" || !errors.Is(failure(search), ErrTooMuch) {
			t.Errorf("%s: %q, %v", name, got, failure(search))
		}
	}
}

func BenchmarkSpan(b *testing.B) {
	for name := range manyPages(b, 1) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				c := manyPages(b, 50)[name]
				b.StartTimer()
				c.span(newWork(b.Context()))
			}
		})
	}
}

// manyValues returns the recording of requests with many values.
func manyValues(tb testing.TB, prefix string, values, actions int) *Capture {
	tb.Helper()
	check, c := opened(tb, "http://check.test/", ""), &Capture{}
	check.page.Status, check.location = http.StatusFound, opened(tb, "http://portal.test/", "").url
	form := "<form method=post action=/go><input name=a></form>"
	c.exchanges = append(c.exchanges, check, opened(tb, "http://portal.test/", form))
	for i := range actions {
		x := opened(tb, fmt.Sprintf("http://portal.test/go%d", i), form+prefix)
		x.method = http.MethodPost
		for k := range values {
			x.fields = append(x.fields, field{fmt.Sprintf("f%d", k), fmt.Sprintf("val%d-%d", i*1000+k, k)})
			if prefix != "" {
				x.fields[k].value = fmt.Sprintf("%06d", i*10+k)
			}
		}
		c.exchanges = append(c.exchanges, x)
	}
	return c
}

// The work of a draft is in proportion to what was sent and received, and bounded: beyond that it ends.
func TestDraftsAreBounded(t *testing.T) {
	var digits strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&digits, "%06d", i)
	}
	few := manyValues(t, "", 50, 40)
	many := manyValues(t, "x"+digits.String()+"x", 100, 4) // no value is a word of its own there
	for name, test := range map[string]struct {
		capture *Capture
		work    int
		want    error
	}{
		"values that no page has":    {few, maxWork, nil},
		"values that all pages have": {many, maxWork / 20, ErrTooMuch},
	} {
		t.Run(name, func(t *testing.T) {
			work := web.NewSearch(t.Context(), test.work)
			s, err := findSession(work, test.capture)
			if err == nil {
				newDraft(s, "x")
				err = failure(work)
			}
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}
