package portal

import (
	"slices"
	"strings"

	"hotspot-helper/internal/web"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Control is a form control as a person sees it.
type Control struct {
	Name     string
	Type     string   // of an input or a button, in lower case; else "select" or "textarea"
	Value    string   // to send; of a select, the first selected option's
	Label    string   // in the page's words, at most 200 bytes
	Options  []string // the values of a select
	Required bool
	Disabled bool // by itself or by a fieldset
	Checked  bool // of a checkbox or a radio button
}

// maxLabel is the maximum length of a label in bytes.
const maxLabel = 200

// Controls returns the form's controls in tree order, with buttons and hidden ones. Their
// values come from the page, so none is secret.
func (f *Form) Controls() []Control {
	var controls []Control
	for _, c := range f.controls() {
		if c.inList {
			continue
		}
		name, _ := web.Attribute(c.node, "name")
		view := Control{
			Name:     name,
			Type:     controlType(c.node),
			Value:    controlValue(c.node),
			Label:    f.tree.label(c.node),
			Required: hasAttribute(c.node, "required"),
			Disabled: c.disabled,
			Checked:  hasAttribute(c.node, "checked"),
		}
		if c.node.DataAtom == atom.Select {
			view.setOptions(c.node)
		}
		controls = append(controls, view)
	}
	return controls
}

// Node returns the element of the form, which is part of the page's document.
func (f *Form) Node() *html.Node { return f.node }

// Nodes returns the elements of [Form.Controls], in the same order. They are part of the page's
// document: a change of one, such as a checked attribute, changes what the form sends.
func (f *Form) Nodes() []*html.Node {
	var nodes []*html.Node
	for _, c := range f.controls() {
		if !c.inList {
			nodes = append(nodes, c.node)
		}
	}
	return nodes
}

func (c *Control) setOptions(list *html.Node) {
	for _, o := range listOptions(list, false) {
		if !o.disabled {
			c.Options = append(c.Options, optionValue(o.node))
		}
	}
	if selected := selectedOptions(list); len(selected) > 0 {
		c.Value = optionValue(selected[0].node)
	}
}

// label returns the text of the label for n or around it, else that of attributes of n.
func (t *formTree) label(n *html.Node) string {
	id, _ := web.Attribute(n, "id")
	label := t.labels[id]
	if id == "" {
		label = nil
	}
	for up := n.Parent; up != nil && label == nil; up = up.Parent {
		if up.DataAtom == atom.Label {
			label = up
		}
	}
	if label != nil {
		return t.labelText(label)
	}
	for _, name := range []string{"aria-label", "placeholder", "title"} {
		if text, _ := web.Attribute(n, name); text != "" {
			return web.TruncateUTF8(strings.Join(strings.Fields(text), " "), maxLabel)
		}
	}
	if n.DataAtom == atom.Button {
		return collapsedText(n, maxLabel)
	}
	return ""
}

// labelText caches, because one label may enclose all controls of a hostile page.
func (t *formTree) labelText(label *html.Node) string {
	text, ok := t.labelTexts[label]
	if !ok {
		text = collapsedText(label, maxLabel)
		t.labelTexts[label] = text
	}
	return text
}

// isInputType reports whether kind is a type of input; any other means "text" (WHATWG HTML, section 4.10.5).
func isInputType(kind string) bool {
	return slices.Contains([]string{
		"hidden", "text", "search", "tel", "url", "email", "password", "date", "month", "week",
		"time", "datetime-local", "number", "range", "color", "checkbox", "radio", "file",
		"submit", "image", "reset", "button",
	}, kind)
}

// controlType returns the type of a control, or its element name.
func controlType(n *html.Node) string {
	kind, _ := web.Attribute(n, "type")
	kind = strings.ToLower(kind)
	switch n.DataAtom {
	case atom.Input:
		if isInputType(kind) {
			return kind
		}
		return "text"
	case atom.Button:
		if kind == "reset" || kind == "button" {
			return kind
		}
		return "submit"
	}
	return n.Data
}

// isButton reports whether a control is sent only if it is pressed.
func isButton(n *html.Node) bool {
	switch controlType(n) {
	case "submit", "image", "reset", "button":
		return true
	}
	return false
}

func hasAttribute(n *html.Node, name string) bool {
	_, ok := web.Attribute(n, name)
	return ok
}

// rawText returns the text of the children of n.
func rawText(n *html.Node) string {
	var text strings.Builder
	for child := range n.ChildNodes() {
		if child.Type == html.TextNode {
			text.WriteString(child.Data)
		}
	}
	return text.String()
}

// collapsedText returns the text below n without scripts, white space collapsed, clipped
// to limit bytes.
func collapsedText(n *html.Node, limit int) string {
	var words []string
	size := 0
	for below := range n.Descendants() {
		if below.Type != html.TextNode || below.Parent.DataAtom == atom.Script || below.Parent.DataAtom == atom.Style {
			continue
		}
		words = append(words, below.Data)
		if size += len(below.Data); size > 4*limit {
			break // enough, even if most of it is white space
		}
	}
	return web.TruncateUTF8(strings.Join(strings.Fields(strings.Join(words, "")), " "), limit)
}
