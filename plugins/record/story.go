package record

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html/atom"
)

// story is the part of a capture that is the login.
type story struct {
	hops  []*exchange // from the intercepted page to the portal's, as a probe would meet them
	acts  []*act      // what the person and the page's scripts did then
	after *exchange   // the first page of the Internet; nil: none was opened
}

// act is one thing that was done, and the page that it was done on.
type act struct {
	from    *exchange // the page
	sent    *exchange
	answers []*exchange // one, behind redirects
	refused *exchange   // what the same thing was answered before, which was no success
}

// answer is what came of the act.
func (a *act) answer() *exchange { return a.answers[len(a.answers)-1] }

var errNoPortal = errors.New("find the portal: nothing in the capture leads to a page that asks for anything; " +
	"begin to record before the portal's page opens, and save the bodies, too")

// tell finds the login in a capture.
func tell(c *Capture) (*story, error) {
	from, until := c.span()
	if from < 0 {
		return nil, errNoPortal
	}
	t := &teller{hosts: map[string]bool{}}
	for _, x := range c.exchanges[from:until] {
		if !t.hear(x) {
			t.after = x
			break
		}
	}
	if t.after == nil && until < len(c.exchanges) {
		t.after = c.exchanges[until]
	}
	if len(t.acts) == 0 { // a login that did not work is better than none
		t.story = t.failed
	}
	t.acts = withoutRepetition(t.acts)
	if len(t.hops) == 0 || len(t.acts) == 0 {
		return nil, errNoPortal
	}
	if page := t.hops[len(t.hops)-1]; page.missing {
		return nil, errors.New("read the portal's page: its body is not in the capture; save it \"with content\"")
	}
	return &t.story, nil
}

// span finds the page that was intercepted, and where it was opened again and was not. A
// capture may have other pages before and behind: of other tabs, of another time.
func (c *Capture) span() (from, until int) {
	for i, x := range c.exchanges {
		if x.kind != document || x.method != http.MethodGet {
			continue
		}
		for j := i + 1; j < len(c.exchanges); j++ {
			again := c.exchanges[j]
			if again.kind == document && again.asks(x.url) && leadsAway(x) && !leadsAway(again) {
				return i, j
			}
		}
	}
	until = len(c.exchanges)
	if from = slices.IndexFunc(c.exchanges, func(x *exchange) bool { return x.kind == document && leadsAway(x) }); from >= 0 {
		return from, until
	}
	from = slices.IndexFunc(c.exchanges, func(x *exchange) bool { return x.kind == document && asksForSomething(x) })
	return from, until
}

// leadsAway says whether a page is on the way to that of another host.
func leadsAway(x *exchange) bool {
	to := x.next()
	return to != nil && to.Host != x.url.Host || x.page.Status == http.StatusNetworkAuthenticationRequired
}

// asksForSomething says whether a page has a control that a person uses.
func asksForSomething(x *exchange) bool {
	for node := range x.page.Document().Nodes[0].Descendants() {
		if node.DataAtom == atom.Input || node.DataAtom == atom.Button {
			return true
		}
	}
	return false
}

// teller hears exchanges in order and puts the login together.
type teller struct {
	story

	page  *exchange       // the last one
	hosts map[string]bool // of the portal
	lead  *exchange       // whose redirect is to be followed next

	failed story // the last login that was of no use
}

// hear takes the next exchange. It says no where the exchange is of the Internet.
func (t *teller) hear(x *exchange) bool {
	switch {
	case t.page == nil || len(t.acts) == 0 && t.arriving(x):
		t.arrive(x)
	case t.lead != nil && x.asks(t.lead.location):
		last := t.acts[len(t.acts)-1]
		last.answers = append(last.answers, x)
		t.answered(x)
	case t.hosts[x.url.Host], t.offered(x):
		t.acts = append(t.acts, &act{from: t.page, sent: x, answers: []*exchange{x}})
		t.answered(x)
	case x.kind != document:
		// of no portal: what other pages tell their makers
	case x.next() != nil && t.hosts[x.next().Host]: // intercepted again: what was done was of no use
		if len(t.acts) > 0 {
			t.failed = t.story
		}
		t.story, t.page = story{}, nil
		t.arrive(x)
	default:
		return false
	}
	return true
}

// arriving says whether an exchange is on the way to the portal's page.
func (t *teller) arriving(x *exchange) bool {
	return x.kind == document && x.asks(t.hops[len(t.hops)-1].next())
}

func (t *teller) arrive(x *exchange) {
	t.hops, t.page = append(t.hops, x), x
	if x.next() == nil || len(t.hops) > 1 {
		t.hosts[x.url.Host] = true
	}
}

func (t *teller) answered(x *exchange) {
	t.lead = nil
	if x.location != nil {
		t.lead = x
		return
	}
	t.hosts[x.url.Host] = true
	if x.kind == document {
		t.page = x
	}
}

// offered says whether the page has a form or a link to where an exchange goes, or leads
// there by itself.
func (t *teller) offered(x *exchange) bool {
	if x.kind != document {
		return x.method == http.MethodPost && strings.Contains(t.page.page.Body, x.url.Host) && slices.ContainsFunc(x.names(), speaksOfPeople)
	}
	for _, form := range t.page.page.Forms() {
		if form.Action != nil && form.Action.Host == x.url.Host && form.Action.Path == x.url.Path && form.Method == x.method {
			return true
		}
	}
	return x.asks(t.page.next()) || x.method == http.MethodPost && filledIn(t.page, x) || t.named(x.url)
}

// named says whether the portal's URL has the beginning of another in its query: where the
// page's script leads to.
func (t *teller) named(u *url.URL) bool {
	bare := *u
	bare.RawQuery = ""
	for _, values := range t.hops[len(t.hops)-1].url.Query() {
		if len(t.acts) == 0 && slices.Contains(values, bare.String()) && u.Host != t.hops[0].url.Host {
			return true
		}
	}
	return false
}

// filledIn says whether all that was sent are controls of the page: its script sent the
// form elsewhere than the page says.
func filledIn(page, x *exchange) bool {
	names := map[string]bool{}
	for _, form := range page.page.Forms() {
		for _, c := range form.Controls() {
			names[c.Name] = true
		}
	}
	return len(x.fields) > 0 && !slices.ContainsFunc(x.fields, func(f field) bool { return !names[f.name] })
}

// withoutRepetition leaves out what was done again later: an attempt that was refused with
// all that followed it, and all but the last look of a script that waits for something.
func withoutRepetition(acts []*act) []*act {
	for later := 1; later < len(acts); later++ {
		for before := range later {
			first, second := acts[before].sent, acts[later].sent
			looks := second.kind == call && slices.Equal(first.fields, second.fields)
			if !first.alike(second) || looks && before+1 != later || second.kind == document && len(second.fields) == 0 {
				continue
			}
			if !looks {
				acts[later].refused = acts[before].answer()
			}
			return withoutRepetition(slices.Delete(acts, before, later))
		}
	}
	return acts
}
