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
	return &Selector{text: text, group: group}, nil
}

// MustParseSelector is ParseSelector for selectors that are constants.
func MustParseSelector(text string) *Selector {
	s, err := ParseSelector(text)
	if err != nil {
		panic(err)
	}
	return s
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

// selectorParser splits a selector that cascadia has parsed. It reads as cascadia does.
type selectorParser struct {
	text string
	at   int
	err  error
}

func (p *selectorParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("parse selector %q: "+format, append([]any{p.text}, args...)...)
	}
}

// peek returns the next byte, 0 at the end.
func (p *selectorParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// group reads selectors up to the end or a closing parenthesis.
func (p *selectorParser) group() []*step {
	group := []*step{p.selector()}
	for p.err == nil && p.peek() == ',' {
		p.at++
		group = append(group, p.selector())
	}
	return group
}

// selector returns the last step of a selector.
func (p *selectorParser) selector() *step {
	p.space()
	last := p.compound()
	for p.err == nil {
		combinator := byte(0)
		if p.space() {
			combinator = ' '
		}
		switch c := p.peek(); c {
		case '+', '>', '~':
			combinator = c
			p.at++
			p.space()
		case 0, ',', ')':
			return last
		}
		if combinator == 0 {
			return last
		}
		next := p.compound()
		next.left, next.combinator = last, combinator
		last = next
	}
	return last
}

// compound reads the selectors of one element.
func (p *selectorParser) compound() *step {
	st := &step{}
	var simple strings.Builder
	switch c := p.peek(); {
	case c == '*':
		p.at++
		if strings.HasPrefix(p.text[p.at:], "|*") {
			p.at += len("|*")
		}
	case strings.IndexByte("#.[:", c) < 0:
		tag := p.name()
		simple.WriteString(tag)
		if !strings.Contains(tag, `\`) {
			st.tag = lowerASCII(tag)
		}
		st.size++
	}
	for p.err == nil {
		from := p.at
		switch p.peek() {
		case '#', '.':
			p.at++
			p.name()
		case '[':
			st.regex += p.attribute()
		case ':':
			if t := p.pseudoClass(); t.reach != reachSelf {
				st.tests = append(st.tests, t)
				continue
			}
		default:
			if st.size == 0 && len(st.tests) == 0 {
				simple.WriteByte('*')
				st.size++
			}
			if st.size > 0 {
				st.simple = p.parse(simple.String())
			}
			return st
		}
		simple.WriteString(p.text[from:p.at])
		st.size++
	}
	return st
}

func (p *selectorParser) parse(text string) cascadia.Sel {
	sel, err := cascadia.Parse(text) //permit:cascadia.Parse
	if err != nil {
		p.fail("%v", err)
	}
	return sel
}

// attribute skips an attribute selector and returns the size of its regular expression.
func (p *selectorParser) attribute() (regex int) {
	for p.at++; p.err == nil; {
		switch c := p.peek(); {
		case c == ']':
			p.at++
			return regex
		case c == 0:
			p.fail("no end of the attribute")
		case c == '"' || c == '\'':
			p.string()
		case c == '\\':
			p.escape()
		case strings.HasPrefix(p.text[p.at:], "#="):
			p.at += len("#=")
			p.space()
			regex = p.regex()
		default:
			p.at++
		}
	}
	return 0
}

// pseudoClass reads a pseudo-class.
func (p *selectorParser) pseudoClass() test {
	from := p.at
	p.at++
	t := test{name: lowerASCII(p.name())}
	relative := t.name == "not" || t.name == "has" || t.name == "haschild"
	if p.peek() == '(' {
		p.at++
		p.space()
		switch {
		case relative:
			t.group = p.group()
		case strings.HasPrefix(t.name, "matches"):
			t.regex = p.regex()
		default:
			p.argument()
		}
		p.space()
		if p.peek() != ')' {
			p.fail("no end of :%s", t.name)
		}
		p.at++
	}
	if p.err != nil || relative {
		return t
	}
	if t.reach = reaches(t.name); t.reach == 0 {
		p.fail("no pseudo-class :%s", t.name)
	}
	t.sel = p.parse(p.text[from:p.at])
	return t
}

// argument skips a string, a name or a formula.
func (p *selectorParser) argument() {
	for p.err == nil {
		switch p.peek() {
		case 0, ')':
			return
		case '"', '\'':
			p.string()
		case '\\':
			p.escape()
		default:
			if !p.space() {
				p.at++
			}
		}
	}
}

// regex skips a regular expression, which ends before a bracket that it did not open, and
// returns its size.
func (p *selectorParser) regex() int {
	from := p.at
	for open := 0; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case '(', '[':
			open++
		case ')', ']':
			open--
		}
		if open < 0 {
			break
		}
	}
	size, err := regexSize(p.text[from:p.at])
	if err != nil {
		p.fail("%v", err)
	}
	return size
}

func (p *selectorParser) string() {
	quote := p.peek()
	for p.at++; p.at < len(p.text); {
		switch c := p.text[p.at]; c {
		case quote:
			p.at++
			return
		case '\\':
			p.escape()
		default:
			p.at++
		}
	}
}

// escape skips a backslash and the character that it stands for.
func (p *selectorParser) escape() {
	const longest = 6 // digits
	p.at++
	digits := 0
	for digits < longest && strings.IndexByte("0123456789abcdefABCDEF", p.peek()) >= 0 {
		p.at++
		digits++
	}
	switch rest := p.text[p.at:]; {
	case strings.HasPrefix(rest, "\r\n"):
		p.at += len("\r\n")
	case rest != "" && (digits == 0 || isSpace(rest[0])):
		p.at++
	}
}

// name skips an identifier and returns it.
func (p *selectorParser) name() string {
	from := p.at
	for {
		switch c := p.peek(); {
		case c == '\\':
			p.escape()
		case c == '-' || c == '_' || c > 127 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z':
			p.at++
		default:
			if p.at == from {
				p.fail("no name at %q", p.text[from:])
			}
			return p.text[from:p.at]
		}
	}
}

// space skips white space and comments, and reports whether there were any.
func (p *selectorParser) space() bool {
	from := p.at
	for {
		rest := p.text[p.at:]
		if rest != "" && isSpace(rest[0]) {
			p.at++
			continue
		}
		if !strings.HasPrefix(rest, "/*") {
			return p.at > from
		}
		end := strings.Index(rest[len("/*"):], "*/")
		if end < 0 {
			return p.at > from
		}
		p.at += end + len("/**/")
	}
}

// lowerASCII lowers the letters that case-insensitive names have in CSS and HTML. Every byte
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
