package clickthrough

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// addNumber adds the number that browsers show before an item of an ordered list (WHATWG HTML, section 4.4.5). The items
// of other lists are counted, too: each may show its number.
func (d *document) addNumber(element *html.Node) {
	list := d.listOf(element)
	if list == nil {
		return
	}
	step := 1
	if list.DataAtom == atom.Ol && hasAttribute(list, "reversed") {
		step = -1
	}
	number, known := d.numbers[list]
	if !known {
		number = d.firstNumber(list, step)
	}
	value, isSet := integer(element, "value")
	if isSet {
		number = value
	}
	d.numbers[list] = number + step
	if isSet || list.DataAtom == atom.Ol || isNumbered(element) || isNumbered(list) {
		d.items = append(d.items, item{kind: valueItem, text: strconv.Itoa(number) + " ", node: element})
	}
}

// listOf returns the list that an item is of. For one outside of all lists, that is the element around it.
func (d *document) listOf(element *html.Node) *html.Node {
	for up := element.Parent; up != nil && d.search.Spend(1); up = up.Parent {
		if isList(up) {
			return up
		}
	}
	return element.Parent
}

func isList(n *html.Node) bool {
	return n.DataAtom == atom.Ol || n.DataAtom == atom.Ul || n.DataAtom == atom.Menu
}

// isNumbered reports whether a list or an item has a type that numbers it, whatever the list is.
func isNumbered(n *html.Node) bool {
	switch attribute(n, "type") {
	case "1", "a", "A", "i", "I":
		return true
	}
	return false
}

// firstNumber returns the number of the first item of a list. A reversed list counts down to 1.
func (d *document) firstNumber(list *html.Node, step int) int {
	if start, ok := integer(list, "start"); ok && list.DataAtom == atom.Ol {
		return start
	}
	if step > 0 {
		return 1
	}
	return d.itemsOf(list)
}

// itemsOf counts the items in an element that are not those of a list within it. The parser bounds the depth.
func (d *document) itemsOf(n *html.Node) (count int) {
	for child := range n.ChildNodes() {
		if !d.search.Spend(1) {
			break
		}
		if child.DataAtom == atom.Li {
			count++
		}
		if !isList(child) {
			count += d.itemsOf(child)
		}
	}
	return count
}

// largestNumber is the number in place of those that are longer.
const largestNumber = 1<<31 - 1

// integer returns an attribute that begins with a number, as browsers read it (WHATWG HTML, section 2.3.4.1).
func integer(n *html.Node, name string) (int, bool) {
	text := strings.TrimLeft(attribute(n, name), " \t\n\f\r")
	digits := strings.TrimPrefix(text, "-")
	sign := 1
	if digits != text {
		sign = -1
	} else {
		digits = strings.TrimPrefix(text, "+")
	}
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	if digits == "" {
		return 0, false
	}
	number, err := strconv.Atoi(digits)
	if err != nil || number > largestNumber {
		number = largestNumber
	}
	return sign * number, true
}
