package record

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"hotspot-helper/internal/web"
)

// manyTrees returns the recording of a login with frames whose trees take much more memory than their bodies.
func manyTrees(tb testing.TB, frames int, body string) *Capture {
	tb.Helper()
	const form = "<form method=post action=/go><input name=user></form>"
	page := func(address, body string) *exchange {
		x := opened(tb, address, "")
		x.page.Body = body
		return x
	}
	c := &Capture{exchanges: []*exchange{page("http://portal.test/", form)}}
	for i := range frames {
		c.exchanges = append(c.exchanges, page(fmt.Sprintf("http://portal.test/f%d", i), form+body))
	}
	sent := page("http://portal.test/go", "Welcome")
	sent.method, sent.fields = http.MethodPost, []field{{"user", "grace"}}
	c.exchanges = append(c.exchanges, sent)
	return c
}

// live returns how many bytes are in use.
func live() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// What is kept of all pages of a recording has a bound, however many there are.
func TestTreesOfARecordingAreBounded(t *testing.T) {
	var attributes, scalars strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&attributes, "<p a=%d>", i)
	}
	for i := range 50_000 {
		fmt.Fprintf(&scalars, ",%d", i)
	}
	for name, body := range map[string]string{"elements": strings.Repeat("<hr>a", 10_000), "attributes": attributes.String(), "scalars": "[0" + scalars.String() + "]"} {
		c := manyTrees(t, 25, body)
		if name == "scalars" {
			for _, x := range c.exchanges[1:26] {
				x.page.Body = body
			}
		}
		before := live()
		work := web.NewSearch(t.Context(), math.MaxInt)
		if _, err := findSession(work, c); err != nil {
			t.Fatal(err)
		}
		for _, x := range c.exchanges {
			x.pageForms()
			x.mayHold(work, "x")
		}
		kept := int64(live()) - int64(before)
		t.Logf("%s: %d MB", name, kept>>20)
		if kept > 35<<20 {
			t.Errorf("%s: %d MB are kept", name, kept>>20)
		}
		runtime.KeepAlive(c)
	}
}

// What was forgotten is read again, as it was, and takes work again: beyond that the draft ends.
func TestTreesThatAreForgotten(t *testing.T) {
	c := manyTrees(t, 8, strings.Repeat("<hr>a", 10_000))
	work := newWork(t.Context())
	s, err := findSession(work, c)
	if err != nil {
		t.Fatal(err)
	}
	a := s.actions[len(s.actions)-1]
	form := a.fill().form
	for _, x := range c.exchanges {
		x.pageForms()
	}
	if again := a.fill().form; again == form || again.Node() == form.Node() || len(form.Controls()) != 1 || len(again.Controls()) != 1 {
		t.Error("a form of a tree that was forgotten, or one that lost its controls")
	}
	if found, ok := formOf(work, a.page.page, "form"); !ok || found.Node() != a.fill().form.Node() {
		t.Error("the form is not in the tree that the page has now")
	}

	c.boundTrees(web.NewSearch(t.Context(), 5*costParse*len(c.exchanges[1].page.Body)))
	for range 2 {
		for _, x := range c.exchanges {
			x.pageForms()
		}
	}
	last := c.exchanges[8].page
	if !last.TooComplex() {
		t.Error("a page was parsed beyond the work")
	}
	c.forgetTrees()
	if last.TooComplex() {
		t.Error("the work of one draft counts for the next")
	}

	short := web.NewSearch(t.Context(), 2*costParse*len(c.exchanges[1].page.Body))
	c.boundTrees(short)
	for range 2 {
		for _, x := range c.exchanges {
			x.pageForms()
		}
	}
	if !errors.Is(failure(short), ErrTooMuch) {
		t.Errorf("%v, want %v", failure(short), ErrTooMuch)
	}
}
