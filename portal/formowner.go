package portal

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parserOwners maps controls to the forms that were open when the parser met them: in
// <table><form><tr><td><input> and <div><form></div><input> the form has no content, but
// owns the input. x/net/html does not record this, so the tags are read again and matched
// to their nodes.
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
		tokens.NextIsNotRawText() // as the page is parsed
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

// take returns the next node that was made from such a tag.
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
	key.WriteByte(0) // separates, because no name contains it
	key.WriteString(name)
	key.WriteByte('=')
	key.WriteString(value)
}
