package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
	"hotspot-helper/portal/wispr"
)

// view is a page as queries see it. It caches what is costly to read.
type view struct {
	ctx    context.Context // of the flow: it ends searches
	work   *web.Search     // the budget of the step
	page   *portal.Page
	hops   []*portal.Page // responses that led to the page, the last first
	cookie func(name string) (string, bool)
	given  func(input string) (bool, error)
	render func(*template) (string, error)
	kept   map[string]string // values of the session
	err    error             // why a query has no answer: the first such error
	redact func(text string) string
	tokens func() []web.Token // of the inline scripts
	bodies map[string]*body
	nodes  int // at most, of the JSON bodies so far
}

// view returns a view of the current page. The hops are its redirects and then those that
// led the probe to the portal.
func (r *run) view(ctx context.Context) *view {
	page := r.session.Page()
	hops := slices.Concat(r.env.Hops, page.Via)
	slices.Reverse(hops)
	v := &view{
		ctx:    ctx,
		work:   r.work,
		page:   page,
		hops:   hops,
		cookie: r.session.Cookie,
		given:  r.isGiven,
		render: r.plain,
		kept:   r.env.Session,
		redact: r.session.Redact,
		bodies: map[string]*body{},
	}
	v.tokens = sync.OnceValue(func() []web.Token {
		if !v.work.Spend(readPerByte * len(page.Body)) {
			return nil
		}
		return scriptTokens(page)
	})
	return v
}

// fail records why a source has no answer. Without one a query neither holds nor fails, so
// the step fails.
func (v *view) fail(s source, err error) {
	if v.err == nil {
		v.err = fmt.Errorf("find %s: %w", s, err)
	}
}

// body returns the decoded body of the page.
func (v *view) body(decode []string) *body {
	key := strings.Join(decode, ",")
	if v.bodies[key] == nil {
		v.bodies[key] = newBody(v, decode)
	}
	return v.bodies[key]
}

// wisprOfHops returns the message in the last redirect to the page that has one: gateways
// put it there, where only programs look.
func (v *view) wisprOfHops(decode []string) wispr.Message {
	for _, hop := range v.hops {
		if !v.work.Spend(readPerByte * len(hop.Body)) {
			break
		}
		if message, ok := wispr.Find(v.decoded(hop.Body, decode)); ok {
			return message
		}
	}
	return wispr.Message{}
}

// decoded applies decoders in order. It returns "" if one fails.
func (v *view) decoded(text string, names []string) string {
	for _, name := range names {
		if !v.work.Spend(readPerByte * len(text)) {
			return ""
		}
		plain, ok := decoders()[name](text)
		if !ok {
			return ""
		}
		text = plain
	}
	return text
}

// found describes what the query found. It quotes, cuts and redacts hostile text.
func (v *view) found(q query) string {
	if _, ok := q.absentInput(); ok {
		return "the user gave it"
	}
	found := "found nothing"
	if values := q.source.values(v, 1); len(values) > 0 {
		found = "found " + v.quote(values[0])
	}
	return found + " " + v.where()
}

// where describes the page for a message.
func (v *view) where() string {
	title := "without a title"
	if text := v.title(); text != "" {
		title = v.quote(text)
	}
	defect := ""
	if v.page.Truncated {
		defect = ", cut off"
	}
	if v.page.TooComplex() {
		defect += ", too complex to read"
	}
	return fmt.Sprintf("on the page %s (status %d%s)", title, v.page.Status, defect)
}

// quote redacts, shortens and quotes hostile text for a message.
func (v *view) quote(text string) string {
	text = squeeze(v.redact(text))
	if len(text) > maxQuote {
		text = strings.ToValidUTF8(text[:maxQuote], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}
