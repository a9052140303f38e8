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

// addFrame adds the text of a document that an element shows and that is part of the page itself. Documents of
// their own address are not known: nobody loads them.
func (d *document) addFrame(n *html.Node) {
	content, isRead := frameContent(n)
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

// frameContent returns the HTML of a document that an element shows, "" for none. False is one that cannot be read.
func frameContent(n *html.Node) (content string, isRead bool) {
	name := "src"
	switch n.DataAtom {
	case atom.Iframe:
		if content, has := web.Attribute(n, "srcdoc"); has {
			return content, true
		}
	case atom.Object:
		name = "data"
	case atom.Frame, atom.Embed, atom.Img, atom.Input:
	default:
		return "", true
	}
	ref := strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(attribute(n, name))
	scheme, rest, _ := strings.Cut(strings.TrimSpace(ref), ":")
	switch strings.ToLower(scheme) {
	case "javascript":
		return html.EscapeString(web.Unpercent(rest)), true
	case "data":
		return dataContent(rest)
	}
	return "", true
}

// dataContent returns what a data: URL holds, without its scheme (RFC 2397), as HTML. Images other than SVG have
// no text.
func dataContent(ref string) (content string, isRead bool) {
	kind, data, _ := strings.Cut(ref, ",")
	kind, data = strings.ToLower(strings.TrimSpace(kind)), web.Unpercent(data)
	kind, isPacked := strings.CutSuffix(kind, "base64")
	if isPacked {
		plain, _ := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(data), ""), "="))
		data = string(plain)
	}
	isSVG := strings.HasPrefix(kind, "image/svg")
	if strings.HasPrefix(kind, "image/") && !isSVG {
		return "", true
	}
	text, _ := web.DecodeBody([]byte(data), strings.Trim(kind, "; "), false)
	switch {
	case isSVG, strings.HasPrefix(kind, "text/html"):
		return text, !isSVG || strings.Contains(text, "<svg") // else it is another kind of XML
	case strings.Contains(kind, "xml"):
		return "", false
	}
	return html.EscapeString(text), true
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
