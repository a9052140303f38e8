package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxRefreshes bounds how many refreshes of one page are kept.
const maxRefreshes = 100

// Navigation is where a page goes without a click.
type Navigation struct {
	// Script is where an inline script or the body's onload goes at once; nil: nowhere.
	Script *url.URL
	// Timer is where a script goes after a while, the earliest; nil: nowhere.
	Timer *Refresh
	// Cookies are what inline scripts assign to document.cookie, as Set-Cookie has it.
	Cookies []string
	// Frame is the source of the only frame of a page that has nothing else to show; nil: none.
	Frame *url.URL
	// Refreshes are the Refresh header and the refreshes of meta elements, the first that is
	// due first. Of those due at the same time the header comes first, then document order.
	// HTML (section 4.2.5.3) honours the first only; browsers the first that is due.
	Refreshes []Refresh
	// HasForm reports whether the page has a form or an input.
	HasForm bool
}

// Refresh is one declarative refresh.
type Refresh struct {
	URL      *url.URL      // nil: the page itself
	After    time.Duration // whole seconds, at most a day
	Noscript bool          // for browsers without scripts only
}

// ReadNavigation reads a page at the given URL. It looks at tags only and builds no tree.
// It ignores text and comments.
func ReadNavigation(at *url.URL, header http.Header, body string) Navigation {
	return readNavigation(at, header, body, func() bool { return true })
}

// ReadRefreshes returns the refreshes of a page: see [Navigation]. It reads no script.
func ReadRefreshes(at *url.URL, header http.Header, body string) []Refresh {
	return readNavigation(at, header, body, func() bool { return false }).Refreshes
}

// readNavigation asks before each script whether to read it.
func readNavigation(at *url.URL, header http.Header, body string, mayRead func() bool) Navigation {
	r := navigationReader{at: at, base: at, mayRead: mayRead}
	r.addRefresh(header.Get("Refresh"))
	r.read(body)
	if source := r.frames.only(); source != "" && !r.HasForm {
		if u, err := ResolveReference(r.base, source); err == nil && isWeb(u) {
			r.Frame = u
		}
	}
	slices.SortStableFunc(r.Refreshes, func(a, b Refresh) int { return cmp.Compare(a.After, b.After) })
	return r.Navigation
}

type navigationReader struct {
	Navigation

	mayRead  func() bool // the next script
	at, base *url.URL
	hasBase  bool // a base element has a href
	noscript bool // inside a noscript element, which cannot hold another one
	frames   frameReader
}

func (r *navigationReader) read(document string) {
	tokenizer := html.NewTokenizer(strings.NewReader(document))
	inside := atom.Atom(0) // the element whose content the tokenizer returns as one text
	for kind := tokenizer.Next(); kind != html.ErrorToken; kind = tokenizer.Next() {
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokenizer.Token()
			inside = token.DataAtom
			if inside == atom.Script && !isJavaScript(attribute(token, "type")) {
				inside = 0
			}
			r.element(token)
		case html.EndTagToken:
			inside = 0
		case html.TextToken:
			text := tokenizer.Token().Data
			if inside == atom.Script || inside == atom.Noscript {
				r.text(inside, text)
			} else if !r.noscript {
				r.frames.text(inside, text)
			}
		}
	}
}

func (r *navigationReader) element(token html.Token) {
	if !r.noscript {
		r.frames.element(token)
	}
	switch token.DataAtom {
	case atom.Base:
		r.setBase(token)
	case atom.Meta:
		if strings.EqualFold(attribute(token, "http-equiv"), "refresh") {
			r.addRefresh(attribute(token, "content"))
		}
	case atom.Body:
		r.run(attribute(token, "onload"))
	case atom.Form, atom.Input:
		r.HasForm = true
	}
}

// setBase takes the first base element that has a href (WHATWG HTML, section 4.2.3).
func (r *navigationReader) setBase(token html.Token) {
	href, found := findAttribute(token, "href")
	if !found || r.hasBase {
		return
	}
	r.hasBase = true
	if base, err := ResolveReference(r.at, href); err == nil && isWeb(base) {
		r.base = base
	}
}

func (r *navigationReader) addRefresh(value string) {
	target, after, ok := ParseRefresh(value)
	if !ok || len(r.Refreshes) == maxRefreshes {
		return
	}
	refresh := Refresh{After: after, Noscript: r.noscript}
	if target != "" {
		u, err := ResolveReference(r.base, target)
		if err != nil {
			return
		}
		refresh.URL = u
	}
	r.Refreshes = append(r.Refreshes, refresh)
}

func (r *navigationReader) text(inside atom.Atom, text string) {
	switch {
	case inside == atom.Script && !r.noscript:
		r.run(text)
	case inside == atom.Noscript && !r.noscript:
		r.noscript = true
		r.read(text)
		r.noscript = false
	}
}

// run records what a script does. A script that goes to another scheme opens a program, and
// the page stays.
func (r *navigationReader) run(script string) {
	if !r.mayRead() {
		return
	}
	effects := ReadScript(script)
	if room := maxScriptCookies - len(r.Cookies); room > 0 {
		r.Cookies = append(r.Cookies, effects.Cookies[:min(room, len(effects.Cookies))]...)
	}
	if u := r.target(effects.Redirect); u != nil {
		r.Script = u
	}
	if u := r.target(effects.Later); u != nil && (r.Timer == nil || effects.After < r.Timer.After) {
		r.Timer = &Refresh{URL: u, After: effects.After}
	}
}

// target returns where a script goes, nil for no web page.
func (r *navigationReader) target(ref string) *url.URL {
	if ref == "" {
		return nil
	}
	u, err := ResolveReference(r.base, ref)
	if err != nil || !isWeb(u) {
		return nil
	}
	return u
}

// isJavaScript reports whether a browser runs an inline script of that type (WHATWG HTML, section 4.12.1).
func isJavaScript(kind string) bool {
	kind = strings.ToLower(kind)
	return kind == "" || kind == "module" || strings.Contains(kind, "javascript") || strings.Contains(kind, "ecmascript")
}

func attribute(token html.Token, name string) string {
	value, _ := findAttribute(token, name)
	return value
}

func findAttribute(token html.Token, name string) (string, bool) {
	for _, a := range token.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val), true
		}
	}
	return "", false
}
