package clickthrough

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
)

// sightOf returns whether a person at the page sees a field that is part of it. Boxes are not
// asked about: pages often draw their own in their place.
func (d *document) sightOf(n *html.Node) sight {
	if d.shadowed {
		return unknown // what the style of a shadow tree does is not read
	}
	result, opacity := shown, 1.0
	for up := n; up != nil && d.search.Spend(nodeCost); up = up.Parent {
		if up.Type != html.ElementNode {
			continue
		}
		one := d.byKind(up)
		if one != hidden {
			styled := d.styled(up)
			one, opacity = both(one, styled.sight), opacity*styled.opacity
		}
		switch {
		case one == unknown, one == hidden && isRoot(up): // a script shows a page of which nothing is seen
			result = unknown
		case one == hidden:
			return hidden
		}
	}
	if opacity < leastOpacity {
		return unknown
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
func (d *document) byKind(n *html.Node) sight {
	switch n.DataAtom {
	case atom.Details, atom.Dialog:
		if !hasAttribute(n, "open") {
			return hidden
		}
		if n.DataAtom == atom.Details && !d.isFirstDetails(n) {
			return unknown
		}
	case atom.Noscript, atom.Audio, atom.Video, atom.Canvas, atom.Meter, atom.Progress, atom.Iframe, atom.Rp:
		return hidden
	case atom.Object, atom.Marquee:
		return unknown
	}
	switch {
	case n.Namespace != "": // of a drawing or a formula some parts are not shown
		return unknown
	case hasAttribute(n, "inert"), hasAttribute(n, "popover"):
		return hidden
	case strings.EqualFold(attribute(n, "aria-hidden"), "true"):
		return unknown
	}
	return shown
}

// isInvisible reports whether a person does not see an element and what is in it, as far as its own style and its kind
// tell.
func (d *document) isInvisible(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Template:
		d.shadowed = d.shadowed || isShadow(n)
		return !isShadow(n)
	case atom.Input:
		if strings.EqualFold(attribute(n, "type"), "hidden") {
			return true
		}
	}
	display, isSet := d.ownDisplay(n)
	if isSet { // which counts more than what the element is
		return display == hidden
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Datalist:
		return true
	case atom.Title:
		return n.Namespace == "" // that of a drawing is shown like an attribute
	}
	return hasAttribute(n, "hidden")
}

// isFirstDetails reports whether no other open details element of its name is before one: browsers close those behind
// it (WHATWG HTML, section 4.11.1).
func (d *document) isFirstDetails(n *html.Node) bool {
	if d.details == nil {
		d.details = d.findDetails()
	}
	first := d.details[attribute(n, "name")]
	return first == nil || first == n
}

// findDetails returns the first open details element of each name.
func (d *document) findDetails() map[string]*html.Node {
	found := map[string]*html.Node{}
	for _, n := range d.page.Document().FindMatcher(web.Tags(atom.Details)).Nodes {
		if !d.search.Spend(nodeCost) {
			break
		}
		if name := attribute(n, "name"); name != "" && found[name] == nil && hasAttribute(n, "open") {
			found[name] = n
		}
	}
	return found
}

// addUnshown adds an element that is not displayed. The parts of a head are so each by itself.
func (d *document) addUnshown(n *html.Node) {
	d.unshown = append(d.unshown, n)
	if n.DataAtom == atom.Head {
		d.unshown = slices.AppendSeq(d.unshown, n.ChildNodes())
	}
}

// hiddenTexts returns the texts of elements that are not displayed, and that say what something costs, if a style
// element of the page may display them.
func (d *document) hiddenTexts() []statement {
	var found []statement
	for _, n := range d.unshown {
		if text := d.textBelow(n); d.read(text).hasAny(pay, charged) && d.mayDisplay(n) {
			found = append(found, statement{text, n})
		}
	}
	return found
}

// textBelow returns all text in an element, except what is in elements that no page displays.
func (d *document) textBelow(n *html.Node) string {
	var text strings.Builder
	for node := range n.Descendants() {
		if !d.search.Spend(nodeCost) {
			break
		}
		if node.Type == html.TextNode && (node.Parent == n || !d.isWithin(node.Parent, atom.Script, atom.Style, atom.Template)) {
			text.WriteString(node.Data)
			text.WriteByte('\n')
		}
	}
	return text.String()
}

// mayDisplay reports whether a style element of the page may display an element that is not displayed otherwise.
func (d *document) mayDisplay(n *html.Node) bool {
	if n.DataAtom == atom.Template || n.DataAtom == atom.Input { // which browsers never display
		return false
	}
	if d.sheet == nil {
		d.sheet = d.readSheets()
	}
	return d.sheet.unread || slices.ContainsFunc(d.sheet.matching(d, n), func(rule styleRule) bool {
		return slices.ContainsFunc(rule.declarations, func(set declaration) bool {
			return (set.name == "display" || set.name == "all") && set.sight != hidden
		})
	})
}
