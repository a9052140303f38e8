package probe

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDelay is the longest a refresh may take, in seconds, to count as a hop: a
// longer one reloads a page that people are meant to read.
const maxDelay = 10

// The value of a refresh (HTML, section 4.2.5.3), with what browsers forgive.
var (
	refreshForm = regexp.MustCompile(`(?s)^\s*(\d{1,9})[\d.]*\s*[;,\s]\s*(.+)$`)
	refreshKey  = regexp.MustCompile(`(?i)^url\s*=\s*`)
)

// parseRefresh returns the URL of a refresh that is due within maxDelay, or "".
func parseRefresh(value string) string {
	match := refreshForm.FindStringSubmatch(value)
	if match == nil {
		return ""
	}
	if delay, err := strconv.Atoi(match[1]); err != nil || delay > maxDelay {
		return ""
	}
	target := strings.TrimSpace(refreshKey.ReplaceAllLiteralString(match[2], ""))
	if quote := target[:min(1, len(target))]; quote == `"` || quote == "'" {
		target, _, _ = strings.Cut(target[1:], quote)
	}
	return strings.TrimSpace(target)
}

// exits are the ways by which an HTML document leads on by itself.
type exits struct {
	at, base *url.URL
	script   *url.URL // by an inline script or the body's onload
	refresh  *url.URL // by the first meta refresh
	noscript *url.URL // by one that only a browser without scripts follows
	form     bool     // there is something to fill in
	within   bool     // a noscript element, of which there is none in another
}

// leadsOn returns where an HTML document leads by itself, or nil. A script comes
// first, for it is run before a refresh is due. What is meant for browsers without
// scripts counts only where there is nothing else to do: it may be a mere request to
// turn them on. Text and comments hold no exit.
func leadsOn(body string, at *url.URL) *url.URL {
	e := exits{at: at, base: at}
	e.read(body)
	switch {
	case e.script != nil:
		return e.script
	case e.refresh != nil:
		return e.refresh
	case !e.form:
		return e.noscript
	default:
		return nil
	}
}

func (e *exits) read(document string) {
	tokenizer := html.NewTokenizer(strings.NewReader(document))
	inside := atom.Atom(0) // of an element of which the tokenizer does not look at the content
	for kind := tokenizer.Next(); kind != html.ErrorToken; kind = tokenizer.Next() {
		token := tokenizer.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			inside = token.DataAtom
			if inside == atom.Script && !isJavaScript(attribute(token, "type")) {
				inside = 0
			}
			e.element(token)
		case html.EndTagToken:
			inside = 0
		case html.TextToken:
			e.text(inside, token.Data)
		}
	}
}

func (e *exits) element(token html.Token) {
	switch token.DataAtom {
	case atom.Base:
		if u, err := e.at.Parse(attribute(token, "href")); err == nil && e.base == e.at {
			e.base = u
		}
	case atom.Meta:
		if e.refresh == nil {
			e.refresh = refreshOf(token, e.base)
		}
	case atom.Body:
		e.run(attribute(token, "onload"))
	case atom.Form, atom.Input:
		e.form = true
	}
}

func (e *exits) text(inside atom.Atom, text string) {
	switch inside {
	case atom.Script:
		e.run(text)
	case atom.Noscript:
		if e.within {
			return
		}
		plain := exits{at: e.at, base: e.base, within: true}
		if plain.read(text); e.noscript == nil {
			e.noscript = plain.refresh
		}
		e.form = e.form || plain.form
	}
}

// run notes where a script leads to. A script that goes to another scheme opens a
// program, and the page stays.
func (e *exits) run(script string) {
	target := scriptRedirect(script)
	if target == "" {
		return
	}
	if u, err := e.base.Parse(target); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		e.script = u
	}
}

// isJavaScript says whether a browser runs an inline script of that type (HTML, section 4.12.1).
func isJavaScript(kind string) bool {
	kind = strings.ToLower(kind)
	return kind == "" || kind == "module" || strings.Contains(kind, "javascript") || strings.Contains(kind, "ecmascript")
}

// refreshOf returns the target of a meta element that is a refresh, or nil.
func refreshOf(meta html.Token, base *url.URL) *url.URL {
	if !strings.EqualFold(attribute(meta, "http-equiv"), "refresh") {
		return nil
	}
	target := parseRefresh(attribute(meta, "content"))
	if target == "" {
		return nil
	}
	u, err := base.Parse(target)
	if err != nil {
		return nil
	}
	return u
}

func attribute(token html.Token, name string) string {
	for _, a := range token.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}
