package web

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The limits of one body. A real message has about ten elements of a few hundred bytes.
const (
	maxElements = 1000
	maxText     = 16 << 10 // bytes of one element
	maxDepth    = 16       // of nested elements
)

// Element is an element of a body that is XML, or nearly: its name without prefix and
// its text. White space around the text is cut, entities and CDATA are resolved.
type Element struct{ Name, Text string }

// Elements returns the elements whose name is wanted, in the order of their start tags. Other
// tags are ignored; their text belongs to the element around them. An element without end
// tag ends at the next tag. Elements in a comment count. This is no XML parser: gateways write
// bare ampersands, a declaration in the middle, any capitals and no end tags.
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

// ElementTexts returns the texts of the [Elements] of one name, in any case.
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

// scanner holds the elements that were read so far.
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
	left int // bytes from the last mark found to the end of the body; 0: no more marks
}

func newAhead(body string, mark string) *ahead { return &ahead{mark: mark, left: len(body) + 1} }

// in returns the index of the mark in the rest of the body, -1 for none.
func (a *ahead) in(rest string) int {
	if a.left > len(rest) { // the last one was passed
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

// frame is an open element.
type frame struct {
	index int // in elements
	text  []byte
	own   int // length of the text before the first tag in it; -1: no tag so far
}

// write appends text to the innermost element. Its parent gets the text when it ends.
func (s *scanner) write(text string) {
	if len(s.open) == 0 {
		return
	}
	top := &s.open[len(s.open)-1]
	top.text = append(top.text, text[:min(len(text), maxText-len(top.text))]...)
}

// markup reads the markup that begins with "<" and returns its length.
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

// cdata writes the text of a CDATA section unchanged.
func (s *scanner) cdata(body string) int {
	const begin, end = len("<![CDATA["), "]]>"
	text, _, closed := strings.Cut(body[begin:], end)
	s.write(text)
	if !closed {
		return len(body)
	}
	return begin + len(text) + len(end)
}

// comment skips a comment within an element. Elsewhere a comment may hide the elements from
// browsers, so only its beginning is skipped.
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

// end closes the innermost element of the name and the elements in it without end tag.
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

// close ends the open elements from the given depth on. They have no end tag.
func (s *scanner) close(depth int) {
	for _, f := range s.open[depth:] {
		if f.own >= 0 {
			f.text = f.text[:f.own]
		}
		s.elements[f.index].Text = string(f.text)
	}
	s.open = s.open[:depth]
}

// tagName returns the name of a tag without prefix; "" for no tag.
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

// plainText trims white space and the CDATA[[…]] that CoovaChilli writes in place of a CDATA
// section.
func plainText(text string) string {
	text = strings.TrimSpace(text)
	const begin, end = "CDATA[[", "]]"
	if len(text) >= len(begin)+len(end) && strings.EqualFold(text[:len(begin)], begin) && strings.HasSuffix(text, end) {
		return strings.TrimSpace(text[len(begin) : len(text)-len(end)])
	}
	return text
}

// resolveEntities replaces the entities of XML and character references. A bare "&", as many
// gateways write it in URLs, stays. So do the entities of HTML, which would turn "?a=1&copy=2"
// into "?a=1©=2".
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
