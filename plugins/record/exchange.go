package record

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

// kind is the purpose of a request.
type kind int

const (
	asset    kind = iota // images, styles and the like, which a login does not need
	document             // a page, in a window or a frame
	call                 // of a script
)

// exchange is a request and its response.
type exchange struct {
	method      string
	url         *url.URL // without fragment
	kind        kind
	fields      []field // of the body or, for GET, of the query
	json        any     // of the body; nil: none
	text        string  // the body if it is not a form
	page        *portal.Page
	location    *url.URL // of a redirect; may be nil
	bodyMissing bool     // the browser did not record the body
	isUpload    bool     // it sent a file
	scripts     []string // files that were loaded after it

	refresh func() *url.URL // where the page refreshes to, read once; nil: not read yet
	onward  func() *url.URL // where a probe goes on, in the same way
	size    int             // of the tree of the page, as [trees] counts; 0: not known
	hashes  []uint64        // of the values of the page, sorted: see mayHold; nil: not read yet
	derived derived
}

// field is a name and a value of a request.
type field struct{ name, value string }

// setLocation sets the target of a redirect: the Location header, else recorded, which is
// the browser's.
func (x *exchange) setLocation(recorded string) {
	if x.page.Status < 300 || x.page.Status > 399 {
		return
	}
	if header := x.page.Header.Get("Location"); header != "" {
		recorded = header
	}
	if recorded == "" {
		return
	}
	to, err := web.ResolveReference(x.url, recorded)
	if err != nil {
		return
	}
	to.Fragment, to.RawFragment = "", ""
	x.location = to
}

// next returns where the response redirects or refreshes to, nil if it does neither.
func (x *exchange) next() *url.URL {
	if x.location != nil {
		return x.location
	}
	if x.kind != document || x.page.Status != http.StatusOK && x.page.Status != http.StatusNetworkAuthenticationRequired {
		return nil
	}
	if x.refresh == nil {
		x.refresh = sync.OnceValue(x.refreshTarget)
	}
	return x.refresh()
}

// refreshTarget returns where the page refreshes to, without fragment, nil if it does not or if that
// is the page itself.
func (x *exchange) refreshTarget() *url.URL {
	to, _, ok := x.page.Refresh()
	if !ok || to.String() == x.url.String() {
		return nil
	}
	to.Fragment, to.RawFragment = "", ""
	return to
}

// hop returns the exchange as a probe has it.
func (x *exchange) hop() probe.Hop {
	return probe.Hop{URL: x.url.String(), Status: x.page.Status, Header: x.page.Header.Clone(), Body: x.page.Body}
}

// probed returns where a probe goes on from a page, nil if it stays: it follows some scripts and
// frames, too.
func (x *exchange) probed() *url.URL {
	if x.onward == nil {
		x.onward = sync.OnceValue(func() *url.URL {
			to, err := x.hop().Next()
			if err != nil || to == nil {
				return nil
			}
			to.Fragment, to.RawFragment = "", ""
			return to
		})
	}
	return x.onward()
}

// pageForm is a form of a page with its controls.
type pageForm struct {
	*portal.Form

	controls []portal.Control
}

// has reports whether the form has a control of the name.
func (f *pageForm) has(name string) bool {
	return slices.ContainsFunc(f.controls, func(c portal.Control) bool { return c.Name == name })
}

// pageForms returns the forms of the page. Their controls are read once for each tree.
func (x *exchange) pageForms() []*pageForm {
	if x.derived.forms == nil {
		x.derived.forms = sync.OnceValue(func() []*pageForm {
			var list []*pageForm
			for _, form := range x.page.Forms() {
				list = append(list, &pageForm{form, form.Controls()})
			}
			return list
		})
	}
	return x.derived.forms()
}

// isGetOf reports whether the request is a GET of the URL.
func (x *exchange) isGetOf(u *url.URL) bool {
	return x.method == http.MethodGet && u != nil && x.url.String() == u.String()
}

// isSimilar reports whether two requests send the same fields to the same path.
func (x *exchange) isSimilar(y *exchange) bool {
	if x.method != y.method || x.kind != y.kind || x.url.Host != y.url.Host || x.url.Path != y.url.Path || len(x.fields) != len(y.fields) {
		return false
	}
	for i := range x.fields {
		if x.fields[i].name != y.fields[i].name {
			return false
		}
	}
	return true
}

// sends reports whether the request has a value: in a field, in JSON, or in the URL.
func (x *exchange) sends(value string) bool {
	if slices.ContainsFunc(x.fields, func(f field) bool { return f.value == value || f.name == value }) {
		return true
	}
	if x.json != nil {
		scalars := map[string]bool{}
		addScalars(scalars, x.json)
		return scalars[value] || slices.Contains(keysOf(x.json), value)
	}
	isPart := func(r rune) bool { return strings.ContainsRune("/?&=;", r) }
	return slices.ContainsFunc(strings.FieldsFunc(x.url.RequestURI(), isPart), func(part string) bool { return unescape(part) == value })
}

// fieldNames returns the names of the fields in the form or JSON of a request.
func (x *exchange) fieldNames() []string {
	names := keysOf(x.json)
	for _, f := range x.fields {
		names = append(names, f.name)
	}
	return names
}

func keysOf(value any) []string {
	var names []string
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			names = append(append(names, key), keysOf(below)...)
		}
	case []any:
		for _, below := range value {
			names = append(names, keysOf(below)...)
		}
	}
	return names
}
