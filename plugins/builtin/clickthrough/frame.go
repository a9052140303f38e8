package clickthrough

import (
	"encoding/base64"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// maxFrames is how many frames within each other are read.
const maxFrames = 2

// addDocument adds the text of a document that an element shows and that is part of the page itself, if it can be read.
// Documents of their own address are not known: nobody loads them.
func (d *document) addDocument(n *html.Node, content string, isRead bool) {
	if content == "" && isRead {
		return
	}
	if !isRead || d.frames == maxFrames {
		d.unread = true
		return
	}
	if !d.search.Spend(nodeCost * web.TreeCost(content)) {
		return
	}
	page := &portal.Page{URL: d.page.URL, Body: content}
	inner := readWithin(page, d.search, d.frames+1)
	d.unread = d.unread || inner.unread || page.TooComplex() || inner.tooLong()
	d.reordered = d.reordered || inner.reordered
	d.size += inner.size
	d.notes = append(d.notes, inner.notes...)
	for _, s := range inner.hiddenTexts() {
		d.addText(n, s.text)
	}
	for _, it := range inner.items {
		if it.kind == elementItem {
			it.kind = softBreak // nobody presses what is in a frame
		}
		it.node = n
		d.items = append(d.items, it)
	}
}

// frameContent returns the HTML of a document that an element shows as a frame, an object or a picture, "" for none. False
// is one that cannot be read.
func frameContent(n *html.Node) (content string, isRead bool) {
	if n.DataAtom == atom.Iframe {
		if content, has := web.Attribute(n, "srcdoc"); has {
			return content, true
		}
	}
	scheme, rest, _ := strings.Cut(plainAddress(attribute(n, frameAttribute(n))), ":")
	switch strings.ToLower(scheme) {
	case "javascript":
		return html.EscapeString(web.Unpercent(rest)), true
	case "data":
		return dataContent(rest)
	}
	return "", true
}

// frameAttribute returns the attribute with the address of what an element shows, "" for elements that show nothing else.
func frameAttribute(n *html.Node) string {
	switch n.DataAtom {
	case atom.Object:
		return "data"
	case atom.Iframe, atom.Frame, atom.Embed, atom.Img, atom.Input:
		return "src"
	}
	return ""
}

// withoutLines returns an address without what browsers leave out of it (WHATWG URL, section 4.4).
func withoutLines(address string) string {
	const left = "\t\n\r"
	if !strings.ContainsAny(address, left) {
		return address
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(left, r) {
			return -1
		}
		return r
	}, address)
}

// plainAddress returns an address also without the spaces and control characters around it, as browsers read it.
func plainAddress(address string) string {
	return strings.TrimFunc(withoutLines(address), func(r rune) bool { return r <= ' ' })
}

// dataContent returns what a data: URL holds, without its scheme (RFC 2397), as HTML. Images other than SVG have
// no text.
func dataContent(ref string) (content string, isRead bool) {
	kind, data, _ := strings.Cut(ref, ",")
	kind, data = strings.ToLower(strings.TrimSpace(kind)), web.Unpercent(data)
	kind, isPacked := strings.CutSuffix(kind, "base64")
	if isPacked {
		data = unpacked(data)
	}
	isSVG := strings.HasPrefix(kind, "image/svg")
	if strings.HasPrefix(kind, "image/") && !isSVG {
		return "", true
	}
	text, _ := web.DecodeBody([]byte(data), strings.Trim(kind, "; "), false)
	switch {
	case strings.TrimSpace(text) == "":
		return "", true
	case strings.HasPrefix(kind, "text/css"):
		return "<style>" + text, true
	case isSVG, strings.HasPrefix(kind, "text/html"):
		return text, !isSVG || strings.Contains(text, "<svg") // else it is another kind of XML
	case strings.Contains(kind, "xml"):
		return "", false
	}
	return html.EscapeString(text), true
}

// unpacked decodes base64 up to the first character that is not of it, which is behind the address.
func unpacked(data string) string {
	data = strings.Join(strings.Fields(data), "")
	end := strings.IndexFunc(data, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '+' && r != '/'
	})
	if end >= 0 {
		data = data[:end]
	}
	if len(data)%4 == 1 { // which has no meaning
		data = data[:len(data)-1]
	}
	plain, _ := base64.RawStdEncoding.DecodeString(data)
	return string(plain)
}

// bothWays returns a text, and also backwards if the page shows some text from the other side.
func (d *document) bothWays(text string) string {
	if !d.reordered {
		return text
	}
	runes := []rune(text)
	for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
		runes[i], runes[j] = runes[j], runes[i]
	}
	return text + "|" + string(runes)
}

// reorders reports whether an element or its style may show text from the other side.
func reorders(n *html.Node) bool {
	return n.DataAtom == atom.Bdo || strings.Contains(strings.ToLower(unescape(attribute(n, "style"))), "bidi")
}

// isShadow reports whether a template is the shadow tree of the element around it, which browsers show in place
// of its content (WHATWG HTML, section 4.12.3).
func isShadow(n *html.Node) bool { return hasAttribute(n, "shadowrootmode") }
