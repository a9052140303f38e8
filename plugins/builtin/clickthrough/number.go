package clickthrough

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// addNumber adds the number that browsers show before an item of an ordered list (WHATWG HTML, section 4.4.5).
func (d *document) addNumber(element *html.Node) {
	list := d.listOf(element)
	if list == nil {
		return
	}
	step := 1
	if hasAttribute(list, "reversed") {
		step = -1
	}
	number, known := d.numbers[list]
	if !known {
		number = d.firstNumber(list, step)
	}
	if value, ok := integer(element, "value"); ok {
		number = value
	}
	d.numbers[list] = number + step
	d.items = append(d.items, item{kind: valueItem, text: strconv.Itoa(number) + " ", node: element})
}

// listOf returns the ordered list that an item is of, nil if it is of none.
func (d *document) listOf(element *html.Node) *html.Node {
	for up := element.Parent; up != nil && d.search.Spend(1); up = up.Parent {
		switch up.DataAtom {
		case atom.Ol:
			return up
		case atom.Ul, atom.Menu:
			return nil
		}
	}
	return nil
}

// firstNumber returns the number of the first item of a list. A reversed list counts down to 1.
func (d *document) firstNumber(list *html.Node, step int) int {
	if start, ok := integer(list, "start"); ok {
		return start
	}
	if step > 0 {
		return 1
	}
	count := 0
	for child := range list.ChildNodes() {
		if d.search.Spend(1) && child.DataAtom == atom.Li {
			count++
		}
	}
	return count
}

// integer returns an attribute that is a number.
func integer(n *html.Node, name string) (int, bool) {
	number, err := strconv.Atoi(strings.TrimSpace(attribute(n, name)))
	return number, err == nil
}
