package web

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// ErrTooComplex is the error of [ParseHTML] for a page whose tree would cost more memory or
// time than a page of its size needs, or is nested more than 512 elements deep.
var ErrTooComplex = errors.New("page too complex")

// Attribute returns the value of an HTML attribute of an element, and whether the element has it.
func Attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// ParseHTML returns the tree of a page (WHATWG HTML, section 13.2). Scripts count as
// disabled, so that the content of noscript is elements: portals put forms there. All HTML of
// foreign origin goes through this function, because the tree of a short page can be larger
// than memory. The error is or wraps [ErrTooComplex]; then the tree is empty.
func ParseHTML(body string) (*html.Node, error) {
	if TreeCost(body) > TreeBudget {
		return &html.Node{Type: html.DocumentNode}, ErrTooComplex
	}
	root, err := html.ParseWithOptions(strings.NewReader(body), html.ParseOptionEnableScripting(false)) //permit:html.ParseWithOptions
	if err != nil {
		return &html.Node{Type: html.DocumentNode}, fmt.Errorf("%w: %w", ErrTooComplex, err)
	}
	return root, nil
}
