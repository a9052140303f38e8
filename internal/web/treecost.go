package web

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxOpen       = 512 // open formatting elements; the parser refuses more open elements
	maxAttributes = 32  // of a formatting element
)

// treeCost bounds the cost of a tree from above. It reads the tags as the tree builder of
// x/net/html does, and keeps the formatting elements that may be active: one counts until
// its end tag surely closes it. Where that is not known, such as across the border of a
// table cell, it counts to the end.
type treeCost struct {
	body      string // from the current token on
	tokenizer *html.Tokenizer
	cost      int
	budget    int
	weight    int               // of all formatting elements that may be active
	active    map[atom.Atom]int // how many of each
	heaviest  int               // of them
	detached  bool              // active elements may not be open: text or an element copies them
	document  int               // attributes of html and body

	// Since the last element that bounds a scope:
	formatting []openElement
	blocks     []atom.Atom // open elements of the category special

	inTable bool      // a table is surely open, and nothing between it and the tag bounds a scope but a cell
	cell    atom.Atom // td or th that is surely open in it; 0: none

	svg      []string // open elements of an svg element
	noscript bool     // one is open
}

// openElement is an open formatting element.
type openElement struct {
	tag    atom.Atom
	weight int
	blocks int // that were open before it
}

func newTreeCost(body string, budget int) *treeCost {
	return &treeCost{body: body, tokenizer: html.NewTokenizer(strings.NewReader(body)), budget: budget, active: map[atom.Atom]int{}}
}

func (c *treeCost) affordable() bool {
	for c.cost <= c.budget {
		c.tokenizer.AllowCDATA(len(c.svg) > 0)
		kind := c.tokenizer.Next()
		token := c.body[:len(c.tokenizer.Raw())]
		switch kind {
		case html.ErrorToken:
			return true
		case html.TextToken:
			c.reconstruct()
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attributes := splitTag(token[1:])
			c.start(name, attributes, kind == html.SelfClosingTagToken)
		case html.EndTagToken:
			name, _ := splitTag(token[2:])
			c.end(name)
		}
		c.body = c.body[len(token):]
	}
	return false
}

// giveUp refuses a page whose cost is not known.
func (c *treeCost) giveUp() { c.cost = c.budget + 1 }

// reconstruct copies the active formatting elements that are not open (WHATWG HTML, section 13.2.4.3).
func (c *treeCost) reconstruct() {
	if c.detached {
		c.cost += c.weight
	}
	c.detached = false
}

func (c *treeCost) start(name, attributes string, selfClosing bool) {
	tag := lookup(name)
	if len(c.svg) > 0 {
		c.startForeign(name, tag, selfClosing)
		return
	}
	switch {
	case isFormatting(tag):
		c.startFormatting(tag, countAttributes(attributes))
		return
	case tag == atom.Html, tag == atom.Body:
		c.document += countAttributes(attributes)
		c.cost += c.document
	case tag == atom.Svg:
		if !selfClosing {
			c.svg = append(c.svg, name)
		}
	case tag == atom.Math:
		c.giveUp()
	case tag == atom.Noscript:
		c.tokenizer.NextIsNotRawText()
		if c.noscript { // the parser ignores it in the head and reads its content as text
			c.giveUp()
		}
		c.noscript = true
	}
	if !isBlock(tag) {
		c.reconstruct()
	}
	c.detached = c.detached || !keepsOpen(tag)
	if isTablePart(tag) {
		c.closeCell()
	}
	switch {
	case boundsScope(tag):
		c.formatting, c.blocks = c.formatting[:0], c.blocks[:0]
		c.enterScope(tag)
	case isSpecial(tag):
		c.blocks = append(c.blocks, tag)
	}
}

// enterScope keeps track of tables. A cell puts a marker behind the active formatting
// elements.
func (c *treeCost) enterScope(tag atom.Atom) {
	c.cell = 0
	switch {
	case tag == atom.Table:
		c.inTable = true
	case tag != atom.Td && tag != atom.Th:
		c.inTable = false
	case c.inTable:
		c.cell = tag
	}
}

// closeCell drops the formatting elements of a cell: its end clears them up to the marker.
func (c *treeCost) closeCell() {
	if c.cell == 0 {
		return
	}
	for _, element := range c.formatting {
		c.weight -= element.weight
		c.active[element.tag]--
	}
	c.formatting, c.blocks, c.cell = c.formatting[:0], c.blocks[:0], 0
}

func (c *treeCost) startFormatting(tag atom.Atom, attributes int) {
	if attributes > maxAttributes || len(c.formatting) == maxOpen {
		c.giveUp()
		return
	}
	if tag == atom.Nobr {
		c.reconstruct()
	}
	if tag == atom.A || tag == atom.Nobr { // closes the one before it
		c.endFormatting(tag)
	}
	c.reconstruct()
	c.cost += attributes * attributes * c.weight / comparisonsPerUnit
	weight := 1 + attributes
	c.weight += weight
	c.active[tag]++
	c.heaviest = max(c.heaviest, weight)
	c.formatting = append(c.formatting, openElement{tag, weight, len(c.blocks)})
}

// startForeign is an element within svg. Only what surely is an element of SVG is known;
// others leave the svg element or have HTML in them.
func (c *treeCost) startForeign(name string, tag atom.Atom, selfClosing bool) {
	c.tokenizer.NextIsNotRawText()
	switch inner := c.svg[len(c.svg)-1]; {
	case inner == "title", inner == "desc":
		c.giveUp()
	case name == "title", name == "desc", name == "style":
	case isFormatting(tag), isSpecial(tag), leavesForeign(name):
		c.giveUp()
	}
	if !selfClosing {
		c.svg = append(c.svg, name)
	}
}

func (c *treeCost) end(name string) {
	tag := lookup(name)
	switch {
	case len(c.svg) > 0:
		if c.svg[len(c.svg)-1] != name {
			c.giveUp()
		}
		c.svg = c.svg[:len(c.svg)-1]
		return
	case isFormatting(tag):
		c.endFormatting(tag)
	case tag == atom.Noscript:
		c.noscript = false
	case tag == atom.Br: // is a start tag
		c.reconstruct()
	case tag == c.cell, tag == atom.Tr:
		c.closeCell()
	case tag == atom.Table:
		c.closeCell()
		c.inTable = false
	}
	c.detached = true
	if last := len(c.blocks) - 1; last >= 0 && c.blocks[last] == tag {
		c.blocks = c.blocks[:last]
		for i := len(c.formatting) - 1; i >= 0 && c.formatting[i].blocks > last; i-- {
			c.formatting[i].blocks = last
		}
	}
}

// endFormatting closes the last open element of a name. The adoption agency moves it out
// of the blocks in it, one after the other, and stops after 8 without closing it.
func (c *treeCost) endFormatting(tag atom.Atom) {
	if c.active[tag] == 0 {
		return
	}
	c.detached = true
	last := len(c.formatting) - 1
	for last >= 0 && c.formatting[last].tag != tag {
		last--
	}
	if last < 0 {
		c.cost += adoptionCopies * c.heaviest
		return
	}
	element := c.formatting[last]
	blocks := len(c.blocks) - element.blocks
	c.cost += min(4*blocks, adoptionCopies) * c.heaviest
	if blocks < 8 {
		c.weight -= element.weight
		c.active[tag]--
		c.formatting = append(c.formatting[:last], c.formatting[last+1:]...)
	}
}
