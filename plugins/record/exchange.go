package record

import (
	"net/http"
	"net/url"

	"hotspot-helper/portal"
)

// kind is what a browser wants an answer for.
type kind int

const (
	asset    kind = iota // the look of a page: of no use to a login
	document             // a page, in a window or a frame
	call                 // by a script
)

// exchange is one request and its answer.
type exchange struct {
	method   string
	url      *url.URL // without fragment
	kind     kind
	fields   []field // of the body or, for GET, of the query
	json     any     // that was sent; nil: none
	text     string  // that was sent and is no form
	page     *portal.Page
	location *url.URL // of a redirect; nil: it is none
	missing  bool     // there was a body, and the browser did not write it down
}

// field is a name and a value that were sent.
type field struct{ name, value string }

// setLocation reads where a redirect leads, from the header or what the browser says.
func (x *exchange) setLocation(told string) {
	if x.page.Status < 300 || x.page.Status > 399 {
		return
	}
	if given := x.page.Header.Get("Location"); given != "" {
		told = given
	}
	if told == "" {
		return
	}
	to, err := x.url.Parse(told)
	if err != nil {
		return
	}
	to.Fragment, to.RawFragment = "", ""
	x.location = to
}

// next returns where the answer leads by itself; nil: nowhere.
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

// asks says whether the exchange asks for a URL, and sends nothing.
func (x *exchange) asks(u *url.URL) bool {
	return x.method == http.MethodGet && u != nil && x.url.String() == u.String()
}

// alike says whether two exchanges send the same fields to the same place.
func (x *exchange) alike(y *exchange) bool {
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

// names lists what was sent by name, in a form or in JSON.
func (x *exchange) names() []string {
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
