package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
)

// MaxSelector is the maximum length of a selector in bytes.
const MaxSelector = 4 << 10

// Selector is a group of CSS selectors. Cascadia says what the language is, and tests what an
// element shows by itself. Combinators and pseudo-classes that look at other elements are
// matched by a [Search], because cascadia searches the same elements again and again: on a
// small page that is nested deep, for minutes.
type Selector struct {
	text  string
	group []*step
	units int // that its regular expressions take of the budget of a pack
}

// step is a compound selector, and what is to its left.
type step struct {
	left       *step // nil for the first of a selector
	combinator byte  // to the left: ' ', '>', '+' or '~'

	tag    string       // that an element must have, in lower case; "" for any
	simple cascadia.Sel // all that depends on the element alone; nil for nothing
	size   int          // how many selectors simple has
	regex  int          // instructions of the regular expressions for attributes
	tests  []test
}

// test is a pseudo-class that depends on other nodes.
type test struct {
	name  string
	group []*step      // the argument of not, has and haschild
	sel   cascadia.Sel // of the others
	reach reach        // of the others
	regex int          // instructions of its regular expression
}

// reach is where cascadia looks to test a pseudo-class.
type reach uint8

const (
	reachSelf reach = iota + 1
	reachAncestors
	reachChildren
	reachSiblings
	reachDescendants
)

// reaches returns the reach of the pseudo-classes of cascadia, apart from not, has and haschild.
func reaches(name string) reach {
	switch name {
	case "input", "root", "link", "checked", "visited", "hover", "active", "focus", "target":
		return reachSelf
	case "lang", "enabled", "disabled":
		return reachAncestors
	case "empty", "containsown", "matchesown":
		return reachChildren
	case "nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type", "first-child", "last-child",
		"first-of-type", "last-of-type", "only-child", "only-of-type":
		return reachSiblings
	case "contains", "matches":
		return reachDescendants
	}
	return 0
}

// ParseSelector parses a selector of at most [MaxSelector] bytes.
func ParseSelector(text string) (*Selector, error) {
	if len(text) > MaxSelector {
		return nil, fmt.Errorf("%d bytes, at most %d", len(text), MaxSelector)
	}
	if _, err := cascadia.ParseGroup(text); err != nil { //permit:cascadia.ParseGroup
		return nil, err
	}
	p := selectorParser{text: text}
	group := p.group()
	if p.err == nil && p.at < len(text) {
		p.fail("not understood from %q on", text[p.at:])
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Selector{text: text, group: group, units: p.units}, nil
}

// String returns the selector as it was given.
func (s *Selector) String() string { return s.text }

// Warning says why the selector may be too much work on a long page: it has pseudo-classes
// that read all siblings of each element, or all text below it. It is empty for most selectors.
func (s *Selector) Warning() string {
	names := expensive(s.group, nil)
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return fmt.Sprintf("selector %q may be too much work on a long page: %s reads the siblings of each element, or its text",
		s.text, strings.Join(slices.Compact(names), ", "))
}

func expensive(group []*step, found []string) []string {
	for _, st := range group {
		for ; st != nil; st = st.left {
			for _, t := range st.tests {
				if t.reach == reachSiblings || t.reach == reachDescendants {
					found = append(found, ":"+t.name)
				}
				found = expensive(t.group, found)
			}
		}
	}
	return found
}

// lowerASCII lowers the letters that case-insensitive names have in CSS, HTML and HTTP. Every byte
// keeps its place, unlike in [strings.ToLower].
func lowerASCII(s string) string {
	lower := []byte(s)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return string(lower)
}
