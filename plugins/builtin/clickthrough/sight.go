package clickthrough

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// sightOf returns whether a person at the page sees a field that is part of it. Boxes are not
// asked about: pages often draw their own in their place.
func (d *document) sightOf(n *html.Node) sight {
	result := shown
	for up := n; up != nil && d.search.Spend(nodeCost); up = up.Parent {
		if up.Type != html.ElementNode {
			continue
		}
		one := byKind(up)
		if one != hidden {
			one = both(one, d.styled(up))
		}
		switch {
		case one == unknown, one == hidden && isRoot(up): // a script shows a page of which nothing is seen
			result = unknown
		case one == hidden:
			return hidden
		}
	}
	return result
}

// both returns whether a person sees an element that is seen only if two things let it be.
func both(a, b sight) sight {
	if a == hidden || b == hidden {
		return hidden
	}
	return a | b
}

func isRoot(n *html.Node) bool { return n.DataAtom == atom.Html || n.DataAtom == atom.Body }

// byKind returns whether elements of a kind are seen (WHATWG HTML, section 15.3.1), or what is in place of
// their content.
func byKind(n *html.Node) sight {
	switch n.DataAtom {
	case atom.Details, atom.Dialog:
		if !hasAttribute(n, "open") {
			return hidden
		}
	case atom.Noscript, atom.Audio, atom.Video, atom.Canvas, atom.Meter, atom.Progress, atom.Iframe, atom.Rp:
		return hidden
	case atom.Object, atom.Marquee:
		return unknown
	}
	switch {
	case hasAttribute(n, "inert"), hasAttribute(n, "popover"):
		return hidden
	case strings.EqualFold(attribute(n, "aria-hidden"), "true"):
		return unknown
	}
	return shown
}
