package clickthrough

import (
	"iter"
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2/css"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
)

// lexCost is what it costs to look for addresses in a style, in units of [web.Search] for each byte.
const lexCost = 8

// addDocuments adds the documents that an element has within itself, whatever attribute has them: what a browser does
// with each attribute is not for this to know.
func (d *document) addDocuments(n *html.Node) {
	content, isRead := frameContent(n)
	d.addDocument(n, content, isRead)
	for _, a := range n.Attr {
		if !d.search.Spend(nodeCost + len(a.Val)/perUnit) {
			return
		}
		switch {
		case a.Namespace == "" && a.Key == "srcdoc":
		case a.Key == "style":
			d.addStyleDocuments(n, a.Val)
		default:
			d.addData(n, withoutLines(a.Val))
		}
	}
}

// addSheetDocuments adds the documents in the style sheets that are in the page itself.
func (d *document) addSheetDocuments() {
	for _, n := range d.page.Document().FindMatcher(web.Tags(atom.Style, atom.Link)).Nodes {
		if !d.search.Spend(nodeCost) {
			return
		}
		d.items = append(d.items, item{kind: hardBreak})
		switch {
		case n.DataAtom == atom.Style:
			for child := range n.ChildNodes() {
				d.addStyleDocuments(n, child.Data)
			}
		case slices.Contains(strings.Fields(strings.ToLower(attribute(n, "rel"))), "stylesheet"):
			d.addData(n, withoutLines(attribute(n, "href")))
		}
	}
}

// addUnshownDocuments adds the documents in elements that are not displayed, if a style element of the page may display them.
func (d *document) addUnshownDocuments() {
	for _, n := range d.unshown {
		if n.DataAtom == atom.Head { // whose parts are looked at each by itself
			continue
		}
		if found := d.withDocuments(n); len(found) > 0 && d.mayDisplay(n) {
			d.items = append(d.items, item{kind: hardBreak})
			for _, one := range found {
				d.addDocuments(one)
			}
		}
	}
}

// withDocuments returns those of an element and the elements in it that may have documents within themselves.
func (d *document) withDocuments(n *html.Node) []*html.Node {
	var found []*html.Node
	if d.hasDocument(n) {
		found = append(found, n)
	}
	for below := range n.Descendants() {
		if !d.search.Spend(nodeCost) {
			break
		}
		if d.hasDocument(below) {
			found = append(found, below)
		}
	}
	return found
}

// hasDocument reports whether an element may have a document within itself.
func (d *document) hasDocument(n *html.Node) bool {
	if content, isRead := frameContent(n); content != "" || !isRead {
		return true
	}
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool {
		if !d.search.Spend(nodeCost + len(a.Val)/perUnit) {
			return true // the rest is not read
		}
		text := withoutLines(a.Val)
		if a.Key == "style" {
			text = withoutLines(unescape(a.Val))
		}
		return hasData(text)
	})
}

// addStyleDocuments adds the documents in the addresses and texts of a style.
func (d *document) addStyleDocuments(n *html.Node, style string) {
	if !hasData(unescape(style)) || !d.search.Spend(lexCost*len(style)) {
		return
	}
	for _, t := range cssTokens(style) {
		switch t.kind {
		case css.URLToken, css.BadURLToken, css.StringToken, css.BadStringToken:
			d.addData(n, withoutLines(unescape(t.text)))
		}
	}
}

// addData adds the documents of the data: addresses in a text. Each may go on to its end.
func (d *document) addData(n *html.Node, text string) {
	for data := range dataIn(text) {
		kind, _, _ := strings.Cut(data, ",")
		if !d.search.Spend(nodeCost + len(kind)/perUnit) {
			return
		}
		if !mayHaveText(kind) {
			continue
		}
		if !d.search.Spend(len(data)) {
			return
		}
		content, isRead := dataContent(data)
		d.addDocument(n, content, isRead)
	}
}

// dataIn returns what follows each scheme data: in a text.
func dataIn(text string) iter.Seq[string] {
	const scheme = "data:"
	return func(yield func(string) bool) {
		for at := 0; ; {
			colon := strings.IndexByte(text[at:], ':')
			if colon < 0 {
				return
			}
			at += colon + 1
			if at >= len(scheme) && strings.EqualFold(text[at-len(scheme):at], scheme) && !yield(text[at:]) {
				return
			}
		}
	}
}

func hasData(text string) bool {
	for range dataIn(text) {
		return true
	}
	return false
}

// longestKind is how many bytes a media type has at most: what is longer is none.
const longestKind = 128

// mayHaveText reports whether data of a media type may be a document with text.
func mayHaveText(kind string) bool {
	kind = strings.ToLower(strings.TrimSpace(web.TruncateUTF8(kind, longestKind+1)))
	return len(kind) <= longestKind && (strings.HasPrefix(kind, "image/svg") || strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/") && (strings.Contains(kind, "xml") || strings.Contains(kind, "html")))
}
