package flow

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"hotspot-helper/portal"
)

// query looks values up on a page and tests them. It holds where one value passes the test.
type query struct {
	source source
	test   test
}

// source finds values on a page.
type source interface {
	values(v *view) []string
	String() string
}

// test is what a value must be. The zero test passes each.
type test struct {
	kind    testKind
	text    string // as the file has it
	pattern *regexp.Regexp
}

type testKind uint8

const (
	testPresent testKind = iota
	testText             // contains, whatever capitals and white space
	testEquals
	testMatches
	testAbsent // there is no value
)

func (t test) passes(value string) bool {
	switch t.kind {
	case testText:
		return strings.Contains(fold(value), fold(t.text))
	case testEquals:
		return value == t.text
	case testMatches:
		return t.pattern.MatchString(value)
	default:
		return true
	}
}

// fold makes capitals small and each run of white space one space.
func fold(s string) string { return strings.ToLower(squeeze(s)) }

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// first returns the first value that passes the test.
func (q query) first(v *view) (string, bool) {
	for _, value := range q.source.values(v) {
		if q.test.passes(value) {
			return value, true
		}
	}
	return "", false
}

// tells says whether what the query finds is meant for people, and not known beforehand.
func (q query) tells() bool {
	if q.test.kind == testEquals {
		return false
	}
	switch source := q.source.(type) {
	case cssSource:
		return source.attr == ""
	case urlSource:
		return source.param != ""
	case jsonSource, wisprSource, xmlSource:
		return true
	default:
		return false
	}
}

// lacks returns the input whose absence makes the query hold.
func (q query) lacks() (name string, ok bool) {
	source, ok := q.source.(inputSource)
	return source.name, ok && q.test.kind == testAbsent
}

func (q query) holds(v *view) bool {
	_, found := q.first(v)
	return found != (q.test.kind == testAbsent)
}

// String says what the query wants.
func (q query) String() string {
	if q.test.kind == testAbsent {
		return "no " + q.source.String()
	}
	return q.source.String() + q.test.String()
}

// unmet returns the first query that does not hold. The error is an input that could not
// be looked up: nobody knows then whether it is there.
func unmet(queries []query, v *view) (missing query, not bool, err error) {
	for _, q := range queries {
		holds := q.holds(v)
		if v.failed != nil {
			return query{}, false, v.failed
		}
		if !holds {
			return q, true, nil
		}
	}
	return query{}, false, nil
}

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
