package portal

import (
	"hotspot-helper/internal/web"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// formTree maps the forms of a document to their controls.
type formTree struct {
	forms      []*html.Node              // in tree order
	controls   map[*html.Node][]control  // of each form, in tree order
	labels     map[string]*html.Node     // the first label for an ID
	labelTexts map[*html.Node]string     // cache
	ids        map[string]*html.Node     // the first element with an ID
	parsed     map[*html.Node]*html.Node // control to form, as the parser associates them
}

// control is a submittable element with the state that its ancestors give it.
type control struct {
	node     *html.Node
	disabled bool // by itself or by a fieldset
	inList   bool // in a datalist, which is never sent
}

// newFormTree visits each node once, however the page nests them.
func newFormTree(root *html.Node, body string) *formTree {
	tree := &formTree{
		controls:   map[*html.Node][]control{},
		labels:     map[string]*html.Node{},
		labelTexts: map[*html.Node]string{},
		ids:        map[string]*html.Node{},
	}
	var controls []control
	tree.collect(root, control{}, &controls)
	tree.parsed = parserOwners(body, tree.forms, controls)
	for _, c := range controls {
		if owner := tree.owner(c.node); owner != nil {
			tree.controls[owner] = append(tree.controls[owner], c)
		}
	}
	return tree
}

// collect walks the tree in order, without templates, whose content is not part of the
// document. The parser bounds the depth. state is what the ancestors of n determine.
func (t *formTree) collect(n *html.Node, state control, controls *[]control) {
	if n.Type == html.ElementNode && n.Namespace == "" {
		if n.DataAtom == atom.Template {
			return
		}
		t.index(n)
		if isControl(n.DataAtom) {
			_, disabled := web.Attribute(n, "disabled")
			*controls = append(*controls, control{node: n, disabled: disabled || state.disabled, inList: state.inList})
		}
	}
	state.inList = state.inList || n.DataAtom == atom.Datalist
	inner := state
	if _, disabled := web.Attribute(n, "disabled"); disabled && n.DataAtom == atom.Fieldset {
		inner.disabled = true
	}
	legend := n.DataAtom == atom.Fieldset // the first legend's controls stay enabled
	for child := range n.ChildNodes() {
		if legend && child.DataAtom == atom.Legend {
			legend = false
			t.collect(child, state, controls)
			continue
		}
		t.collect(child, inner, controls)
	}
}

// index records forms, labels and IDs.
func (t *formTree) index(n *html.Node) {
	if n.DataAtom == atom.Form {
		t.forms = append(t.forms, n)
	}
	if id, ok := web.Attribute(n, "id"); ok && id != "" && t.ids[id] == nil {
		t.ids[id] = n
	}
	if target, ok := web.Attribute(n, "for"); ok && n.DataAtom == atom.Label && t.labels[target] == nil {
		t.labels[target] = n
	}
}

// owner returns the form owner of a control (WHATWG HTML, section 4.10.17.3): the form that
// its form attribute names, if any, else the one the parser associates, else the nearest
// ancestor.
func (t *formTree) owner(n *html.Node) *html.Node {
	if id, ok := web.Attribute(n, "form"); ok {
		if form := t.ids[id]; form != nil && form.DataAtom == atom.Form {
			return form
		}
		return nil
	}
	if form := t.parsed[n]; form != nil {
		return form
	}
	for up := n.Parent; up != nil; up = up.Parent {
		if up.DataAtom == atom.Form && up.Namespace == "" {
			return up
		}
	}
	return nil
}

// owners returns the forms with a control that sel matches, in tree order.
func (t *formTree) owners(search *web.Search, sel *web.Selector) []*html.Node {
	var owners []*html.Node
	matcher := search.Matcher(sel)
	for _, form := range t.forms {
		var nodes []*html.Node
		for _, c := range t.controls[form] {
			nodes = append(nodes, c.node)
		}
		if len(matcher.Filter(nodes)) > 0 {
			owners = append(owners, form)
		}
	}
	return owners
}

// isControl reports whether a tag is that of a submittable element.
func isControl(tag atom.Atom) bool {
	return tag == atom.Input || tag == atom.Button || tag == atom.Select || tag == atom.Textarea
}
