package flow

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// textOf returns the text of an element approximately as shown: white space collapsed, blocks
// and lines separated, without scripts and styles unless the element is one. Each byte is a
// unit of work, because the texts of nested elements are the same again.
func textOf(search *web.Search, element *html.Node) (string, error) {
	var b strings.Builder
	for node := range element.Descendants() {
		if !search.Spend(1 + len(node.Data)) {
			return "", search.Err()
		}
		switch {
		case node.Type == html.TextNode && !hidden(node, element):
			b.WriteString(node.Data)
		case node.Type == html.ElementNode && !inline(node.DataAtom):
			b.WriteByte(' ')
		}
	}
	return squeeze(b.String()), nil
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

// title returns the title of the page, "" if it has none.
func (v *view) title() string {
	titles := v.page.Document().FindMatcher(web.Tags(atom.Title))
	if titles.Length() == 0 {
		return ""
	}
	text, _ := textOf(web.NewSearch(v.ctx, portal.MaxWork), titles.Nodes[0]) // it stands in the place of an error
	return text
}
