package redact

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"hotspot-helper/internal/web"
)

const (
	// maxPasses bounds escapes within escapes in one text.
	maxPasses = 4
	// maxNest bounds base64 and hex within each other.
	maxNest = 2
)

// view is a decoded form of a text, with where each of its bytes comes from.
type view struct {
	origin string // the text
	text   string
	from   []int32 // first byte of each byte's source; nil: text is the origin
	to     []int32 // after the last byte of the source
	packed bool    // the text was base64 or hex
}

func newView(text string) *view { return &view{origin: text, text: text} }

// source returns the part of the origin that a part of the view comes from.
func (v *view) source(from, to int) (int, int) {
	if v.from == nil {
		return from, to
	}
	return int(v.from[from]), int(v.to[to-1])
}

// builder makes a view of another one.
type builder struct {
	of       *view
	text     []byte
	from, to []int32
}

func (v *view) build() *builder {
	n := len(v.text)
	return &builder{v, make([]byte, 0, n), make([]int32, 0, n), make([]int32, 0, n)}
}

// add adds a text that comes from a part of the other view.
func (b *builder) add(text string, from, to int) {
	start, end := b.of.source(from, to)
	b.text = append(b.text, text...)
	for range len(text) {
		b.from, b.to = append(b.from, int32(start)), append(b.to, int32(end))
	}
}

// keep adds a part of the other view as it is.
func (b *builder) keep(from, to int) {
	b.text = append(b.text, b.of.text[from:to]...)
	if b.of.from != nil {
		b.from, b.to = append(b.from, b.of.from[from:to]...), append(b.to, b.of.to[from:to]...)
		return
	}
	for i := from; i < to; i++ {
		b.from, b.to = append(b.from, int32(i)), append(b.to, int32(i+1))
	}
}

func (b *builder) view() *view {
	return &view{origin: b.of.origin, text: string(b.text), from: b.from, to: b.to, packed: b.of.packed}
}

// find returns the hits in a text: in the text itself, without its escapes, without its tags,
// and in what is packed in it.
func (m *matcher) find(text string, nest int) []hit {
	v := newView(text)
	v.packed = nest > 0
	var hits []hit
	seen := func(v *view) { hits = m.search(v, hits) }
	seen(v)
	plain := v.unescapeAll(seen)
	for _, tagged := range []*view{v, plain} {
		if bare := tagged.withoutTags(); bare != tagged {
			seen(bare)
			bare.unescapeAll(seen)
		}
	}
	if m.nonASCII {
		if mixed := plain.asBytes(); mixed != plain {
			seen(mixed)
		}
	}
	if nest < maxNest {
		hits = m.findPacked(plain, nest, hits)
	}
	return hits
}

// unescapeAll reads escapes until there are none. It passes each view on, unless seen is nil.
func (v *view) unescapeAll(seen func(*view)) *view {
	for range maxPasses {
		next := v.unescape()
		if next == v {
			break
		}
		if v = next; seen != nil {
			seen(v)
		}
	}
	return v
}

// unescape reads the escapes of HTML, URLs and JavaScript. It returns v if there are none.
func (v *view) unescape() *view {
	const introducers = `&%\`
	i := strings.IndexAny(v.text, introducers)
	if i < 0 {
		return v
	}
	b, done, changed := v.build(), 0, false
	for i < len(v.text) {
		plain, size := unescapeOne(v.text[i:])
		if size > 1 {
			b.keep(done, i)
			b.add(plain, i, i+size)
			done, changed = i+size, true
		}
		i += max(size, 1)
		next := strings.IndexAny(v.text[i:], introducers)
		if next < 0 {
			break
		}
		i += next
	}
	if !changed {
		return v
	}
	b.keep(done, len(v.text))
	return b.view()
}

// unescapeOne reads the escape at the beginning of a text. The size is 0 if there is none.
func unescapeOne(text string) (plain string, size int) {
	switch {
	case text[0] == '&':
		return unescapeHTML(text)
	case len(text) < 2:
		return "", 0
	case text[0] == '\\':
		plain, size = web.UnescapeOne(text[1:])
		return plain, size + 1
	case text[1] == 'u' && len(text) >= len("%u0000"): // of JavaScript's escape
		if r, err := strconv.ParseUint(text[2:6], 16, 16); err == nil {
			return string(rune(r)), len("%u0000")
		}
	case len(text) >= len("%00"):
		if c, err := strconv.ParseUint(text[1:3], 16, 8); err == nil {
			return string([]byte{byte(c)}), len("%00")
		}
	}
	return "", 0
}

// unescapeHTML reads a character reference. The semicolon may be missing.
func unescapeHTML(text string) (plain string, size int) {
	const longest = 33 // CounterClockwiseContourIntegral
	end := 1
	for end < min(len(text), longest) && (text[end] == '#' && end == 1 || isAlphanumeric(text[end])) {
		end++
	}
	if end < len(text) && text[end] == ';' {
		end++
	}
	plain = html.UnescapeString(text[:end])
	if plain == text[:end] {
		return "", 0
	}
	same := 0 // letters behind a reference without semicolon
	for same < len(plain) && same < end && plain[len(plain)-1-same] == text[end-1-same] {
		same++
	}
	return plain[:len(plain)-same], end - same
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// withoutTags leaves out tags and comments. It returns v if there are none.
func (v *view) withoutTags() *view {
	b, done, ends := v.build(), 0, tagEnds{}
	for at := strings.IndexByte(v.text, '<'); at >= 0; {
		size := ends.find(v.text[at:])
		if size > 0 {
			b.keep(done, at)
			done = at + size
		}
		at += max(size, 1)
		next := strings.IndexByte(v.text[at:], '<')
		if next < 0 {
			break
		}
		at += next
	}
	if done == 0 {
		return v
	}
	b.keep(done, len(v.text))
	return b.view()
}

// tagEnds finds the ends of tags and comments. What is not there once is not looked for again,
// so that the work is linear.
type tagEnds struct{ noTag, noComment bool }

// find returns the length of the tag or comment at the beginning of a text, 0 if there is none.
func (e *tagEnds) find(text string) int {
	if !e.noComment && strings.HasPrefix(text, "<!--") {
		end := strings.Index(text, "-->")
		if e.noComment = end < 0; !e.noComment {
			return end + len("-->")
		}
	}
	if e.noTag || !isTag(text) {
		return 0
	}
	end := strings.IndexByte(text, '>')
	e.noTag = end < 0
	return end + 1
}

// isTag reports whether a text begins with a tag, and not only with a bracket.
func isTag(text string) bool {
	return len(text) > 1 && (isAlphanumeric(text[1]) || strings.IndexByte("/!?", text[1]) >= 0)
}

// asBytes undoes that UTF-8 was read as Windows-1252. It returns v if it was not.
func (v *view) asBytes() *view {
	b, changed := v.build(), false
	for i := 0; i < len(v.text); {
		r, size := utf8.DecodeRuneInString(v.text[i:])
		c, ok := charmap.Windows1252.EncodeRune(r)
		if r < utf8.RuneSelf || !ok || size == 1 {
			b.keep(i, i+size)
		} else {
			b.add(string([]byte{c}), i, i+size)
			changed = true
		}
		i += size
	}
	if !changed {
		return v
	}
	return b.view()
}
