package web

import "golang.org/x/net/html/atom"

// isSpecial reports whether an element that has content is of the category special (WHATWG HTML,
// section 13.2.4.2), as x/net/html has it.
func isSpecial(tag atom.Atom) bool {
	switch tag {
	case atom.Applet, atom.Body, atom.Button, atom.Frame, atom.Frameset, atom.Head, atom.Html, atom.Iframe, atom.Marquee,
		atom.Noembed, atom.Noframes, atom.Noscript, atom.Object, atom.Plaintext, atom.Script, atom.Select, atom.Style,
		atom.Template, atom.Textarea, atom.Title, atom.Xmp:
		return true
	}
	return isBlock(tag) && tag != atom.Dialog && tag != atom.Search && tag != atom.Hr
}

// isBlock reports whether the start tag of an element copies no formatting element.
func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Center, atom.Dd, atom.Details, atom.Dialog, atom.Dir,
		atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2,
		atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Li, atom.Listing, atom.Main, atom.Menu,
		atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Search, atom.Section, atom.Summary, atom.Ul:
		return true
	}
	return tag == atom.Table || isTablePart(tag)
}

// isTablePart reports whether the start tag of an element closes an open cell.
func isTablePart(tag atom.Atom) bool {
	switch tag {
	case atom.Caption, atom.Col, atom.Colgroup, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
		return true
	}
	return false
}

// boundsScope reports whether an element keeps end tags within it from closing elements
// around it (WHATWG HTML, section 13.2.4.2: in scope), or the formatting elements before it
// from being copied into it (section 13.2.4.3: marker).
func boundsScope(tag atom.Atom) bool {
	switch tag {
	case atom.Applet, atom.Caption, atom.Frameset, atom.Html, atom.Marquee, atom.Object, atom.Table, atom.Td, atom.Template, atom.Th:
		return true
	}
	return false
}

// keepsOpen reports whether the start tag of an element surely closes no other element.
func keepsOpen(tag atom.Atom) bool {
	switch tag {
	case atom.Br, atom.Embed, atom.Img, atom.Label, atom.Link, atom.Meta, atom.Script, atom.Span, atom.Style, atom.Wbr:
		return true
	}
	return false
}

// leavesForeign reports whether an element, other than formatting and special ones, is none
// of SVG where it stands in it, or holds HTML (WHATWG HTML, section 13.2.6.5).
func leavesForeign(name string) bool {
	switch name {
	case "br", "embed", "foreignobject", "hr", "image", "img", "math", "meta", "ruby", "span", "sub", "sup", "var":
		return true
	}
	return false
}

// isFormatting reports whether an element is a formatting element (WHATWG HTML, section 13.2.4.2).
func isFormatting(tag atom.Atom) bool {
	switch tag {
	case atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small,
		atom.Strike, atom.Strong, atom.Tt, atom.U:
		return true
	}
	return false
}

// lookup is [atom.Lookup] without an allocation.
func lookup(name string) atom.Atom {
	var buffer [24]byte // longer than any name that counts
	return atom.Lookup(buffer[:copy(buffer[:], name)])
}
