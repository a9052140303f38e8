package clickthrough

import (
	"strings"

	"github.com/tdewolff/parse/v2/css"
	"golang.org/x/net/html"
)

// The limits of what of a selector is compared. What is beyond is taken to match.
const (
	maxParts  = 6 // elements within each other
	maxSimple = 8 // classes and attributes of one element
)

// selector is a selector of elements within each other. It matches at least the elements that
// the style sheet means.
type selector struct {
	parts  []compound // each is within the one before, at any depth
	exact  bool       // it matches no others
	weight [4]int     // for the cascade: 1 for a style attribute, 2 if not exact; IDs, classes and types
}

// compound is what an element has to be: a type, an ID, classes and attributes; empty: any.
type compound struct {
	tag     string
	id      cssName
	classes []cssName
	attrs   []attrTest
}

// cssName is a class or an ID. In quirks mode its case does not matter.
type cssName struct{ text, lower string }

func nameOf(text string) cssName { return cssName{text, strings.ToLower(text)} }

// equals compares names, which are perhaps equal if only their case is different.
func (c cssName) equals(other cssName) certainty {
	switch {
	case c.lower != other.lower:
		return never
	case c.text != other.text:
		return perhaps
	}
	return always
}

// attrTest wants an attribute, and perhaps its value.
type attrTest struct {
	name, value string
	hasValue    bool
}

// selectorReader reads one selector of a list.
type selectorReader struct {
	selector

	open    bool // the last part may go on
	resting bool // it matches elements where nobody points at or types into, and no pseudo-element
	valid   bool // browsers certainly understand it: otherwise they pass over the whole list
}

// selectorsOf reads the selectors of a list. It leaves out those of a state that an element does not have
// by itself, such as hover, and of pseudo-elements.
func selectorsOf(parts [][]cssToken) []selector {
	list := []selector{}
	valid := true
	for _, part := range parts {
		r := selectorReader{selector: selector{exact: true}, resting: true, valid: true}
		r.read(trim(part))
		valid = valid && r.valid
		if r.resting {
			list = append(list, r.selector)
		}
	}
	for i := range list {
		list[i].exact = list[i].exact && valid
		list[i].weigh()
	}
	return list
}

func (s *selector) weigh() {
	if !s.exact {
		s.weight[0] = 2
	}
	for _, c := range s.parts {
		s.weight[1] += min(len(c.id.text), 1)
		s.weight[2] += len(c.classes) + len(c.attrs)
		s.weight[3] += min(len(c.tag), 1)
	}
}

func (r *selectorReader) read(tokens []cssToken) {
	r.valid = len(tokens) > 0
	for i := 0; i < len(tokens); {
		i += r.token(tokens[i:])
	}
	if len(r.parts) > maxParts {
		r.parts, r.exact = r.parts[len(r.parts)-maxParts:], false
	}
	if len(r.parts) == 0 {
		r.parts = []compound{{}}
	}
}

// token reads the next part of a selector, and returns how many tokens that has.
func (r *selectorReader) token(tokens []cssToken) int {
	first, next := tokens[0], cssToken{}
	if len(tokens) > 1 {
		next = tokens[1]
	}
	switch {
	case first.kind == css.WhitespaceToken:
		r.open = false
	case first.kind == css.IdentToken:
		r.valid = r.valid && !r.open
		r.last().tag = first.lower()
	case first.kind == css.HashToken:
		r.id(first)
	case first.isDelim("*"):
		r.valid = r.valid && !r.open
		r.last()
	case first.isDelim(".") && next.isName():
		r.class(next)
		return 2
	case first.isDelim(">"): // it is taken for any depth
		r.open, r.exact = false, false
	case first.isDelim("+"), first.isDelim("~"): // what is before is not below each other
		r.open, r.exact, r.parts = false, false, nil
	case first.kind == css.ColonToken:
		return r.pseudo(tokens)
	case first.kind == css.LeftBracketToken:
		return r.attribute(tokens)
	default:
		r.valid = false
	}
	return 1
}

// last returns the part that is being read.
func (r *selectorReader) last() *compound {
	if !r.open || len(r.parts) == 0 {
		r.parts, r.open = append(r.parts, compound{}), true
	}
	return &r.parts[len(r.parts)-1]
}

func (r *selectorReader) id(t cssToken) {
	c, name := r.last(), nameOf(unescape(t.text[1:]))
	r.valid = r.valid && (name.text[0] < '0' || name.text[0] > '9')
	r.exact = r.exact && c.id.text == ""
	c.id = name
}

func (r *selectorReader) class(t cssToken) {
	c := r.last()
	if len(c.classes) == maxSimple {
		r.exact = false
		return
	}
	c.classes = append(c.classes, nameOf(unescape(t.text)))
}

// attribute reads a test of an attribute. Of its operators, only "=" is understood.
func (r *selectorReader) attribute(tokens []cssToken) int {
	end := 1
	for end < len(tokens) && tokens[end].kind != css.RightBracketToken {
		end++
	}
	c, inside := r.last(), trim(tokens[1:end])
	if len(inside) == 0 || inside[0].kind != css.IdentToken || len(c.attrs) == maxSimple {
		r.valid, r.exact = r.valid && len(c.attrs) == maxSimple, false
		return min(end+1, len(tokens))
	}
	test := attrTest{name: inside[0].lower()}
	switch rest := trim(inside[1:]); {
	case len(rest) == 0:
	case len(rest) > 1 && rest[0].isDelim("="):
		value := trim(rest[1:])
		test.hasValue = true
		test.value = unescape(strings.Trim(value[0].text, `"'`))
		r.exact = r.exact && len(value) == 1 && value[0].kind == css.IdentToken
	default:
		r.exact = false
	}
	c.attrs = append(c.attrs, test)
	return min(end+1, len(tokens))
}

// pseudo reads a pseudo-class or -element (Selectors Level 4).
func (r *selectorReader) pseudo(tokens []cssToken) int {
	length := 1
	isElement := len(tokens) > 1 && tokens[1].kind == css.ColonToken
	if isElement {
		length++
	}
	if len(tokens) == length {
		r.valid = false
		return length
	}
	r.last()
	switch name := tokens[length].lower(); {
	case tokens[length].kind == css.FunctionToken:
		r.valid, r.exact = false, false
		return length + closing(tokens[length:])
	case isElement:
		r.resting, r.valid = false, r.valid && isPseudoElement(name)
	case isPseudoElement(name), isPassing(name):
		r.resting = false
	default:
		r.exact, r.valid = false, r.valid && isPseudoClass(name)
	}
	return length + 1
}

// closing returns how many tokens there are up to the one that closes the first.
func closing(tokens []cssToken) int {
	depth := 0
	for i, t := range tokens {
		switch t.kind {
		case css.FunctionToken, css.LeftParenthesisToken:
			depth++
		case css.RightParenthesisToken:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(tokens)
}

func isPseudoElement(name string) bool {
	switch name {
	case "before", "after", "first-line", "first-letter", "placeholder", "selection", "marker", "backdrop", "file-selector-button":
		return true
	}
	return strings.HasPrefix(name, "-webkit-")
}

// isPassing reports whether a pseudo-class is for what a person does with an element just now.
func isPassing(name string) bool {
	switch name {
	case "hover", "active", "focus", "focus-visible", "focus-within", "visited", "target":
		return true
	}
	return false
}

// isPseudoClass reports whether browsers have known a pseudo-class for long.
func isPseudoClass(name string) bool {
	switch name {
	case "root", "link", "checked", "disabled", "enabled", "required", "optional", "valid", "invalid", "empty", "read-only", "read-write",
		"first-child", "last-child", "only-child", "first-of-type", "last-of-type", "only-of-type", "default", "indeterminate":
		return true
	}
	return false
}

// key returns what rules with the selector are looked up by.
func (c compound) key() string {
	switch {
	case c.id.text != "":
		return "#" + c.id.lower
	case len(c.classes) > 0:
		return "." + c.classes[0].lower
	}
	return c.tag
}

// work returns what it costs to compare the selector with an element of so many classes, in units of
// [web.Search].
func (c compound) work(classes int) int {
	return compareCost + compareCost*len(c.classes)*classes + attributeCost*len(c.attrs)
}

// matches reports whether an element is one of the selector.
func (c compound) matches(n *html.Node, names elementNames) certainty {
	result := always
	if c.tag != "" && c.tag != names.tag {
		return never
	}
	if c.id.text != "" {
		result = c.id.equals(names.id)
	}
	for _, class := range c.classes {
		found := never
		for _, other := range names.classes {
			found = max(found, class.equals(other))
		}
		result = min(result, found)
	}
	for _, test := range c.attrs {
		if result == never {
			return never
		}
		result = min(result, test.matches(n))
	}
	return result
}

// matches reports whether an element has the attribute.
func (a attrTest) matches(n *html.Node) certainty {
	switch value := attribute(n, a.name); {
	case !hasAttribute(n, a.name), a.hasValue && !strings.EqualFold(value, a.value):
		return never
	case a.hasValue && value != a.value:
		return perhaps
	}
	return always
}
