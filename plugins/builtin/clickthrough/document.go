package clickthrough

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// The limits of what is read of a page. Real pages are far below.
const (
	maxText     = 64 << 10 // bytes of visible text
	maxControls = 400      // of all forms, and links
	maxOwnText  = 600      // bytes of the text of a button or a link
	maxSaid     = 4 << 10  // bytes of a label, a name, a value or an address
	textCost    = 12       // units of [web.Search] for each byte of text that is read
	nodeCost    = 8        // for each node
	perUnit     = 4        // bytes that are looked at for a unit
)

// document is a portal's page in reading order.
type document struct {
	page    *portal.Page
	search  *web.Search
	items   []item
	at      map[*html.Node]int // index of an item with a control, button or link; others are not visible
	labels  map[string][]*html.Node
	byID    map[string]*html.Node
	forms   []*form
	notes   []string     // attributes that a person reads
	unshown []*html.Node // elements that are not displayed, unless a style sheet displays them
	size    int          // bytes of text
	typed   bool         // in a textarea
	frames  int          // around it

	unread    bool // it shows a document that cannot be read
	reordered bool // it may show text from the other side
	shadowed  bool // it has a shadow tree

	scripts functions
	numbers map[*html.Node]int           // of the next item of each ordered list
	details map[string]*html.Node        // the first open one of each name; nil: not looked for yet
	sheet   *sheet                       // nil: not read yet
	styles  map[*html.Node][]declaration // cache of ownStyle
	named   map[*html.Node]string        // cache of label
	texts   map[*html.Node]string        // cache of ownText
	meant   map[*html.Node]kinds         // cache of meaning
	said    map[string]kinds             // cache of read
}

// item is a part of a page in reading order: text, an element that a person can use, or a break.
type item struct {
	kind  itemKind
	text  string
	node  *html.Node
	typed bool // the text is in a textarea, where portals put their terms
}

type itemKind uint8

const (
	textItem    itemKind = iota
	elementItem          // a control, a button or a link
	valueItem            // the value of a field for text
	softBreak            // a block or a line ends
	hardBreak            // a row, an item of a list, or a form ends
)

// form is a form with its controls.
type form struct {
	*portal.Form

	controls []control
	actions  []control // that are sent as they are, and whose names say that they tell what to do
	agrees   bool      // it has a box about terms
}

// control is a control with its element.
type control struct {
	portal.Control

	node    *html.Node
	visible bool
}

// readDocument reads a page. It ends early if the search has no more budget: see [web.Search.Err].
func readDocument(page *portal.Page, search *web.Search) *document {
	return readWithin(page, search, 0)
}

// readWithin reads a page that is in so many frames.
func readWithin(page *portal.Page, search *web.Search, frames int) *document {
	d := &document{
		page: page, search: search, frames: frames, at: map[*html.Node]int{}, labels: map[string][]*html.Node{}, byID: map[string]*html.Node{}, styles: map[*html.Node][]declaration{},
		named: map[*html.Node]string{}, texts: map[*html.Node]string{}, meant: map[*html.Node]kinds{}, said: map[string]kinds{}, numbers: map[*html.Node]int{},
	}
	d.walk(page.Document().Nodes[0])
	d.addSheetDocuments()
	d.addUnshownDocuments()
	for _, f := range page.Forms() {
		d.addForm(f)
	}
	return d
}

func (d *document) addForm(f *portal.Form) {
	result := &form{Form: f}
	controls, nodes := f.Controls(), f.Nodes()
	if !d.search.Spend(nodeCost * len(nodes)) {
		return
	}
	for i, c := range controls {
		_, visible := d.at[nodes[i]]
		result.controls = append(result.controls, control{c, nodes[i], visible && c.Type != "hidden"})
	}
	d.sortControls(result)
	d.forms = append(d.forms, result)
}

// sortControls finds the controls that every button of a form is judged by.
func (d *document) sortControls(f *form) {
	for _, c := range f.controls {
		switch {
		case !c.visible && (d.isAction(c.Name) || isTicked(c.Type) && c.Checked):
			f.actions = append(f.actions, c)
		case c.visible && c.Type == "checkbox" && d.meaning(c).hasAny(terms, accept):
			f.agrees = true
		}
	}
}

// walk reads a node and what is below it. The parser bounds the depth.
func (d *document) walk(n *html.Node) {
	if !d.search.Spend(nodeCost) || d.tooLong() {
		return
	}
	if n.Type == html.TextNode {
		d.addText(n, n.Data)
		return
	}
	if n.Type == html.ElementNode {
		d.index(n)
		if d.isInvisible(n) {
			d.addUnshown(n)
			return
		}
		d.before(n)
	}
	d.typed = n.DataAtom == atom.Textarea
	for child := range n.ChildNodes() {
		d.walk(child)
	}
	d.typed = false
	if n.Type == html.ElementNode {
		d.addBreak(n)
	}
}

func (d *document) index(n *html.Node) {
	if id := attribute(n, "id"); id != "" && d.byID[id] == nil {
		d.byID[id] = n
	}
	if target := attribute(n, "for"); target != "" && n.DataAtom == atom.Label {
		d.labels[target] = append(d.labels[target], n)
	}
}

// before adds what a person sees of an element before its content.
func (d *document) before(n *html.Node) {
	d.addBreak(n)
	switch n.DataAtom {
	case atom.Input, atom.Button, atom.Select, atom.Textarea, atom.A, atom.Area:
		d.at[n] = len(d.items)
		d.items = append(d.items, item{kind: elementItem, node: n})
		switch {
		case n.DataAtom != atom.Input:
		case isButtonType(attribute(n, "type")):
			d.addText(n, attribute(n, "value"))
		case !isTicked(attribute(n, "type")):
			d.addValue(n)
		}
	case atom.Img:
		d.addText(n, attribute(n, "alt"))
	case atom.Li:
		d.addNumber(n)
	}
	d.addDocuments(n)
	d.addNotes(n)
	d.reordered = d.reordered || reorders(n)
}

// addNotes adds the attributes of an element that a person can read.
func (d *document) addNotes(n *html.Node) {
	typed := n.DataAtom == atom.Input && !isTicked(attribute(n, "type"))
	for _, a := range n.Attr {
		switch a.Key {
		case "alt", "title", "aria-label", "aria-description", "aria-valuetext", "aria-roledescription", "placeholder", "label":
		case "value":
			if !typed {
				continue
			}
		default:
			continue
		}
		if a.Namespace == "" && a.Val != "" {
			d.size += len(a.Val)
			d.notes = append(d.notes, a.Val)
		}
	}
}

// addText adds a text of a node.
func (d *document) addText(n *html.Node, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	const overrides = "\u202d\u202e"
	d.reordered = d.reordered || strings.ContainsAny(text, overrides)
	d.size += len(text)
	d.items = append(d.items, item{kind: textItem, text: text, node: n, typed: d.typed})
}

// addValue adds the value of a field for text, which a person reads between the words beside it.
func (d *document) addValue(n *html.Node) {
	if value := attribute(n, "value"); value != "" {
		d.size += len(value)
		d.items = append(d.items, item{kind: valueItem, text: value, node: n})
	}
}

func (d *document) tooLong() bool { return d.size > maxText || len(d.at) > maxControls }

// addBreak adds the break at the beginning or end of an element.
func (d *document) addBreak(n *html.Node) {
	switch n.DataAtom {
	case atom.Tr, atom.Li, atom.Form, atom.Fieldset, atom.Hr, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Table, atom.Body, atom.Textarea, atom.Select:
		d.items = append(d.items, item{kind: hardBreak})
	case atom.P, atom.Div, atom.Br, atom.Td, atom.Th, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Center, atom.Option, atom.Button, atom.A, atom.Dd, atom.Dt, atom.Dl:
		d.items = append(d.items, item{kind: softBreak})
	}
}

// text returns the visible text of the page, without what a person can type into.
func (d *document) text() []token {
	var text strings.Builder
	for _, it := range d.items {
		switch {
		case it.kind == textItem && !it.typed, it.kind == valueItem:
			text.WriteString(it.text)
		case it.kind == hardBreak:
			text.WriteString("|")
		case it.kind != textItem:
			text.WriteString("\n")
		}
	}
	return d.tokens(d.bothWays(text.String()))
}

// tokens reads a text, if the budget allows it.
func (d *document) tokens(text string) []token {
	if !d.search.Spend(textCost * len(text)) {
		return nil
	}
	return tokenize(text)
}

// notesText returns what a person reads in attributes, and in fields for text that do not hold terms.
func (d *document) notesText() []token {
	for _, it := range d.items {
		if it.kind != elementItem || it.node.DataAtom != atom.Textarea {
			continue
		}
		var text strings.Builder
		d.writeText(&text, it.node, maxText)
		if about := d.read(attributeWords(clip(attribute(it.node, "name"), maxSaid))) | d.read(d.label(it.node)) | d.read(text.String()); !about.has(terms) || about.has(overlong) {
			d.notes = append(d.notes, text.String())
		}
	}
	return d.tokens(strings.Join(d.notes, "|"))
}

// clipped marks a text that is longer than its bound. No page has such a character (WHATWG HTML, section 13.2.5).
const clipped = "\x00"

// clip cuts a text that is longer than a bound, and marks it.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return web.TruncateUTF8(text, most) + clipped
}

// read returns what a text says. A price is something to pay for.
func (d *document) read(text string) kinds {
	if !d.search.Spend(1 + len(text)/16) {
		return 0
	}
	said, known := d.said[text]
	if !known {
		tokens := d.tokens(text)
		said = words().text.read(tokens)
		if words().price(tokens) != "" {
			said.add(pay)
		}
		if strings.Contains(text, clipped) {
			said.add(overlong)
		}
		d.said[text] = said
	}
	return said
}

// readAttributes returns what names and addresses say.
func (d *document) readAttributes(names ...string) kinds {
	for i, name := range names {
		names[i] = plainName(clip(name, maxSaid))
	}
	text := strings.Join(names, "|")
	says := words().readNames(d.tokens(attributeWords(text)))
	if strings.Contains(text, clipped) {
		says.add(overlong)
	}
	return says
}

func isTicked(kind string) bool {
	kind = strings.ToLower(kind)
	return kind == "checkbox" || kind == "radio"
}

func isButtonType(kind string) bool {
	switch strings.ToLower(kind) {
	case "submit", "button", "reset", "image":
		return true
	}
	return false
}

func attribute(n *html.Node, name string) string {
	value, _ := web.Attribute(n, name)
	return value
}

func hasAttribute(n *html.Node, name string) bool {
	_, has := web.Attribute(n, name)
	return has
}
