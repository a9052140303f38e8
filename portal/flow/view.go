package flow

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"hotspot-helper/portal"
	"hotspot-helper/portal/wispr"
)

// view is a page as queries see it: what is costly is read once.
type view struct {
	page   *portal.Page
	way    []*portal.Page // what led to the page, the last first
	cookie func(name string) (string, bool)
	given  func(input string) (bool, error)
	failed error // of given
	redact func(text string) string
	tokens func() []token // of the inline scripts
	bodies map[string]*body
}

// view returns the page as it is now. What redirected to it comes first on its way, and
// behind that what led the probe to the portal.
func (r *run) view() *view {
	page := r.session.Page()
	way := slices.Concat(r.env.Hops, page.Via)
	slices.Reverse(way)
	return &view{
		page:   page,
		way:    way,
		cookie: r.session.Cookie,
		given:  r.isGiven,
		redact: r.session.Redact,
		tokens: sync.OnceValue(func() []token { return scriptTokens(page) }),
		bodies: map[string]*body{},
	}
}

// body returns the page's body behind the decoders.
func (v *view) body(decode []string) *body {
	key := strings.Join(decode, ",")
	if v.bodies[key] == nil {
		v.bodies[key] = newBody(v, decode)
	}
	return v.bodies[key]
}

// onTheWay returns the message in the last redirect to the page that has one: gateways
// put it there, where only programs look.
func (v *view) onTheWay(decode []string) wispr.Message {
	for _, hop := range v.way {
		if message, ok := wispr.Find([]byte(decoded(hop.Body, decode))); ok {
			return message
		}
	}
	return wispr.Message{}
}

// root is the page's document.
func (v *view) root() *html.Node { return rootOf(v.page) }

func rootOf(page *portal.Page) *html.Node {
	return page.Document().Nodes[0]
}

// instead says what the page has in place of what the query wants. It is
// hostile text: quoted, cut, and without secrets.
func (v *view) instead(q query) string {
	if _, ok := q.lacks(); ok {
		return "the user gave it"
	}
	found := "found nothing"
	if values := q.source.values(v); len(values) > 0 {
		found = "found " + v.quote(values[0])
	}
	return found + " " + v.where()
}

// where names the page for a message.
func (v *view) where() string {
	title := "without a title"
	if text := titleOf(v.root()); text != "" {
		title = v.quote(text)
	}
	cut := ""
	if v.page.Truncated {
		cut = ", cut off"
	}
	return fmt.Sprintf("on the page %s (status %d%s)", title, v.page.Status, cut)
}

// quote makes hostile text fit for a message.
func (v *view) quote(text string) string {
	text = squeeze(v.redact(text))
	if len(text) > maxQuote {
		text = strings.ToValidUTF8(text[:maxQuote], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}
