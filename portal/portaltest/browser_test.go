package portaltest

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// browser does the least that a person's browser does to log in on the pages of this
// package. It is independent of package portal, whose tests use these pages.
type browser struct {
	t      *testing.T
	client *http.Client
}

func newBrowser(t *testing.T, transport http.RoundTripper) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, client: &http.Client{Transport: transport, Jar: jar}}
}

// view is a page as the browser shows it.
type view struct {
	url    *url.URL
	status int
	body   string // in UTF-8
	doc    *html.Node
}

// do sends a request and follows redirects and meta refreshes.
func (b *browser) do(method, address string, form url.Values) view {
	b.t.Helper()
	for range 10 {
		s := b.once(method, address, form)
		next := s.refresh()
		if next == "" {
			return s
		}
		method, address, form = http.MethodGet, s.resolve(next), nil
	}
	b.t.Fatalf("%s %s: too many meta refreshes", method, address)
	return view{}
}

func (b *browser) get(address string) view {
	b.t.Helper()
	return b.do(http.MethodGet, address, nil)
}

func (b *browser) once(method, address string, form url.Values) view {
	b.t.Helper()
	var body io.Reader
	switch {
	case method == http.MethodPost:
		body = strings.NewReader(form.Encode())
	case form != nil:
		address, _, _ = strings.Cut(address, "?")
		address += "?" + form.Encode()
	}
	req, err := http.NewRequestWithContext(context.Background(), method, address, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	text := string(raw)
	if strings.Contains(resp.Header.Get("Content-Type")+text, "iso-8859-1") {
		text = utf8Of(raw)
	}
	doc, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		b.t.Fatal(err)
	}
	return view{url: resp.Request.URL, status: resp.StatusCode, body: text, doc: doc}
}

// utf8Of decodes ISO 8859-1.
func utf8Of(raw []byte) string {
	var runes []rune
	for _, b := range raw {
		runes = append(runes, rune(b))
	}
	return string(runes)
}

// nodes returns the elements of a kind, in document order.
func (s view) nodes(kinds ...atom.Atom) []*html.Node {
	var list []*html.Node
	for n := range s.doc.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(kinds, n.DataAtom) {
			list = append(list, n)
		}
	}
	return list
}

// attr returns an attribute, and whether it is there.
func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func (s view) refresh() string {
	for _, n := range s.nodes(atom.Meta) {
		if kind, _ := attr(n, "http-equiv"); kind == "refresh" {
			content, _ := attr(n, "content")
			_, target, _ := strings.Cut(content, "url=")
			return target
		}
	}
	return ""
}

// resolve makes a reference of the page absolute.
func (s view) resolve(reference string) string {
	base := s.url
	for _, n := range s.nodes(atom.Base) {
		href, _ := attr(n, "href")
		base, _ = base.Parse(href)
	}
	target, err := base.Parse(reference)
	if err != nil {
		return ""
	}
	return target.String()
}

// form is a filled-in form.
type form struct {
	method, action string
	values         url.Values
}

// form fills in the form with an id, pressing its first button. All controls after
// the start tag and outside other forms belong to it. That holds for the pages here, and
// for a form in a table, which the parser closes early.
func (s view) form(t *testing.T, id string) form {
	t.Helper()
	f := form{values: url.Values{}}
	found, pressed := false, false
	for _, n := range s.nodes(atom.Form, atom.Input, atom.Button) {
		switch n.DataAtom {
		case atom.Form:
			own, _ := attr(n, "id")
			found = own == id
			if found {
				f.method, _ = attr(n, "method")
				f.action, _ = attr(n, "action")
			}
		case atom.Button:
			if found && !pressed {
				pressed = true
				f.press(n)
			}
		default:
			if found {
				f.enter(n)
			}
		}
	}
	if !pressed {
		t.Fatalf("no form %q with a button in\n%s", id, s.body)
	}
	f.method, f.action = strings.ToUpper(f.method), s.resolve(f.action)
	return f
}

// enter adds the initial value of a control.
func (f *form) enter(n *html.Node) {
	name, _ := attr(n, "name")
	value, set := attr(n, "value")
	kind, _ := attr(n, "type")
	_, checked := attr(n, "checked")
	_, disabled := attr(n, "disabled")
	switch {
	case disabled, kind == "checkbox" && !checked:
		return
	case kind == "checkbox" && !set:
		value = "on"
	}
	f.values.Add(name, value)
}

func (f *form) press(n *html.Node) {
	if name, named := attr(n, "name"); named {
		value, _ := attr(n, "value")
		f.values.Add(name, value)
	}
	if action, set := attr(n, "formaction"); set {
		f.action = action
	}
}
