package clickthrough

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// filler does with a form what a person would do before pressing its button.
type filler struct {
	*document

	way     *Way
	form    *form
	profile Profile
	marked  bool // some fields are marked as required, so the others are not
	names   int  // how many fields are for a name
}

// meaning returns what a page says about a control: by its label or the text beside it and, where
// these say nothing, by its name.
func (d *document) meaning(c control) kinds {
	said, known := d.meant[c.node]
	if !known {
		said = d.findMeaning(c)
		d.meant[c.node] = said
	}
	return said
}

func (d *document) findMeaning(c control) kinds {
	said := d.read(d.label(c.node))
	byName := d.read(attributeWords(clip(c.Name, maxSaid) + "|" + clip(attribute(c.node, "id"), maxSaid)))
	said |= byName & (1 << overlong)
	if c.Type == "checkbox" || c.Type == "radio" {
		const ofBoxes = 1<<overlong | 1<<marketing | 1<<accept | 1<<terms | 1<<decline | 1<<pay
		if byName.has(marketing) || said&ofBoxes == 0 {
			said |= byName & ofBoxes
		}
		return said
	}
	if said&^(1<<required|1<<optional|1<<goOn|1<<overlong) == 0 {
		said |= byName
	}
	return said
}

// nameOf returns what a person calls a control.
func (d *document) nameOf(c control) string {
	if label := strings.Trim(d.label(c.node), " |*:"+clipped); label != "" {
		return shorten(label)
	}
	return shorten(c.Name)
}

// isRequired reports whether a control is marked as required.
func (d *document) isRequired(c control) bool {
	if c.Required || strings.EqualFold(attribute(c.node, "aria-required"), "true") {
		return true
	}
	label := d.label(c.node)
	return strings.Contains(label, "*") || d.read(label)&(1<<required|1<<optional) == 1<<required
}

// fill ticks and fills in what has to be, or returns what only a person can.
func (f *filler) fill() error {
	f.marked = slices.ContainsFunc(f.form.controls, func(c control) bool { return c.visible && f.isRequired(c) })
	for _, c := range f.form.controls {
		if f.isName(c) {
			f.names++
		}
	}
	for _, c := range f.form.controls {
		if err := f.control(c); err != nil {
			return err
		}
	}
	return f.radios()
}

// control does what a control needs.
func (f *filler) control(c control) error {
	switch {
	case !c.visible || c.Disabled || isButtonType(c.Type), c.Type == "radio", c.Type == "range", c.Type == "color":
		return nil
	case f.meaning(c).has(overlong):
		return f.overlong(c)
	case c.Type == "checkbox":
		return f.box(c)
	case c.Type == "select":
		return f.list(c)
	case c.Type == "file":
		return errFile
	}
	return f.field(c)
}

func (f *filler) overlong(c control) error {
	return fmt.Errorf("what the page says about %q is too long to read", f.nameOf(c))
}

// box ticks a box about terms, and one that is required, and unticks one about marketing.
func (f *filler) box(c control) error {
	said := f.meaning(c)
	agrees := said.hasAny(accept, terms) && !said.has(decline)
	switch {
	case said.hasAny(pay, charged) && !said.has(marketing):
		return fmt.Errorf("a box is about a payment: %q", f.nameOf(c))
	case said.has(marketing) && (c.Required || attribute(c.node, "aria-required") == "true"):
		return fmt.Errorf("a box about marketing is required: %q", f.nameOf(c))
	case said.has(marketing) && said.has(terms):
		return fmt.Errorf("a box is about terms and marketing together: %q", f.nameOf(c))
	case said.has(marketing):
		f.tick(c, false)
	case said.has(decline) && !agrees:
		if c.Required {
			return fmt.Errorf("it is not clear what a box means: %q", f.nameOf(c))
		}
		f.tick(c, false)
	case agrees, f.isRequired(c), f.enables(c):
		f.tick(c, true)
	}
	return nil
}

// enables reports whether a box is the only one of a form whose button is disabled, until a script enables it.
func (f *filler) enables(c control) bool {
	if f.way.press == nil || !hasAttribute(f.way.press, "disabled") {
		return false
	}
	for _, other := range f.form.controls {
		if !f.search.Spend(1) || other.Type == "checkbox" && other.node != c.node {
			return false
		}
	}
	return true
}

func (f *filler) tick(c control, on bool) {
	if on != c.Checked {
		f.way.changes = append(f.way.changes, change{node: c.node, name: "checked", remove: !on})
	}
}

// list refuses a list that a person has to choose from.
func (f *filler) list(c control) error {
	options := f.optionTexts(c.node)
	switch {
	case len(options) > maxOptions:
		return fmt.Errorf("the list %q is too long to read", f.nameOf(c))
	case f.meaning(c).hasAny(pay, charged), f.read(options).hasAny(pay, charged):
		return fmt.Errorf("the page sells something: %q", f.nameOf(c))
	case c.Value == "" && (f.isRequired(c) || !f.marked):
		return fmt.Errorf("the page asks for %q", f.nameOf(c))
	}
	return nil
}

// maxOptions is how many bytes the options of a list may have: one of all countries has 3 kB.
const maxOptions = 8 << 10

func (f *filler) optionTexts(list *html.Node) string {
	var text strings.Builder
	for n := range list.Descendants() {
		if text.Len() > maxOptions || !f.search.Spend(nodeCost) {
			break
		}
		if n.Type == html.TextNode {
			text.WriteString(n.Data + "\n")
		}
	}
	return text.String()
}

// field fills in a field for text.
func (f *filler) field(c control) error {
	if c.Value != "" || hasAttribute(c.node, "readonly") {
		return nil
	}
	said := f.meaning(c)
	if said.has(optional) && !c.Required || f.marked && !f.isRequired(c) {
		return nil
	}
	switch f.sightOf(c.node) {
	case hidden:
		return nil
	case unknown:
		return fmt.Errorf("it is not clear whether a person sees the field %q", f.nameOf(c))
	default:
	}
	key := f.keyOf(c, said)
	if key == "" {
		return fmt.Errorf("the page asks for %q", f.nameOf(c))
	}
	value := f.profile.value(key, f.names == 1)
	if value == "" {
		return fmt.Errorf("the page asks for %q, and the profile has no %s", f.nameOf(c), key)
	}
	f.way.Sends = append(f.way.Sends, key)
	f.way.changes = append(f.way.changes, change{node: c.node, name: "value", value: value, typed: true})
	return nil
}

// keyOf returns the key of the profile for a field, "" for none.
func (f *filler) keyOf(c control, said kinds) string {
	switch {
	case autofills(c, isCredential), c.node.DataAtom == atom.Textarea, c.Type == "search", c.Type == "number" && !said.hasAny(fieldRoom, fieldPhone):
		return ""
	case c.Type == "email":
		return "email"
	case c.Type == "tel" && !said.has(account):
		return "phone"
	}
	if key := autocompleteKey(attribute(c.node, "autocomplete")); key != "" {
		return key
	}
	if said.hasAny(account, card) {
		return ""
	}
	for _, k := range profileKeys() {
		if said.has(k.kind) {
			return k.key
		}
	}
	return ""
}

// autofills reports whether a control is for an autofill field of some kind (WHATWG HTML, section 4.10.18.7).
func autofills(c control, isKind func(field string) bool) bool {
	return slices.ContainsFunc(strings.Fields(strings.ToLower(attribute(c.node, "autocomplete"))), isKind)
}

// isCredential reports whether an autofill field is for what a profile never has.
func isCredential(field string) bool {
	return field == "one-time-code" || field == "current-password" || field == "new-password"
}

// autocompleteKey returns the key of the profile for an autofill field name (WHATWG HTML, section 4.10.18.7).
func autocompleteKey(value string) string {
	fields := strings.Fields(strings.ToLower(value))
	if len(fields) == 0 {
		return ""
	}
	switch fields[len(fields)-1] {
	case "name":
		return "name"
	case "given-name":
		return "first_name"
	case "family-name":
		return "last_name"
	case "email":
		return "email"
	case "tel", "tel-national":
		return "phone"
	case "organization":
		return "company"
	case "address-level2":
		return "city"
	case "postal-code":
		return "postcode"
	case "country-name":
		return "country"
	}
	return ""
}

// isName reports whether a control is a field for a name.
func (f *filler) isName(c control) bool {
	if !c.visible || !isTyped(c.Control) {
		return false
	}
	switch f.keyOf(c, f.meaning(c)) {
	case "name", "first_name", "last_name":
		return true
	}
	return false
}

// radios chooses what agrees to terms and what declines marketing, in groups of radio
// buttons. Another group needs a person, unless the page chose.
func (f *filler) radios() error {
	done := map[string]bool{}
	for _, c := range f.form.controls {
		if c.Type != "radio" || !c.visible || c.Disabled || done[c.Name] {
			continue
		}
		done[c.Name] = true
		if err := f.group(c.Name); err != nil {
			return err
		}
	}
	return nil
}

// radioGroup is the radio buttons of one name.
type radioGroup struct {
	members, yes, no []control
	checked          bool
	said             kinds
}

// groupOf reads the radio buttons of a name.
func (f *filler) groupOf(name string) radioGroup {
	g := radioGroup{said: f.read(attributeWords(clip(name, maxSaid)))}
	for _, c := range f.form.controls {
		if !f.search.Spend(1 + min(len(name), len(c.Name))/16) {
			break
		}
		if c.Type != "radio" || c.Name != name {
			continue
		}
		about := f.read(f.label(c.node) + "|" + clip(c.Value, maxSaid))
		g.members, g.checked, g.said = append(g.members, c), g.checked || c.Checked, g.said|about
		switch {
		case about.has(decline):
			g.no = append(g.no, c)
		case about.hasAny(accept, terms, goOn):
			g.yes = append(g.yes, c)
		}
	}
	return g
}

// group decides on the radio buttons of one name.
func (f *filler) group(name string) error {
	g := f.groupOf(name)
	isMarketing := g.said.has(marketing)
	switch {
	case len(g.members) == 0: // the search failed
		return f.search.Err()
	case g.said.has(overlong):
		return f.overlong(g.members[0])
	case g.said.hasAny(pay, charged):
		return fmt.Errorf("a person has to choose: %q", f.nameOf(g.members[0]))
	case isMarketing && len(g.no) == 1:
		f.pick(g.members, g.no[0])
	case isMarketing && g.checked:
		return errors.New("a person has to choose about marketing")
	case len(g.members) == 1:
		return f.box(g.members[0])
	case !isMarketing && len(g.yes) == 1 && len(g.no) == len(g.members)-1:
		f.pick(g.members, g.yes[0])
	case !g.checked:
		return fmt.Errorf("a person has to choose: %q", f.nameOf(g.members[0]))
	}
	return nil
}

func (f *filler) pick(members []control, chosen control) {
	for _, c := range members {
		f.tick(c, c.node == chosen.node)
	}
}

// follow does what the button's script sets.
func (f *filler) follow(o *option) {
	for _, set := range o.effects.set {
		for _, c := range f.form.controls {
			if !f.search.Spend(nodeCost) || set.field == "" || c.Name != set.field && attribute(c.node, "id") != set.field {
				continue
			}
			if set.checked {
				f.tick(c, true)
			} else {
				f.way.changes = append(f.way.changes, change{node: c.node, name: "value", value: set.value})
			}
		}
	}
	if o.effects.action != nil {
		f.way.changes = append(f.way.changes, change{node: f.form.Node(), name: "action", value: *o.effects.action})
	}
}
