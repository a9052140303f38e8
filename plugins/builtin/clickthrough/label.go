package clickthrough

import (
	"strings"

	"hotspot-helper/internal/web"

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
		for _, label := range d.labels[id][:min(len(d.labels[id]), 3)] {
			parts = append(parts, d.ownText(label))
		}
	}
	for up := n.Parent; up != nil && len(parts) == 0 && d.search.Spend(1); up = up.Parent {
		if up.DataAtom == atom.Label {
			parts = append(parts, d.ownText(up))
		}
	}
	ids := strings.Fields(attribute(n, "aria-labelledby"))
	for _, id := range ids[:min(len(ids), 3)] {
		if named := d.byID[id]; named != nil {
			parts = append(parts, d.ownText(named))
		}
	}
	for _, name := range []string{"aria-label", "title", "placeholder"} {
		parts = append(parts, web.TruncateUTF8(attribute(n, name), maxOwnText))
	}
	text := strings.TrimSpace(strings.Join(parts, " | "))
	if strings.Trim(text, " |") == "" {
		text = d.beside(n)
	}
	return web.TruncateUTF8(text, maxOwnText)
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
	for i := at + step; i >= 0 && i < len(d.items) && size < maxOwnText; i += step {
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
	return join(parts, step)
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
