package redact

import (
	"html"
	"strconv"
	"strings"
	"unicode"
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
	ends   ending
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
	return &view{origin: b.of.origin, text: string(b.text), from: b.from, to: b.to, packed: b.of.packed, ends: b.of.ends}
}

// find returns the hits in a text: in the text itself, without its escapes, without its tags, without what nobody
// sees, and in what is packed in it.
func (m *matcher) find(text string, ends ending, nest int) []hit {
	v := newView(text)
	v.packed, v.ends = nest > 0, ends
	var hits []hit
	seen := func(v *view) { hits = m.search(v, hits) }
	seen(v)
	plain := v.unescapeAll(seen)
	shown := plain
	for _, tagged := range []*view{v, plain} {
		shown = tagged.untag(shown, seen)
	}
	if visible := shown.without(isInvisible); visible != shown {
		seen(visible)
		shown = visible
	}
	if m.nonASCII {
		if mixed := plain.asBytes(); mixed != plain {
			seen(mixed)
		}
	}
	if nest < maxNest {
		hits = m.findPacked(plain, nest, hits)
		if joined := shown.joinLines(); joined != plain { // base64 is often broken into lines
			hits = m.findPacked(joined, nest, hits)
		}
	}
	return hits
}

// isInvisible reports whether a character takes no room, so that what stands beside it looks like one word: those
// that Unicode lets a program ignore, format characters such as those of the direction of text, and control characters
// that are no white space.
func isInvisible(r rune) bool {
	if r < 0x20 {
		return strings.IndexByte("\t\n\v\f\r", byte(r)) < 0
	}
	return r >= 0x7f && (r <= 0x9f && r != 0x85 || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// joinLines leaves the ends of lines out, and the white space around them. It returns v if there are none.
func (v *view) joinLines() *view {
	const ends, white = "\r\n", " \t\r\n"
	at := strings.IndexAny(v.text, ends)
	if at < 0 {
		return v
	}
	b, done := v.build(), 0
	for at >= 0 {
		line := v.text[done : done+at]
		b.keep(done, done+len(strings.TrimRight(line, white)))
		done = len(v.text) - len(strings.TrimLeft(v.text[done+at:], white))
		at = strings.IndexAny(v.text[done:], ends)
	}
	b.keep(done, len(v.text))
	return b.view()
}

// without leaves characters out. It returns v if there are none.
func (v *view) without(leftOut func(rune) bool) *view {
	i := strings.IndexFunc(v.text, leftOut)
	if i < 0 {
		return v
	}
	b, done := v.build(), 0
	for i < len(v.text) {
		r, size := utf8.DecodeRuneInString(v.text[i:])
		if leftOut(r) {
			b.keep(done, i)
			done = i + size
		}
		i += size
	}
	b.keep(done, len(v.text))
	return b.view()
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
		if size > 1 && !v.isCutEscape(i) {
			b.keep(done, i)
			b.add(plain, i, i+size)
			done, changed = i+size, true
		} else {
			size = 1
		}
		i += size
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

// isCutEscape reports whether the escape of a script at an index ends where the view is cut: what is left of it would
// be read as the letter x or u.
func (v *view) isCutEscape(i int) bool {
	if v.ends == whole || v.text[i] != '\\' || i+1 >= len(v.text) || strings.IndexByte("xu", v.text[i+1]) < 0 {
		return false
	}
	const longest = len(`\u{00000`)
	end := i + len(`\x`)
	zeros := 0
	if strings.HasPrefix(v.text[end:], "{") {
		zeros = len(v.text[end+1:]) - len(strings.TrimLeft(v.text[end+1:], "0"))
	}
	for end < len(v.text) && end-i-zeros < longest && (isHex(v.text[end]) || v.text[end] == '{') {
		end++
	}
	return v.isCutAt(end) && !v.isEscapeWhole(i, end)
}

// isEscapeWhole reports whether an escape has all its digits.
func (v *view) isEscapeWhole(from, to int) bool {
	escape := v.text[from:to]
	return len(escape) == len(`\x00`) && escape[1] == 'x' || len(escape) == len(`\u0000`) && escape[1] == 'u' && escape[2] != '{'
}

// isCutAt reports whether the view is cut before an index.
func (v *view) isCutAt(i int) bool {
	return v.ends != whole && strings.HasPrefix(v.text[i:], Cut) || v.ends == cutOff && i == len(v.text)
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
	if strings.HasPrefix(text, "&#") {
		return unescapeNumber(text)
	}
	const longest = 33 // CounterClockwiseContourIntegral
	end := 1
	for end < min(len(text), longest) && isAlphanumeric(text[end]) {
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

// unescapeNumber reads a numeric character reference, which may have any number of leading zeros.
func unescapeNumber(text string) (plain string, size int) {
	const mostDigits = 8
	digits, isDigit := len("&#"), func(c byte) bool { return '0' <= c && c <= '9' }
	if digits < len(text) && text[digits]|0x20 == 'x' {
		digits, isDigit = digits+1, isHex
	}
	first, end := -1, digits
	for ; end < len(text) && isDigit(text[end]); end++ {
		if first < 0 && text[end] != '0' {
			first = end
		}
	}
	if first < 0 || end-first > mostDigits { // none, NUL, or beyond Unicode
		return "", 0
	}
	plain = html.UnescapeString(text[:digits] + text[first:end] + ";")
	if end < len(text) && text[end] == ';' {
		end++
	}
	return plain, end
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
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
