package clickthrough

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// longestWord is how many bytes of a value are read for words that buy: a longer one is a token or a text.
const longestWord = 100

// readSent returns what a name and its value say that a press sends: a word that buys in either, or an amount. Zero and
// nothing cost nothing, but a name that buys does so without a value, too. Of what a person typed only the amount counts: its
// words are those of the person.
func (d *document) readSent(name, value string, isTyped bool) kinds {
	var says kinds
	isNothing := isNothing(value)
	if isNothing && (isTyped || !isEmpty(value)) {
		return 0
	}
	byName := d.readAttributes(name)
	if byName.has(amount) && !isNothing || byName.has(pay) && !isTyped {
		says.add(pay)
	}
	if isNothing || isTyped {
		return says
	}
	says |= d.readAction(name, value)
	if len(value) <= longestWord {
		says |= d.readValue(value)
	}
	return says & (1<<pay | 1<<overlong)
}

// isNothing reports whether a value says that there is nothing, or nothing to pay.
func isNothing(value string) bool {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "false", "no", "off", "none", "null":
		return true
	}
	return strings.Trim(value, "0., ") == ""
}

// isEmpty reports whether a value says neither yes nor no.
func isEmpty(value string) bool { return strings.Trim(value, "., ") == "" }

// mayBeEmpty reports whether a control is one that a person types into or chooses in: if it is empty, nobody did.
func mayBeEmpty(c control) bool {
	return isTyped(c.Control) && !isButton(c) || c.node.DataAtom == atom.Select
}

// sends returns an error if the way would send something that buys.
func (f *filler) sends() error {
	changed := map[*html.Node][]change{}
	for _, c := range f.way.changes {
		changed[c.node] = append(changed[c.node], c)
	}
	press := f.pressed()
	for _, c := range f.form.controls {
		if !f.search.Spend(nodeCost) {
			return f.search.Err()
		}
		if c.Name == "" || c.Disabled && c.node != press || isButton(c) && c.node != press {
			continue
		}
		if f.buys(c, changed[c.node]) {
			return fmt.Errorf("the button %q sends a payment: %q", f.way.Text, shorten(c.Name))
		}
	}
	return nil
}

// buys reports whether a control sends something that buys, after some changes.
func (f *filler) buys(c control, changes []change) bool {
	values, isTyped := f.valuesOf(c, changes)
	hasTerms := c.node.DataAtom == atom.Textarea && c.visible
	return slices.ContainsFunc(values, func(value string) bool {
		if value == "" && mayBeEmpty(c) {
			return false
		}
		says := f.readSent(c.Name, value, isTyped)
		if !isTyped && !hasTerms {
			says |= f.readContent(value)
		}
		return says.has(pay)
	})
}

// pressed returns the button that is pressed: without one, that is the first of the form.
func (f *filler) pressed() *html.Node {
	if f.way.press != nil {
		return f.way.press
	}
	for _, c := range f.form.controls {
		if isButton(c) && c.Type != "button" && c.Type != "reset" && !c.Disabled {
			return c.node
		}
	}
	return nil
}

func isButton(c control) bool { return isButtonType(c.Type) || c.node.DataAtom == atom.Button }

// valuesOf returns what a control sends after some changes, and whether it is what a person typed.
func (f *filler) valuesOf(c control, changes []change) (values []string, isTyped bool) {
	value, isOn := c.Value, c.Checked || !isTicked(c.Type)
	for _, change := range changes {
		switch change.name {
		case "checked":
			isOn = !change.remove
		case "value":
			value, isTyped = change.value, change.typed
		}
	}
	if !isOn {
		return nil, false
	}
	values = []string{value}
	if c.node.DataAtom == atom.Select {
		values = append(values, f.selected(c.node)...)
	}
	return values, isTyped
}

// selected returns the values of the selected options of a list, which may be many.
func (f *filler) selected(list *html.Node) []string {
	var values []string
	for n := range list.Descendants() {
		if !f.search.Spend(nodeCost) {
			break
		}
		if n.DataAtom != atom.Option || !hasAttribute(n, "selected") {
			continue
		}
		value := attribute(n, "value")
		if !hasAttribute(n, "value") {
			value = f.ownText(n)
		}
		values = append(values, value)
	}
	return values
}
