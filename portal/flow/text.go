package flow

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// textOf returns the text of an element approximately as shown: white space collapsed, blocks
// and lines separated, without scripts and styles unless the element is one.
func textOf(element *html.Node) string {
	var b strings.Builder
	for node := range element.Descendants() {
		switch {
		case node.Type == html.TextNode && !hidden(node, element):
			b.WriteString(node.Data)
		case node.Type == html.ElementNode && !inline(node.DataAtom):
			b.WriteByte(' ')
		}
	}
	return squeeze(b.String())
}

// hidden reports whether the text is in an element within top that shows no text.
func hidden(text, top *html.Node) bool {
	parent := text.Parent
	return parent != top && slices.Contains([]atom.Atom{atom.Script, atom.Style, atom.Template}, parent.DataAtom)
}

// inline reports whether an element does not separate words.
func inline(name atom.Atom) bool {
	return slices.Contains([]atom.Atom{
		atom.A, atom.Abbr, atom.B, atom.Code, atom.Em, atom.Font, atom.I, atom.Label, atom.Mark, atom.Noscript,
		atom.S, atom.Small, atom.Span, atom.Strong, atom.Sub, atom.Sup, atom.Tt, atom.U,
	}, name)
}

// titleOf returns the title of a document, "" if it has none.
func titleOf(document *html.Node) string {
	for node := range document.Descendants() {
		if node.Type == html.ElementNode && node.DataAtom == atom.Title {
			return textOf(node)
		}
	}
	return ""
}
