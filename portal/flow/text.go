package flow

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// textOf returns the text of an element about as a person sees it: white space
// folded, each block and line on its own, scripts and styles left out unless the
// element itself is one.
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

// hidden says whether the text stands in an element within top that shows none.
func hidden(text, top *html.Node) bool {
	parent := text.Parent
	return parent != top && slices.Contains([]atom.Atom{atom.Script, atom.Style, atom.Template}, parent.DataAtom)
}

// inline says whether an element stands within a word, as far as a browser shows it.
func inline(name atom.Atom) bool {
	return slices.Contains([]atom.Atom{
		atom.A, atom.Abbr, atom.B, atom.Code, atom.Em, atom.Font, atom.I, atom.Label, atom.Mark, atom.Noscript,
		atom.S, atom.Small, atom.Span, atom.Strong, atom.Sub, atom.Sup, atom.Tt, atom.U,
	}, name)
}

// titleOf returns the title of a document, "" where it has none.
func titleOf(document *html.Node) string {
	for node := range document.Descendants() {
		if node.Type == html.ElementNode && node.DataAtom == atom.Title {
			return textOf(node)
		}
	}
	return ""
}
