package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
)

// The ways to encode a form.
const (
	enctypeURL       = "application/x-www-form-urlencoded"
	enctypeMultipart = "multipart/form-data"
	enctypePlain     = "text/plain"
	typeJSON         = "application/json" // of a post, never of a form
)

// methodDialog is the method of a form that closes a dialog and sends nothing.
const methodDialog = "DIALOG"

// Form is a form of a page. Attributes of the pressed button override its fields.
type Form struct {
	Action  *url.URL // nil if it is not an http or https URL
	Method  string   // GET, POST or DIALOG
	Enctype string   // one of the three enctypes of HTML

	page *Page
	tree *formTree // that the node is in, also after the page forgot it
	node *html.Node
}

// Field is a named value to send.
type Field struct {
	Name  string
	Value Value
}

// Submission changes a form before it is sent.
type Submission struct {
	// Fields replace the form's entries of the same name, or are appended.
	Fields []Field
	// Drop names entries of the form that are not sent, such as a pre-checked box. Fields
	// of the same name are still sent.
	Drop []string
	// Button is a CSS selector of the submit button to press, "" for the form's default
	// button. A selected button counts as enabled, because scripts enable it when a box is
	// checked.
	Button string
	// Press is the submit button to press, one of [Form.Nodes], in place of Button; nil: as
	// Button says.
	Press *html.Node

	// Extra is what the request has beyond the form.
	Extra Extra
}

// Body is the body of a POST: at most one of Form, JSON and Text is set.
type Body struct {
	// Form is sent as application/x-www-form-urlencoded in UTF-8.
	Form []Field
	// JSON is made of nil, bool, int, int64, uint64, float64, json.Number, string,
	// [Value], []any, []map[string]any and map[string]any.
	JSON any
	// Text is sent verbatim, as text/plain.
	Text string
	// Extra is what the request has beyond its URL and its body.
	Extra Extra
}

func newForm(page *Page, node *html.Node) *Form {
	form := &Form{page: page, tree: page.formTree(), node: node}
	form.Method = form.method(nil)
	form.Enctype = form.enctype(nil)
	if action, err := form.action(nil); err == nil {
		form.Action = action
	}
	return form
}

// action returns the URL to send to when submitter, which may be nil, is pressed.
func (f *Form) action(submitter *html.Node) (*url.URL, error) {
	action := f.setting(submitter, "action")
	if action == "" && f.page.URL != nil {
		return resolveURL(f.page.URL, "") // not the base URL
	}
	return f.page.Resolve(action)
}

// Target returns the method and the URL of the request that a button makes, named as in
// [Submission.Button]: a button may have its own.
func (f *Form) Target(button string) (method string, action *url.URL, err error) {
	submitter, err := f.submitter(context.Background(), button)
	if err != nil {
		return "", nil, err
	}
	action, err = f.action(submitter)
	return f.method(submitter), action, err
}

func (f *Form) method(submitter *html.Node) string {
	switch method := strings.ToUpper(f.setting(submitter, "method")); method {
	case http.MethodPost, methodDialog:
		return method
	}
	return http.MethodGet
}

func (f *Form) enctype(submitter *html.Node) string {
	switch enctype := strings.ToLower(f.setting(submitter, "enctype")); enctype {
	case enctypeMultipart, enctypePlain:
		return enctype
	}
	return enctypeURL
}

// setting returns an attribute of the form, or its override on the submitter.
func (f *Form) setting(submitter *html.Node, name string) string {
	if submitter != nil {
		if value, ok := web.Attribute(submitter, "form"+name); ok {
			return value
		}
	}
	value, _ := web.Attribute(f.node, name)
	return value
}

// controls returns the form's controls in tree order.
func (f *Form) controls() []control { return f.tree.controls[f.node] }

// pressed returns the button that a submission presses, nil for none.
func (f *Form) pressed(ctx context.Context, sub Submission) (*html.Node, error) {
	if sub.Press == nil {
		return f.submitter(ctx, sub.Button)
	}
	for _, c := range f.controls() {
		if c.node == sub.Press && isSubmit(c.node) {
			return c.node, nil
		}
	}
	return nil, errors.New("find button: it is not a submit button of the form")
}

// submitter returns the button to press: the one that selector matches or, for "", the
// first submit button that is not disabled; nil if the form has none.
func (f *Form) submitter(ctx context.Context, selector string) (*html.Node, error) {
	if selector == "" {
		for _, c := range f.controls() {
			if isSubmit(c.node) && !c.disabled {
				return c.node, nil
			}
		}
		return nil, nil
	}
	parsed, err := web.ParseSelector(selector)
	if err != nil {
		return nil, fmt.Errorf("parse button selector: %w", err)
	}
	var buttons []*html.Node
	for _, c := range f.controls() {
		if isSubmit(c.node) {
			buttons = append(buttons, c.node)
		}
	}
	search := web.NewSearch(ctx, MaxWork)
	found := search.Matcher(parsed).Filter(buttons)
	if err := search.Err(); err != nil {
		return nil, fmt.Errorf("find button: %w", err)
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("find button: selector matches %d submit buttons of the form", len(found))
	}
	return found[0], nil
}

func isSubmit(n *html.Node) bool {
	switch kind := controlType(n); n.DataAtom {
	case atom.Input:
		return kind == "submit" || kind == "image"
	case atom.Button:
		return kind == "submit"
	}
	return false
}

// message returns the request that submits the form with sub (WHATWG HTML, section
// 4.10.21.3, form submission algorithm; constraints are not validated).
func (f *Form) message(ctx context.Context, sub Submission) (message, error) {
	if f == nil || f.page == nil {
		return message{}, errors.New("form belongs to no page")
	}
	button, err := f.pressed(ctx, sub)
	if err != nil {
		return message{}, err
	}
	m := message{method: f.method(button), form: f, shape: f.shape()}
	if m.method == methodDialog {
		return message{}, errors.New("method dialog sends nothing")
	}
	if m.url, err = f.action(button); err != nil {
		return message{}, err
	}
	charset := f.charset()
	entries := mergeFields(dropEntries(f.entries(button, charset), sub), sub.Fields)
	if m.method == http.MethodPost {
		return m, m.setEntries(entries, f.enctype(button), charset)
	}
	m.url.RawQuery = string(encodeURL(entries, charset))
	if n := len(m.url.String()); n > MaxURL {
		return message{}, fmt.Errorf("URL has %d bytes, at most %d", n, MaxURL)
	}
	m.addEntries(entries)
	return m, nil
}

// Kept returns the values of the fields that [Session.Submit] would send as the page has them, nil if
// there is no such button.
func (f *Form) Kept(ctx context.Context, sub Submission) []string {
	if f == nil || f.page == nil {
		return nil
	}
	button, err := f.pressed(ctx, sub)
	if err != nil {
		return nil
	}
	var values []string
	for _, entry := range dropEntries(f.entries(button, f.charset()), sub) {
		if !slices.ContainsFunc(sub.Fields, func(field Field) bool { return field.Name == entry.Name }) {
			values = append(values, entry.Value.Reveal())
		}
	}
	return values
}

// dropEntries removes the entries that the submission drops and does not set.
func dropEntries(entries []Entry, sub Submission) []Entry {
	return slices.DeleteFunc(entries, func(entry Entry) bool {
		return slices.Contains(sub.Drop, entry.Name) &&
			!slices.ContainsFunc(sub.Fields, func(field Field) bool { return field.Name == entry.Name })
	})
}

// mergeFields replaces entries by the fields of the same name and appends the others.
func mergeFields(entries []Entry, fields []Field) []Entry {
	given := map[string][]Entry{}
	for _, field := range fields {
		given[field.Name] = append(given[field.Name], Entry{Name: field.Name, Value: field.Value})
	}
	merged := make([]Entry, 0, len(entries)+len(fields))
	for _, entry := range entries {
		replacement, ok := given[entry.Name]
		if !ok {
			merged = append(merged, entry)
			continue
		}
		merged = append(merged, replacement...)
		given[entry.Name] = nil // other entries of the name are removed
	}
	for _, field := range fields {
		merged = append(merged, given[field.Name]...)
		given[field.Name] = nil
	}
	return merged
}
