package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
)

// selectorParser splits a selector that cascadia has parsed. It reads as cascadia does.
type selectorParser struct {
	text  string
	at    int
	units int // of the regular expressions so far
	err   error
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
	simple := p.tag(st)
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
			if simple == "" && len(st.tests) == 0 {
				simple, st.size = "*", 1
			}
			if simple != "" {
				st.simple = p.parse(simple)
			}
			return st
		}
		simple += p.text[from:p.at]
		st.size++
	}
	return st
}

// tag reads the name of the element, if any, and returns it.
func (p *selectorParser) tag(st *step) string {
	switch c := p.peek(); {
	case c == '*':
		p.at++
		if strings.HasPrefix(p.text[p.at:], "|*") {
			p.at += len("|*")
		}
	case strings.IndexByte("#.[:", c) < 0:
		from := p.at
		st.tag = lowerASCII(p.name())
		st.size++
		return p.text[from:p.at]
	}
	return ""
}

func (p *selectorParser) parse(text string) cascadia.Sel {
	sel, err := cascadia.Parse(text + " ") //permit:cascadia.Parse // which needs a byte behind an empty regex
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
	size, err := measureRegexp(p.text[from:p.at])
	if err != nil {
		p.fail("%v", err)
	}
	p.units += size.units
	return size.instructions
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

// escape reads a backslash and what follows, and returns the character that they stand for.
func (p *selectorParser) escape() string {
	const longest = 6 // digits
	p.at++
	from := p.at
	for p.at < from+longest && isHex(p.peek()) {
		p.at++
	}
	digits, rest := p.text[from:p.at], p.text[p.at:]
	switch {
	case strings.HasPrefix(rest, "\r\n"):
		p.at += len("\r\n")
	case rest != "" && (digits == "" || isSpace(rest[0])):
		p.at++
	}
	if digits == "" {
		return p.text[from:p.at]
	}
	code, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		p.fail("%v", err)
	}
	return string(rune(code))
}

// name reads an identifier and returns it without escapes.
func (p *selectorParser) name() string {
	from := p.at
	var name strings.Builder
	for {
		switch c := p.peek(); {
		case c == '\\':
			name.WriteString(p.escape())
		case c == '-' || c == '_' || c > 127 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z':
			name.WriteByte(c)
			p.at++
		default:
			if p.at == from {
				p.fail("no name at %q", p.text[from:])
			}
			return name.String()
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
