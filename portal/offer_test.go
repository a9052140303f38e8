package portal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// A URL takes an offer if it sends a field of the form to an address of the form.
func TestOffers(t *testing.T) {
	const body = `<form action=/in?x=1 method=post><input name=a><button formaction=/other formmethod=get name=b>B</button></form>
<form id=empty action="//b.test/go"><button>Go</button></form><form id=posted action="/posted" method=post><button>Go</button></form>
<form action="javascript:x()"><input name=a></form><form><input name=own></form><input name=c[d] form=empty2><form id=empty2 action=/e></form>`
	page := &portal.Page{URL: mustURL(t, "http://a.test/page?q=1"), Body: body}
	for address, want := range map[string]bool{
		"http://a.test/in?a=2": true, "http://a.test/in?z=1&%61": true, "http://a.test/in?b#f": true, "http://a.test/%69n?a": true,
		"http://a.test/in?x=1": false, "http://a.test/in": false, "https://a.test/in?a=2": false, "http://a.test:81/in?a=2": false,
		"http://a.test/in/?a=2": false, "http://a.test/other?a": true, "http://b.test/go": true, "http://b.test/go?any": true,
		"http://a.test/posted": false, "http://a.test/page?own=": true, "http://a.test/page?q=2": false, "http://a.test/e?c%5Bd%5D=1": true,
	} {
		u := mustURL(t, address)
		got := slices.ContainsFunc(page.Offers(), func(o portal.Offer) bool { return o.IsTaken(u) })
		if got != want {
			t.Errorf("%s: taken %v, want %v", address, got, want)
		}
	}
}

// The offers of a page are bounded, whatever the page has.
func TestOffersAreBounded(t *testing.T) {
	var body strings.Builder
	for i := range 300 {
		fmt.Fprintf(&body, "<FORM action='/%d%s'>", i, strings.Repeat("a", i*40))
		for j := range 30 {
			fmt.Fprintf(&body, "<input name=%s%d><button formaction=/%d>", strings.Repeat("n", j*10), j, j)
		}
		body.WriteString("</FORM>")
	}
	page := &portal.Page{URL: mustURL(t, "http://a.test/"), Body: body.String()}
	offers, size := page.Offers(), 0
	for _, o := range offers {
		size += o.Size()
	}
	if len(offers) != 100 || size > 1<<20 {
		t.Errorf("%d offers of %d bytes", len(offers), size)
	}
	if none := (&portal.Page{URL: page.URL, Body: "<a href=/>"}).Offers(); none != nil {
		t.Errorf("offers %v of a page without a form", none)
	}
}
