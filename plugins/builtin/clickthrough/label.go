package clickthrough

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// label returns what a page says about a control: its labels, else the text beside it.
func (d *document) label(n *html.Node) string {
	text, known := d.named[n]
	if !known {
		text = d.findLabel(n)
		d.named[n] = text
	}
	return text
}

func (d *document) findLabel(n *html.Node) string {
	var parts []string
	if id := attribute(n, "id"); id != "" {
		parts = d.textsOf(d.labels[id])
	}
	for up := n.Parent; up != nil && len(parts) == 0 && d.search.Spend(1); up = up.Parent {
		if up.DataAtom == atom.Label {
			parts = append(parts, d.ownText(up))
		}
	}
	var named []*html.Node
	for id := range strings.FieldsSeq(attribute(n, "aria-labelledby")) {
		if node := d.byID[id]; node != nil && len(named) <= maxLabels {
			named = append(named, node)
		}
	}
	parts = append(parts, d.textsOf(named)...)
	for _, name := range []string{"aria-label", "title", "placeholder"} {
		parts = append(parts, clip(attribute(n, name), maxSaid))
	}
	text := strings.TrimSpace(strings.Join(parts, " | "))
	if strings.Trim(text, " |") == "" {
		text = d.beside(n)
	}
	return clip(text, maxSaid)
}

// maxLabels is how many labels of one kind are read.
const maxLabels = 3

// textsOf returns the texts of labels.
func (d *document) textsOf(labels []*html.Node) []string {
	var texts []string
	for i, label := range labels {
		if i == maxLabels {
			return append(texts, clipped)
		}
		texts = append(texts, d.ownText(label))
	}
	return texts
}

// beside returns the text beside a control: behind a box, before a field, or else on the other side.
func (d *document) beside(n *html.Node) string {
	at, visible := d.at[n]
	if !visible {
		return ""
	}
	side := -1
	if isTicked(attribute(n, "type")) {
		side = 1
	}
	if text := d.collect(at, side); text != "" {
		return text
	}
	return d.collect(at, -side)
}

// collect returns the text next to an item. Links in it are part of it.
func (d *document) collect(at, step int) string {
	var parts []string
	size := 0
	for i := at + step; i >= 0 && i < len(d.items) && size <= maxSaid && d.search.Spend(1); i += step {
		it := d.items[i]
		switch {
		case it.kind == textItem:
			parts, size = append(parts, it.text), size+len(it.text)
		case it.kind == hardBreak, it.kind == elementItem && it.node.DataAtom != atom.A:
			return join(parts, step)
		case it.kind == softBreak && size > 0 && !d.isLink(i):
			return join(parts, step)
		}
	}
	text := join(parts, step)
	if size > maxSaid {
		text += clipped
	}
	return text
}

// isLink reports whether a break is that of a link within a text.
func (d *document) isLink(i int) bool {
	for _, near := range []int{i - 1, i + 1, i - 2, i + 2} {
		if near >= 0 && near < len(d.items) && d.items[near].kind == elementItem && d.items[near].node.DataAtom == atom.A {
			return true
		}
	}
	return false
}

func join(parts []string, step int) string {
	if step < 0 {
		for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
			parts[i], parts[j] = parts[j], parts[i]
		}
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// ownText returns the visible text in an element.
func (d *document) ownText(n *html.Node) string {
	known, has := d.texts[n]
	if has {
		return known
	}
	var text strings.Builder
	d.writeText(&text, n, 2*maxSaid)
	known = clip(strings.Join(strings.Fields(text.String()), " "), maxSaid)
	if text.Len() > 2*maxSaid && !strings.HasSuffix(known, clipped) {
		known += clipped
	}
	d.texts[n] = known
	return known
}

// writeText writes about as many bytes of the visible text in an element as most says.
func (d *document) writeText(text *strings.Builder, n *html.Node, most int) {
	for child := range n.ChildNodes() {
		if text.Len() > most || !d.search.Spend(nodeCost) {
			return
		}
		switch {
		case child.Type == html.TextNode:
			if !d.search.Spend(len(child.Data) / perUnit) {
				return
			}
			appendWords(text, child.Data, most)
		case child.Type != html.ElementNode || d.isInvisible(child):
		case child.DataAtom == atom.Select || child.DataAtom == atom.Textarea || child.DataAtom == atom.Button:
		case child.DataAtom == atom.Img:
			text.WriteString(" " + attribute(child, "alt") + " ")
		default:
			text.WriteString(" ")
			d.writeText(text, child, most)
			text.WriteString(" ")
		}
	}
}

// appendWords writes the words of a text until there are so many bytes.
func appendWords(text *strings.Builder, data string, most int) {
	between := ""
	if strings.TrimLeftFunc(data, unicode.IsSpace) != data {
		between = " "
	}
	for word := range strings.FieldsSeq(data) {
		if text.Len() > most {
			return
		}
		text.WriteString(between + word)
		between = " "
	}
	if strings.TrimRightFunc(data, unicode.IsSpace) != data {
		text.WriteByte(' ')
	}
}
