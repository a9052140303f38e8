package portal

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
)

// Page is a response of a portal, also a redirect that was not followed. It is parsed on
// first use, so only one goroutine at a time may use it.
type Page struct {
	URL       *url.URL    // after all redirects, with the fragment
	Status    int         // HTTP status code
	Header    http.Header // of the response
	Body      string      // in UTF-8; at most MaxBody bytes
	Truncated bool        // the body was cut, by the limit, the server or a timeout
	Via       []*Page     // the redirects that led here, first to last; their bodies may have WISPr messages
	Refused   error       // why a redirect was not followed: a [*HostError], a [*SecretError] or an invalid URL; else nil

	// MayParse is asked each time before the body is parsed: if it says no, the document is empty, as that of a page that is
	// too complex. It bounds what the trees of many pages take: see [Page.Forget]. Nil: always.
	MayParse func() bool

	charset string // name of the body's original charset, "" for UTF-8
	baseURL *url.URL
	doc     *goquery.Document
	docErr  error // why doc is empty
	tree    *formTree
}

// String returns status and redacted URL, for logs and errors. The body may echo a secret.
func (p *Page) String() string { return fmt.Sprintf("%d %s", p.Status, web.RedactURL(p.URL)) }

// LogValue logs [Page.String].
func (p *Page) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Busy reports whether the portal says that it is busy, and when to ask again: see [web.RetryAfter].
func (p *Page) Busy() (after time.Duration, isBusy bool) { return web.RetryAfter(p.Status, p.Header) }

// BusyText says which server is busy, and when it wants to be asked again; empty: it is not.
func (p *Page) BusyText() string {
	after, isBusy := p.Busy()
	if !isBusy {
		return ""
	}
	return web.DescribeBusy(p.URL.Host, p.Status, after)
}

// Document returns the body parsed as HTML, regardless of its type. The content of noscript is
// parsed, because no script is run. The document of a page that is too complex is empty:
// see [Page.TooComplex].
func (p *Page) Document() *goquery.Document {
	if p.doc == nil {
		root, err := p.parse()
		p.doc, p.docErr = goquery.NewDocumentFromNode(root), err
	}
	return p.doc
}

func (p *Page) parse() (*html.Node, error) {
	if p.MayParse != nil && !p.MayParse() {
		return &html.Node{Type: html.DocumentNode}, web.ErrTooComplex
	}
	return web.ParseHTML(p.Body)
}

// Forget drops the tree of the page, which is parsed again on next use. Forms and elements that were found before keep the
// old one, and are no part of the new one.
func (p *Page) Forget() { p.doc, p.docErr, p.tree, p.baseURL = nil, nil, nil, nil }

// TooComplex reports whether the body was not parsed because of [web.ErrTooComplex].
func (p *Page) TooComplex() bool {
	p.Document()
	return p.docErr != nil
}

// Text returns the text of the page without scripts, white space collapsed, clipped to limit bytes.
func (p *Page) Text(limit int) string { return collapsedText(p.Document().Nodes[0], limit) }

// Scripts returns the texts of the inline scripts in tree order.
func (p *Page) Scripts() []string {
	scripts := p.Document().FindMatcher(web.Tags(atom.Script))
	return scripts.Map(func(_ int, script *goquery.Selection) string { return rawText(script.Nodes[0]) })
}

// maxForms bounds the forms of a page, since resolving the address of each takes long.
const maxForms = 1000

// Forms returns the forms in tree order, except in template elements, at most 1000.
func (p *Page) Forms() []*Form {
	nodes := p.formTree().forms
	nodes = nodes[:min(len(nodes), maxForms)]
	forms := make([]*Form, 0, len(nodes))
	for _, node := range nodes {
		forms = append(forms, newForm(p, node))
	}
	return forms
}

// Form returns the one form that sel matches, or whose controls it matches: in a table, the
// parser puts the controls of a form beside it. It is an error if it matches none or more, if
// the page is too complex, or if the search ends before that is known.
func (p *Page) Form(search *web.Search, sel *web.Selector) (*Form, error) {
	if p.TooComplex() {
		return nil, fmt.Errorf("find form: %w", p.docErr)
	}
	forms := p.formTree().forms
	found := search.Matcher(sel).Filter(forms)
	if err := search.Err(); err != nil {
		return nil, fmt.Errorf("find form: %w", err)
	}
	if len(found) == 0 {
		found = p.formTree().owners(search, sel)
		if err := search.Err(); err != nil {
			return nil, fmt.Errorf("find form: %w", err)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("find form: selector matches %d of the %d forms on the page", len(found), len(forms))
	}
	return newForm(p, found[0]), nil
}

// Resolve returns ref as an absolute http or https URL, relative to the page's base URL
// (the first base element's href, or else the page's URL). Any other scheme is an error.
func (p *Page) Resolve(ref string) (*url.URL, error) { return resolveURL(p.base(), ref) }

// base is the document base URL (WHATWG HTML, section 2.4.3). It is looked for once, for
// a page may have as many references as bytes.
func (p *Page) base() *url.URL {
	if p.baseURL != nil {
		return p.baseURL
	}
	p.baseURL = p.URL
	for _, node := range p.Document().FindMatcher(web.Tags(atom.Base)).Nodes {
		href, ok := web.Attribute(node, "href")
		if !ok {
			continue
		}
		if base, err := resolveURL(p.URL, href); err == nil {
			p.baseURL = base
		}
		break
	}
	return p.baseURL
}

func (p *Page) formTree() *formTree {
	if p.tree == nil {
		p.tree = newFormTree(p.Document().Nodes[0], p.Body)
	}
	return p.tree
}

// location returns the page's URL, nil for no page.
func (p *Page) location() *url.URL {
	if p == nil {
		return nil
	}
	return p.URL
}
