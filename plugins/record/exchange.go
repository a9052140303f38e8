package record

import (
	"net/http"
	"net/url"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
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
	to, _, ok := x.page.Refresh()
	if !ok || to.String() == x.url.String() {
		return nil
	}
	to.Fragment, to.RawFragment = "", ""
	return to
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
