package clickthrough

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// Use is what somebody did on a page.
type Use struct {
	Form   *html.Node          // that was sent; nil: a link was followed, or a script sent something
	Target *url.URL            // that was requested
	Sent   map[string][]string // values by the names of fields
	// Typed reports whether a person typed the value of a field; nil: no one typed any.
	Typed func(name, value string) bool
}

const notReadForPrices = "a page that cannot be read as a whole to look for prices"

// allRead returns what a search found, or that a page was not read as a whole.
func (d *document) allRead(found string) string {
	if d.page.TooComplex() || d.tooLong() || d.unread || d.search.Err() != nil {
		return notReadForPrices
	}
	return found
}

// Cost returns what says that the use of a page costs something: where it leads, what was pressed or chosen, or a price that is
// not that of another offer on the page. It is "" if nothing says so. It has no word of the page, which may repeat what somebody typed. The
// work is that of the search; if it takes too much, or its context ends, the page counts as one that costs something.
func Cost(search *web.Search, page *portal.Page, use Use) string {
	d := readDocument(page, search)
	if unread := d.allRead(""); unread != "" {
		return unread
	}
	return d.allRead(d.cost(use))
}

// cost returns what says that the use of the page costs something, as far as the budget allows it.
func (d *document) cost(use Use) string {
	pressed := d.pressed(use)
	for _, n := range pressed {
		says := d.read(d.buttonText(n)) | d.read(d.ownText(n)) | d.readAttributes(attribute(n, "name"), attribute(n, "id"), attribute(n, "value"), attribute(n, "formaction"))
		if says.hasAny(pay, charged, overlong) {
			return "what was pressed buys something, or is too long to read"
		}
	}
	if d.readTarget(use.Target).hasAny(pay, overlong) {
		return "its address is that of a purchase, or too long to read"
	}
	if d.costsBySent(use) {
		return "a field that it sent costs something"
	}
	for _, f := range d.forms {
		if f.Node() == use.Form {
			if d.costsByChoice(f, use) {
				return "what was chosen costs something"
			}
			if len(pressed) == 0 {
				pressed = append(pressed, f.Node())
			}
		}
	}
	return d.priceBeside(pressed)
}

// Receipt returns what says that the answer of a portal is for something that was bought, "" if nothing does. What is within another
// offer does not count. As with [Cost], it has no word of the page.
func Receipt(search *web.Search, page *portal.Page) string {
	d := readDocument(page, search)
	if unread := d.allRead(""); unread != "" {
		return unread
	}
	for _, s := range d.statements() {
		if d.read(s.text).hasAny(pay, charged) && !d.isWithin(s.node, atom.A, atom.Button, atom.Form, atom.Label, atom.Option) {
			return "its answer names a price or a purchase"
		}
	}
	return d.allRead("")
}

// pressed returns the buttons or links that the use may have pressed.
func (d *document) pressed(use Use) []*html.Node {
	for _, f := range d.forms {
		if f.Node() == use.Form {
			return d.pressedIn(f, use.Sent)
		}
	}
	var links []*html.Node
	for n := range d.at {
		if n.DataAtom != atom.A || use.Target == nil || !d.search.Spend(nodeCost+len(attribute(n, "href"))) {
			continue
		}
		if to := d.target(attribute(n, "href")); to != nil && to.String() == use.Target.String() {
			links = append(links, n)
		}
	}
	return links
}

// pressedIn returns the buttons of a form whose values were sent, else those that send none.
func (d *document) pressedIn(f *form, sent map[string][]string) []*html.Node {
	var named, others []*html.Node
	for _, c := range f.controls {
		if !d.search.Spend(nodeCost + len(sent[c.Name])) {
			break
		}
		kind := strings.ToLower(c.Type)
		isButton := (isButtonType(kind) || c.node.DataAtom == atom.Button) && kind != "reset"
		switch {
		case isButton && c.Name != "" && slices.Contains(sent[c.Name], c.Value):
			named = append(named, c.node)
		case isButton && (c.Name == "" || sent[c.Name+".x"] != nil):
			others = append(others, c.node)
		}
	}
	if len(named) > 0 {
		return named
	}
	return others
}

// costsBySent reports whether a name and its value that were sent cost something.
func (d *document) costsBySent(use Use) bool {
	leftOut := d.namesToType()
	for name, values := range use.Sent {
		for _, value := range values {
			isTyped := use.Typed != nil && use.Typed(name, value) || value == "" && leftOut[name]
			if !d.search.Spend(nodeCost) || d.readSent(name, value, isTyped).hasAny(pay, overlong) || !isTyped && !leftOut[name] && d.readContent(value).has(pay) {
				return true
			}
		}
	}
	return false
}

// namesToType returns the names of the controls that a person may leave empty.
func (d *document) namesToType() map[string]bool {
	names := map[string]bool{}
	for _, f := range d.forms {
		for _, c := range f.controls {
			if d.search.Spend(1) && mayBeEmpty(c) {
				names[c.Name] = true
			}
		}
	}
	return names
}

// costsByChoice reports whether what was chosen in a form costs something.
func (d *document) costsByChoice(f *form, use Use) bool {
	for _, c := range f.controls {
		sent := use.Sent[c.Name]
		if !d.search.Spend(nodeCost + len(sent)) {
			return false
		}
		switch {
		case len(sent) == 0 || c.Name == "":
		case isTicked(c.Type) && slices.Contains(sent, c.Value), c.node.DataAtom == atom.Select:
			says := d.readAttributes(c.Value) & ofTargets
			if isTicked(c.Type) {
				says |= d.read(d.label(c.node))
			} else {
				says = d.readAttributes(sent[0])&ofTargets | d.read(d.chosenText(c.node, sent))
			}
			if says.hasAny(pay, charged, overlong) {
				return true
			}
		}
	}
	return false
}

// chosenText returns the text of the options of a list that were sent.
func (d *document) chosenText(list *html.Node, sent []string) string {
	var text strings.Builder
	for n := range list.Descendants() {
		if n.DataAtom != atom.Option || !d.search.Spend(nodeCost+len(sent)) {
			continue
		}
		value, has := web.Attribute(n, "value")
		own := d.ownText(n)
		if has && slices.Contains(sent, value) || !has && slices.Contains(sent, own) {
			text.WriteString(own + "|")
		}
	}
	return text.String()
}

// statement is a text of the page that may say what something costs.
type statement struct {
	text string
	node *html.Node
}

// statements returns the texts of a page between breaks and controls. A row of several of them counts as a whole if only that says
// what something costs.
func (d *document) statements() []statement {
	var found []statement
	var line, row passage
	isSaid := false // by a line of the row
	endLine := func() {
		if s := line.end(); strings.TrimSpace(s.text) != "" {
			found, isSaid = append(found, s), isSaid || d.read(s.text).hasAny(pay, charged)
		}
	}
	endRow := func() {
		endLine()
		if s := row.end(); !isSaid && s.node != nil {
			found = append(found, s)
		}
		isSaid = false
	}
	for _, it := range d.items {
		if !d.search.Spend(nodeCost + len(it.text)/perUnit) {
			return found
		}
		switch {
		case it.kind == hardBreak:
			endRow()
		case it.kind == valueItem, it.kind == textItem && !it.typed:
			line.add(it)
			row.add(it)
		case it.kind != textItem:
			endLine()
			row.text.WriteByte('\n')
		}
	}
	endRow()
	found = append(found, d.hiddenTexts()...)
	for i := range found {
		found[i].text = d.bothWays(found[i].text)
	}
	return found
}

// passage is a statement that is not complete yet.
type passage struct {
	text strings.Builder
	node *html.Node // of its first text
}

func (p *passage) add(it item) {
	if p.node == nil {
		p.node = it.node
	}
	p.text.WriteString(it.text)
}

// end returns the statement, and begins another one.
func (p *passage) end() statement {
	s := statement{p.text.String(), p.node}
	p.text.Reset()
	p.node = nil
	return s
}

// priceBeside returns what says that there is a price on the page that may be that of what was pressed, "" if there is none.
func (d *document) priceBeside(pressed []*html.Node) string {
	const says = "its page names a price"
	var prices []*html.Node
	for _, s := range d.statements() {
		if tokens := d.tokens(s.text); words().price(tokens) == "" && !words().text.read(tokens).has(charged) {
			continue
		}
		if d.isWithin(s.node, atom.Option) { // what was chosen is looked at on its own
			continue
		}
		if len(pressed) == 0 && !d.isWithin(s.node, atom.A, atom.Button, atom.Label) {
			return says
		}
		prices = append(prices, s.node)
	}
	for _, n := range pressed {
		around := d.around(n)
		if slices.ContainsFunc(prices, func(price *html.Node) bool { return !d.isOtherOffer(price, n, around) }) {
			return says
		}
	}
	return ""
}

// around returns an element and those that it is in.
func (d *document) around(n *html.Node) map[*html.Node]bool {
	around := map[*html.Node]bool{}
	for ; n != nil && d.search.Spend(nodeCost); n = n.Parent {
		around[n] = true
	}
	return around
}

// isOtherOffer reports whether a text is of another offer than what was pressed: what both are in separates them, and on
// the side of the text there is something else to press or to choose.
func (d *document) isOtherOffer(text, pressed *html.Node, around map[*html.Node]bool) bool {
	if !d.search.Spend(nodeCost) {
		return false
	}
	side := text
	for side.Parent != nil && !around[side.Parent] && d.search.Spend(nodeCost) {
		side = side.Parent
	}
	if around[side] || side == pressed {
		return false
	}
	if d.isOffer(side, pressed) {
		return true
	}
	for n := range side.Descendants() {
		if !d.search.Spend(nodeCost) {
			return false
		}
		if d.isOffer(n, pressed) {
			return true
		}
	}
	return false
}

// isOffer reports whether an element is something else to press or to choose.
func (d *document) isOffer(n, pressed *html.Node) bool {
	switch n.DataAtom {
	case atom.Button:
		return n != pressed
	case atom.Input:
		kind := attribute(n, "type")
		return n != pressed && (isTicked(kind) || isButtonType(kind))
	case atom.A:
		return n != pressed && (d.read(d.ownText(n)).hasAny(pay, charged, accept, goOn) || d.readAttributes(attribute(n, "href")).has(pay))
	}
	return false
}

// isWithin reports whether a node is in one of some elements.
func (d *document) isWithin(n *html.Node, some ...atom.Atom) bool {
	for ; n != nil && d.search.Spend(1); n = n.Parent {
		if slices.Contains(some, n.DataAtom) {
			return true
		}
	}
	return false
}
