package web

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// What is kept of one body. A real message has some ten elements of some hundred strings.
const (
	maxElements = 1000
	maxText     = 16 << 10 // bytes of one element
	maxDepth    = 16       // of elements within one another
)

// Element is an element of a body that is XML, or nearly: its name without prefix and
// its text. White space around the text is cut, entities and CDATA are resolved.
type Element struct{ Name, Text string }

// Elements returns the elements whose name is wanted, in the order of their start tags. Other
// tags are left out, and their text counts as that of the element around them. An element
// without end tag ends at the next tag. Elements in a comment count. It is no XML parser:
// gateways write bare ampersands, a declaration in the middle, any capitals and no end tags.
func Elements(body string, wanted func(name string) bool) []Element {
	s := scanner{wanted: wanted, tagEnd: newAhead(body, ">"), commentEnd: newAhead(body, "-->")}
	for body != "" {
		next := strings.IndexByte(body, '<')
		if next < 0 {
			next = len(body)
		}
		s.write(resolveEntities(body[:next]))
		body = body[next:]
		body = body[s.markup(body):]
	}
	s.close(0)
	for i := range s.elements {
		s.elements[i].Text = plainText(s.elements[i].Text)
	}
	return s.elements
}

// ElementTexts returns the texts of the [Elements] of one name, whatever its capitals.
func ElementTexts(body, name string) []string {
	return textsOf(Elements(body, func(found string) bool { return strings.EqualFold(found, name) }), name)
}

func textsOf(elements []Element, name string) []string {
	var texts []string
	for _, e := range elements {
		if strings.EqualFold(e.Name, name) {
			texts = append(texts, e.Text)
		}
	}
	return texts
}

// scanner holds what was read so far.
type scanner struct {
	wanted   func(name string) bool
	elements []Element
	open     []frame // the innermost last

	tagEnd, commentEnd *ahead
}

// ahead finds the next mark in the rest of a body. It looks at each byte once, however
// often it is called: a body may be nothing but start tags.
type ahead struct {
	mark string
	left int // bytes from the mark that was found last to the end of the body; 0: there is none
}

func newAhead(body string, mark string) *ahead { return &ahead{mark: mark, left: len(body) + 1} }

// in returns where the mark is in the rest of the body, -1 where it is not.
func (a *ahead) in(rest string) int {
	if a.left > len(rest) { // that one lies behind
		a.left = len(rest) - strings.Index(rest, a.mark)
		if a.left > len(rest) {
			a.left = 0
		}
	}
	if a.left == 0 {
		return -1
	}
	return len(rest) - a.left
}

// frame is an element whose end tag was not seen yet.
type frame struct {
	index int // in elements
	text  []byte
	own   int // bytes of the text before the first tag in it; -1: no tag so far
}

// write gives text to the innermost element; what is around it gets it from there.
func (s *scanner) write(text string) {
	if len(s.open) == 0 {
		return
	}
	top := &s.open[len(s.open)-1]
	top.text = append(top.text, text[:min(len(text), maxText-len(top.text))]...)
}

// markup reads what begins with "<", and returns how much that is.
func (s *scanner) markup(body string) int {
	switch {
	case len(body) == 0:
		return 0
	case strings.HasPrefix(body, "<![CDATA["):
		return s.cdata(body)
	case strings.HasPrefix(body, "<!--"):
		return s.comment(body)
	}
	end := s.tagEnd.in(body)
	inner := body[1:max(end, 1)]
	name := tagName(strings.TrimPrefix(inner, "/"))
	declaration := len(inner) > 0 && (inner[0] == '?' || inner[0] == '!')
	if end < 0 || name == "" && !declaration {
		s.write("<")
		return 1
	}
	switch {
	case declaration:
	case inner[0] == '/':
		s.end(name)
	default:
		s.start(name)
		if inner[len(inner)-1] == '/' {
			s.end(name)
		}
	}
	return end + 1
}

// cdata passes the text of a CDATA section on as it is.
func (s *scanner) cdata(body string) int {
	const begin, end = len("<![CDATA["), "]]>"
	text, _, closed := strings.Cut(body[begin:], end)
	s.write(text)
	if !closed {
		return len(body)
	}
	return begin + len(text) + len(end)
}

// comment leaves out a comment within an element. Elsewhere it may be what hides the
// elements from a browser, and only its beginning is left out.
func (s *scanner) comment(body string) int {
	const begin, end = len("<!--"), len("-->")
	if len(s.open) == 0 {
		return begin
	}
	if length := s.commentEnd.in(body[begin:]); length >= 0 {
		return begin + length + end
	}
	return begin
}

func (s *scanner) start(name string) {
	if len(s.open) > 0 {
		if top := &s.open[len(s.open)-1]; top.own < 0 {
			top.own = len(top.text)
		}
	}
	if !s.wanted(name) || len(s.elements) == maxElements || len(s.open) == maxDepth {
		return
	}
	s.open = append(s.open, frame{index: len(s.elements), own: -1})
	s.elements = append(s.elements, Element{Name: name})
}

// end closes the innermost element of the name, and those within it that have no end tag.
func (s *scanner) end(name string) {
	for i := len(s.open) - 1; i >= 0; i-- {
		if !strings.EqualFold(s.elements[s.open[i].index].Name, name) {
			continue
		}
		s.close(i + 1)
		closed := s.open[i]
		s.open = s.open[:i]
		s.elements[closed.index].Text = string(closed.text)
		s.write(string(closed.text))
		return
	}
	if len(s.open) > 0 {
		if top := &s.open[len(s.open)-1]; top.own < 0 {
			top.own = len(top.text)
		}
	}
}

// close ends the open elements from the given depth on, which have no end tag.
func (s *scanner) close(depth int) {
	for _, f := range s.open[depth:] {
		if f.own >= 0 {
			f.text = f.text[:f.own]
		}
		s.elements[f.index].Text = string(f.text)
	}
	s.open = s.open[:depth]
}

// tagName returns the name that a tag begins with, without prefix; "" where it is no tag.
func tagName(tag string) string {
	end := strings.IndexFunc(tag, isNotName)
	switch {
	case end < 0:
		end = len(tag)
	case strings.IndexByte(" \t\r\n/", tag[end]) < 0:
		return ""
	}
	name := tag[:end]
	return name[strings.LastIndexByte(name, ':')+1:]
}

func isNotName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:", r)
}

// plainText cuts white space, and the CDATA[[…]] that CoovaChilli writes where it means a
// CDATA section.
func plainText(text string) string {
	text = strings.TrimSpace(text)
	const begin, end = "CDATA[[", "]]"
	if len(text) >= len(begin)+len(end) && strings.EqualFold(text[:len(begin)], begin) && strings.HasSuffix(text, end) {
		return strings.TrimSpace(text[len(begin) : len(text)-len(end)])
	}
	return text
}

// resolveEntities replaces the entities of XML and references to characters. A bare "&", as in
// the URLs that many gateways write, stays; so do the names of HTML, which would make
// "©" of the parameter in "?a=1&copy=2".
func resolveEntities(text string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "&")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, rest, ended := strings.Cut(after[:min(len(after), 10)], ";")
		if char, ok := entity(name); ended && ok {
			out.WriteString(char)
			text = after[len(after[:min(len(after), 10)])-len(rest):]
			continue
		}
		out.WriteByte('&')
		text = after
	}
}

func entity(name string) (string, bool) {
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		base := 10
		if hex, ok := strings.CutPrefix(strings.ToLower(digits), "x"); ok {
			digits, base = hex, 16
		}
		n, err := strconv.ParseUint(digits, base, 21)
		return string(rune(n)), err == nil && n > 0 && utf8.ValidRune(rune(n))
	}
	chars := map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}
	char, ok := chars[strings.ToLower(name)]
	return char, ok
}
