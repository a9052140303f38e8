package portal

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// formTree knows which control of a document belongs to which form.
type formTree struct {
	forms      []*html.Node              // in tree order
	controls   map[*html.Node][]control  // of each form, in tree order
	labels     map[string]*html.Node     // the first label for an ID
	labelTexts map[*html.Node]string     // as far as they were asked for
	ids        map[string]*html.Node     // the first element of an ID
	parsed     map[*html.Node]*html.Node // control to form, as the parser associates them
}

// control is a submittable element with what its ancestors say of it.
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

// collect walks in tree order, but not into templates, whose content is no part of the
// document. The parser bounds the depth. The state is what holds for n by its ancestors.
func (t *formTree) collect(n *html.Node, state control, controls *[]control) {
	if n.Type == html.ElementNode && n.Namespace == "" {
		if n.DataAtom == atom.Template {
			return
		}
		t.note(n)
		if isControl(n.DataAtom) {
			_, disabled := attribute(n, "disabled")
			*controls = append(*controls, control{node: n, disabled: disabled || state.disabled, inList: state.inList})
		}
	}
	state.inList = state.inList || n.DataAtom == atom.Datalist
	inner := state
	if _, disabled := attribute(n, "disabled"); disabled && n.DataAtom == atom.Fieldset {
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

// note takes down forms, labels and IDs.
func (t *formTree) note(n *html.Node) {
	if n.DataAtom == atom.Form {
		t.forms = append(t.forms, n)
	}
	if id, ok := attribute(n, "id"); ok && id != "" && t.ids[id] == nil {
		t.ids[id] = n
	}
	if target, ok := attribute(n, "for"); ok && n.DataAtom == atom.Label && t.labels[target] == nil {
		t.labels[target] = n
	}
}

// owner is the form owner of a control (WHATWG HTML, section 4.10.17.3): that of its form
// attribute, even if there is none, then the parser's, then the nearest ancestor.
func (t *formTree) owner(n *html.Node) *html.Node {
	if id, ok := attribute(n, "form"); ok {
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

// parserOwners returns the forms of controls that were parsed while a form was open, in
// the tree builder's sense: in <table><form><tr><td><input> and <div><form></div><input>
// the form has no content, and yet the input is its own. x/net/html does not keep this, so
// the tags are read once more and matched to the nodes made of them.
func parserOwners(body string, forms []*html.Node, controls []control) map[*html.Node]*html.Node {
	waiting := map[string][]*html.Node{} // by tag and attributes, in tree order
	for _, form := range forms {
		waiting[nodeKey(form)] = append(waiting[nodeKey(form)], form)
	}
	for _, c := range controls {
		waiting[nodeKey(c.node)] = append(waiting[nodeKey(c.node)], c.node)
	}
	reader := ownerReader{waiting: waiting, owners: map[*html.Node]*html.Node{}}
	tokens := html.NewTokenizer(strings.NewReader(body))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return reader.owners
		case html.StartTagToken, html.SelfClosingTagToken:
			reader.start(tokens)
		case html.EndTagToken:
			name, _ := tokens.TagName()
			reader.end(atom.Lookup(name))
		}
	}
}

// ownerReader is the tree builder's form element pointer (WHATWG HTML, section 13.2.4.4).
type ownerReader struct {
	waiting   map[string][]*html.Node
	owners    map[*html.Node]*html.Node
	open      bool       // a form start tag was seen, and no end tag
	form      *html.Node // its node, if the document has it
	templates int        // depth
}

func (r *ownerReader) start(tokens *html.Tokenizer) {
	name, more := tokens.TagName()
	tag := atom.Lookup(name)
	switch {
	case tag == atom.Noscript:
		tokens.NextIsNotRawText() // as parseHTML has it
	case tag == atom.Template:
		r.templates++
	case r.templates > 0, tag == atom.Form && r.open:
		return
	case tag == atom.Form:
		r.open, r.form = true, r.take(string(name), tokens, more)
	case isControl(tag):
		node := r.take(string(name), tokens, more)
		if node != nil && r.form != nil {
			r.owners[node] = r.form
		}
	}
}

func (r *ownerReader) end(tag atom.Atom) {
	switch {
	case tag == atom.Template && r.templates > 0:
		r.templates--
	case tag == atom.Form && r.templates == 0:
		r.open, r.form = false, nil
	}
}

// take returns the next node that was made of a tag like this one.
func (r *ownerReader) take(name string, tokens *html.Tokenizer, more bool) *html.Node {
	var key strings.Builder
	key.WriteString(name)
	for more {
		var attr, value []byte
		attr, value, more = tokens.TagAttr()
		writeAttribute(&key, string(attr), string(value))
	}
	queue := r.waiting[key.String()]
	if len(queue) == 0 {
		return nil
	}
	r.waiting[key.String()] = queue[1:]
	return queue[0]
}

func nodeKey(n *html.Node) string {
	var key strings.Builder
	key.WriteString(n.Data)
	for _, attr := range n.Attr {
		writeAttribute(&key, attr.Key, attr.Val)
	}
	return key.String()
}

func writeAttribute(key *strings.Builder, name, value string) {
	key.WriteByte(0) // in no name, and a value ends before the next name
	key.WriteString(name)
	key.WriteByte('=')
	key.WriteString(value)
}

// isControl says whether a tag is of an element that a form submits.
func isControl(tag atom.Atom) bool {
	return tag == atom.Input || tag == atom.Button || tag == atom.Select || tag == atom.Textarea
}

// attribute returns the value of an attribute and whether it is there, which alone matters for most.
func attribute(n *html.Node, name string) (string, bool) {
	for _, attr := range n.Attr {
		if attr.Namespace == "" && attr.Key == name {
			return attr.Val, true
		}
	}
	return "", false
}
