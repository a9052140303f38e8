package clickthrough

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
)

// judge takes what an option sends, and where, more seriously than its text: a payment, a logout
// or a refusal may have any button.
func (d *document) judge(o *option) {
	leads := o.link
	if o.form != nil {
		o.target = d.formTarget(o)
		leads = o.target
	}
	says := d.readTarget(leads) | d.readSet(o)
	switch {
	case says.has(logout):
		o.does = leaves
	case says.has(pay):
		o.does = pays
	case says.has(decline) && (o.goesForward() || o.does == unclear):
		o.does = refuses
	case says.has(overlong) && o.form != nil && o.blocked == "":
		o.blocked = "what it sends is too long to read"
	}
}

// ofTargets are the kinds that an address, a name or a value has more seriously than a text.
const ofTargets = 1<<pay | 1<<logout | 1<<decline | 1<<overlong

// readTarget returns what an address says. A parameter with another address says nothing: the
// one to log out at is often among them.
func (d *document) readTarget(u *url.URL) kinds {
	if u == nil {
		return 0
	}
	says := d.readAttributes(u.Path) & ofTargets
	for parameter := range strings.FieldsFuncSeq(u.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(web.UnescapeQuery(parameter), "=")
		says |= d.readAction(name, value) | d.readSent(name, value, false) | d.readContent(value)
		if !isAddress(value) {
			says |= d.readAttributes(name, value) & ofTargets
		}
	}
	return says
}

// readSet returns what the values say that an option sends, or that its script sets.
func (d *document) readSet(o *option) kinds {
	var says kinds
	for _, set := range o.effects.set {
		says |= d.readValue(set.value)
	}
	if o.form == nil {
		return says
	}
	if o.press != nil {
		name, value := attribute(o.press, "name"), attribute(o.press, "value")
		says |= d.readAttributes(name, attribute(o.press, "id"))&ofTargets | d.readAction(name, value)
		if o.press.DataAtom == atom.Button && !isAddress(value) { // else it is the text
			says |= d.readAttributes(value) & ofTargets
		}
	}
	for _, c := range o.form.actions {
		isSet := slices.ContainsFunc(o.effects.set, func(set assignment) bool {
			return d.search.Spend(nodeCost) && !set.checked && set.field != "" && (set.field == c.Name || set.field == attribute(c.node, "id"))
		})
		if !isSet {
			says |= d.readValue(c.Value)
		}
	}
	return says
}

// readAction returns what a value says whose name says that it tells what to do.
func (d *document) readAction(name, value string) kinds {
	if !d.isAction(name) || strings.Contains(value, "://") {
		return 0
	}
	return d.readAttributes(value) & ofTargets
}

func (d *document) isAction(name string) bool { return d.readAttributes(name).hasAny(action, overlong) }

// readValue returns what a value tells a portal to do.
func (d *document) readValue(value string) kinds {
	if isAddress(value) {
		return 0
	}
	return d.readAttributes(value) & ofTargets
}

func isAddress(value string) bool {
	return strings.Contains(value, "://") || strings.HasPrefix(value, "/")
}
