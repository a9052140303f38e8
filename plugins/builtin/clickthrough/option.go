package clickthrough

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/portal"
)

// option is a button or link that a person could click.
type option struct {
	text    string
	does    purpose
	effects effects
	form    *form      // that it sends
	press   *html.Node // the submit button of the form; nil: a script sends the form
	link    *url.URL
	target  *url.URL // of a form
	blocked string   // why it cannot be pressed; "": it can
	score   int
}

// purpose is what a button or link is for.
type purpose uint8

const (
	unclear   purpose = iota // nothing that is known
	aside                    // shows or changes something, and does not go on
	refuses                  // declines
	forward                  // goes on
	agrees                   // accepts something, and goes on
	pays                     // buys
	leaves                   // logs out
	elsewhere                // logs in with another account
)

// purposeOf returns what a button is for, by its text and, where that says nothing, by its attributes.
func purposeOf(text, attributes kinds) purpose {
	switch {
	case text.has(logout), attributes.has(logout):
		return leaves
	case text.hasAny(pay, charged), attributes.has(pay):
		return pays
	case text.has(decline):
		return refuses
	case text.has(social):
		return elsewhere
	case text.has(info), text.has(marketing) && !text.has(accept):
		return aside
	case text.has(accept):
		return agrees
	case text.has(goOn):
		return forward
	case text.has(terms):
		return aside
	case attributes.has(decline):
		return refuses
	case attributes.has(accept):
		return agrees
	case attributes.has(goOn):
		return forward
	}
	return unclear
}

// options returns the buttons and links of a page in reading order.
func (d *document) options(visitor Visitor) []*option {
	owners := map[*html.Node]*form{}
	for _, f := range d.forms {
		for _, c := range f.controls {
			owners[c.node] = f
		}
	}
	var found []*option
	for _, it := range d.items {
		if it.kind != elementItem || !d.search.Spend(nodeCost) {
			continue
		}
		var o *option
		switch {
		case it.node.DataAtom == atom.A || it.node.DataAtom == atom.Area:
			o = d.linkOption(it.node, visitor)
		case it.node.DataAtom == atom.Button, it.node.DataAtom == atom.Input && isButtonType(attribute(it.node, "type")):
			o = d.buttonOption(it.node, owners[it.node], visitor)
		}
		if o != nil && o.does != aside {
			found = append(found, o)
		}
	}
	return found
}

// buttonOption reads a button. It returns nil for one that does nothing that is known.
func (d *document) buttonOption(n *html.Node, owner *form, visitor Visitor) *option {
	kind := strings.ToLower(attribute(n, "type"))
	if kind == "reset" {
		return nil
	}
	isSubmit := kind == "submit" || kind == "image" || n.DataAtom == atom.Button && kind != "button"
	o := &option{text: d.buttonText(n), effects: d.handler(attribute(n, "onclick"))}
	if isSubmit && owner != nil {
		o.form, o.press = owner, n
	}
	said := d.read(o.text)
	attributes := d.readAttributes(attribute(n, "name"), attribute(n, "id"), attribute(n, "value"), attribute(n, "class"), attribute(n, "formaction"))
	o.does = purposeOf(said, attributes)
	o.text = shorten(o.text)
	d.complete(o, n, visitor)
	o.refuseOverlong(said, attributes)
	if o.form == nil && o.link == nil && o.blocked == "" {
		if o.does == unclear || o.does == refuses {
			return nil // a script may do anything, which nobody can know
		}
		o.blocked = "only a script knows what it does"
	}
	return o
}

// buttonText returns what a button shows.
func (d *document) buttonText(n *html.Node) string {
	text := ""
	switch kind := strings.ToLower(attribute(n, "type")); {
	case n.DataAtom == atom.Button:
		text = d.ownText(n)
	case kind == "image":
		text = attribute(n, "alt")
	case hasAttribute(n, "value"):
		text = attribute(n, "value")
	case kind == "submit":
		text = "Submit" // in the browser's language
	}
	for _, name := range []string{"aria-label", "title"} {
		if strings.TrimSpace(text) == "" {
			text = attribute(n, name)
		}
	}
	return clip(text, maxOwnText)
}

// refuseOverlong blocks an option of which the page says more than is read.
func (o *option) refuseOverlong(text, attributes kinds) {
	switch {
	case o.blocked != "":
	case text.has(overlong):
		o.blocked = "its text is too long to read"
	case attributes.has(overlong):
		o.blocked = "its names or its address are too long to read"
	}
}

// linkOption reads a link. Most links of a page lead aside.
func (d *document) linkOption(n *html.Node, visitor Visitor) *option {
	text := d.ownText(n)
	if text == "" {
		text = attribute(n, "aria-label") + " " + attribute(n, "title")
	}
	text = clip(text, maxOwnText)
	href := strings.TrimSpace(attribute(n, "href"))
	said, attributes := d.read(text), d.readAttributes(attribute(n, "id"), attribute(n, "class"), href)
	o := &option{text: shorten(text), does: purposeOf(said, attributes)}
	switch {
	case o.does == unclear, o.does == forward && !said.has(goOn), o.does == agrees && !said.has(accept):
		return nil // a link without a word, or one that its attributes alone call a way
	}
	if script := linkScript(n, href); script != "" {
		o.effects = d.handler(script)
	}
	if !o.effects.submits && o.effects.location == "" {
		o.link = d.target(href)
	}
	d.complete(o, n, visitor)
	isElsewhere := o.blocked != "" && (o.does != elsewhere || !said.has(goOn)) // a link to another site
	if isElsewhere || o.form == nil && o.link == nil {
		return nil
	}
	o.refuseOverlong(said, attributes)
	return o
}

// linkScript returns the script of a link, "" for none.
func linkScript(n *html.Node, href string) string {
	if strings.HasPrefix(strings.ToLower(href), "javascript:") {
		return href
	}
	return attribute(n, "onclick")
}

// target resolves the address of a link, nil for one that stays on the page or is not for browsers.
func (d *document) target(href string) *url.URL {
	if href == "" || strings.HasPrefix(href, "#") {
		return nil
	}
	u, err := d.page.Resolve(href)
	if err != nil {
		return nil
	}
	return u
}

// complete finds out where an option leads, whether that is allowed, and how good it is.
func (d *document) complete(o *option, n *html.Node, visitor Visitor) {
	if o.press != nil {
		o.effects.merge(d.handler(attribute(o.form.Node(), "onsubmit")))
	}
	switch {
	case o.effects.submits:
		o.sendsForm(d.formOf(o.effects.form, n), n)
	case o.effects.location != "":
		o.form, o.press, o.link = nil, nil, d.target(o.effects.location)
	case o.effects.cancels && o.press != nil:
		o.blocked = "a script sends it"
	}
	if o.effects.unknown != "" {
		o.blocked = o.effects.unknown
	}
	if o.closesDialog() {
		o.does = aside
		return
	}
	d.judge(o)
	if o.blocked == "" && (o.form != nil || o.link != nil) {
		o.blocked = visitor.objection(o)
	}
	o.score = o.rank()
}

// objection returns why the visitor may not go where an option leads.
func (v Visitor) objection(o *option) string {
	leads := o.link
	if o.form != nil {
		leads = o.target
	}
	if leads == nil {
		return "it leads to no page"
	}
	if v.Allows != nil {
		if err := v.Allows(leads); err != nil {
			return err.Error()
		}
	}
	return ""
}

// sendsForm makes the option one that a script sends a form for: without the button, unless it
// is the form's own.
func (o *option) sendsForm(f *form, button *html.Node) {
	if f != o.form {
		o.press = nil
	}
	o.form, o.link = f, nil
	if f != nil && !f.owns(button) {
		o.press = nil
	}
	if f == nil {
		o.blocked = "a script sends a form that is not known"
	}
}

// closesDialog reports whether the option only closes a dialog: its form has the method dialog, which
// sends nothing (WHATWG HTML, section 4.10.21.3).
func (o *option) closesDialog() bool {
	if o.form == nil {
		return false
	}
	method := attribute(o.form.Node(), "method")
	if o.press != nil && hasAttribute(o.press, "formmethod") {
		method = attribute(o.press, "formmethod")
	}
	return strings.EqualFold(method, "dialog")
}

// formTarget returns where a form is sent to.
func (d *document) formTarget(o *option) *url.URL {
	ref := ""
	switch {
	case o.press != nil && attribute(o.press, "formaction") != "":
		ref = attribute(o.press, "formaction")
	case o.effects.action != nil:
		ref = *o.effects.action
	default:
		return o.form.Action
	}
	if ref == "" {
		return o.form.Action
	}
	return d.target(ref)
}

// merge adds what the form's own handler does.
func (e *effects) merge(other effects) {
	e.set = append(e.set, other.set...)
	e.cancels = e.cancels || other.cancels
	if other.submits {
		e.submits, e.form = true, []string{"this"}
	}
	if e.action == nil {
		e.action = other.action
	}
	if e.unknown == "" {
		e.unknown = other.unknown
	}
}

// asksForText reports whether a person types something into the form. A search form does.
func (f *form) asksForText() bool {
	return f != nil && slices.ContainsFunc(f.controls, func(c control) bool { return c.visible && isTyped(c.Control) })
}

// isTyped reports whether a control is for text.
func isTyped(c portal.Control) bool {
	switch c.Type {
	case "hidden", "submit", "button", "reset", "image", "checkbox", "radio", "select", "range", "color":
		return false
	}
	return true
}

var errFile = errors.New("the page asks for a file")
