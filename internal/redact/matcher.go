package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const cutRune = '…' // as Cut

// minPacked is the length in bytes from which a target is looked for in base64 and hex, and
// backwards: a shorter one would be found by accident.
const minPacked = 4

// A portal chooses the tokens that are masked exactly. So that each letter of a text costs a bounded number of
// comparisons, what exceeds these limits is masked in any case: it stands nowhere by accident, or is
// one of many that differ in case.
const (
	maxExact    = 64 // bytes of a needle
	maxSame     = 4  // needles of the same folded spelling
	maxSuffixes = 8  // exact needles that are suffixes of each other
)

// matcher finds many needles in one pass over a text (Aho and Corasick, 1975), so that the
// work depends on the length of the text only.
type matcher struct {
	nodes    []node
	root     [256]int32 // children of the root; 0: none
	needles  []needle
	nonASCII bool // a target has other characters
}

// needle is a folded spelling of a target.
type needle struct {
	target   *Target
	text     string // as it is compared if it is exact, with spaces for plus signs
	size     int    // folded
	exact    bool
	word     bool
	reversed bool
	same     int32 // another needle of the same folded spelling, by index from 1; 0: none
}

// node is a prefix of needles. Its fields are indices; 0 is the root, or none.
type node struct {
	letter  byte
	child   int32 // first child
	sibling int32
	fail    int32 // longest proper suffix that is a prefix of a needle
	ends    int32 // needle that ends here, from 1
	shorter int32 // longest proper suffix at which a needle ends
	depth   int32 // its length
}

func newMatcher(targets []Target) *matcher {
	m := &matcher{nodes: make([]node, 1)}
	for i := range targets {
		if targets[i].Text != "" {
			m.addTarget(&targets[i])
		}
	}
	if len(m.needles) == 0 {
		return nil
	}
	m.link()
	return m
}

// addTarget adds the needles of a target.
func (m *matcher) addTarget(target *Target) {
	m.nonASCII = m.nonASCII || strings.ContainsFunc(target.Text, func(r rune) bool { return r > unicode.MaxASCII })
	m.add(target, target.Text, false)
	// A form sends every newline as CRLF, whatever it was.
	lines := strings.ReplaceAll(target.Text, "\r\n", "\n")
	for _, text := range []string{lines, strings.ReplaceAll(lines, "\n", "\r\n")} {
		if text != target.Text {
			m.add(target, text, false)
		}
	}
	// A text is unescaped as a whole, with the escapes that the target itself has.
	plain := newView(target.Text).unescapeAll(nil)
	if plain.text != target.Text && len(plain.text) >= min(len(target.Text), minPacked) {
		m.add(target, plain.text, false)
	}
	if !target.Exact && len(target.Text) >= minPacked {
		m.add(target, reverse(target.Text), true)
	}
}

// add adds a needle.
func (m *matcher) add(target *Target, text string, reversed bool) {
	at, folded := int32(0), fold(text)
	for i := range len(folded) {
		next := m.child(at, folded[i])
		if next == 0 {
			next = int32(len(m.nodes))
			m.nodes = append(m.nodes, node{letter: folded[i], depth: int32(i + 1)})
			if at == 0 {
				m.root[folded[i]] = next
			} else {
				m.nodes[next].sibling, m.nodes[at].child = m.nodes[at].child, next
			}
		}
		at = next
	}
	n := needle{
		target: target, text: strings.ReplaceAll(text, "+", " "), size: len(folded), same: m.nodes[at].ends,
		exact: target.Exact && len(text) <= maxExact, word: target.Word, reversed: reversed,
	}
	if m.count(n.same) >= maxSame {
		n.exact, n.word, n.same = false, false, 0
	}
	m.needles = append(m.needles, n)
	m.nodes[at].ends = int32(len(m.needles))
}

// count returns how many needles have the folded spelling of one.
func (m *matcher) count(n int32) (count int) {
	for ; n != 0; n = m.needles[n-1].same {
		count++
	}
	return count
}

// child returns the child of a node by its letter, 0 if it has none.
func (m *matcher) child(at int32, letter byte) int32 {
	if at == 0 {
		return m.root[letter]
	}
	at = m.nodes[at].child
	for at != 0 && m.nodes[at].letter != letter {
		at = m.nodes[at].sibling
	}
	return at
}

// next returns the node after a letter.
func (m *matcher) next(at int32, letter byte) int32 {
	for {
		if to := m.child(at, letter); to != 0 || at == 0 {
			return to
		}
		at = m.nodes[at].fail
	}
}

// link sets the suffixes of all nodes, breadth first.
func (m *matcher) link() {
	exact := make([]int, len(m.nodes)) // exact needles that are looked at in turn from a node on
	queue := make([]int32, 0, len(m.nodes))
	for _, at := range m.root {
		if at != 0 {
			queue = append(queue, at)
		}
	}
	for i := 0; i < len(queue); i++ {
		parent := queue[i]
		for at := m.nodes[parent].child; at != 0; at = m.nodes[at].sibling {
			fail := m.next(m.nodes[parent].fail, m.nodes[at].letter)
			shorter := fail
			if m.nodes[fail].ends == 0 {
				shorter = m.nodes[fail].shorter
			}
			m.nodes[at].fail, m.nodes[at].shorter = fail, shorter
			exact[at] = m.limitExact(at, exact[shorter])
			queue = append(queue, at)
		}
	}
}

// limitExact returns how many exact needles end at a node and its suffixes, which have so many. If these are
// too many, those of the node are masked in any case, and no suffix is looked at.
func (m *matcher) limitExact(at int32, suffixes int) int {
	first := m.nodes[at].ends
	if first == 0 || !m.needles[first-1].exact {
		return suffixes
	}
	if suffixes < maxSuffixes {
		return suffixes + 1
	}
	for i := first; i != 0; i = m.needles[i-1].same {
		m.needles[i-1].exact = false
	}
	return 0
}

// search appends the hits in a view.
func (m *matcher) search(v *view, hits []hit) []hit {
	at := int32(0)
	starts := make([]int32, 0, len(v.text)+utf8.UTFMax) // of each folded byte, in the view
	begun := beginning{m: m, v: v}
	var encoded [utf8.UTFMax]byte
	for i := 0; i < len(v.text); {
		letters, size := encoded[:1], 1
		if c := v.text[i]; c < utf8.RuneSelf {
			letters[0] = foldASCII(c)
			begun.note(c, i, at, len(starts))
		} else {
			var r rune
			r, size = decodeRune(v.text[i:])
			letters = appendFolded(encoded[:0], r)
			if r == cutRune && v.ends >= marked {
				hits = begun.cut(i, at, starts, hits)
			}
		}
		for _, letter := range letters {
			starts = append(starts, int32(i))
			at = m.next(at, letter)
		}
		i += size
		hits = m.take(v, at, starts, i, hits)
	}
	if v.ends == cutOff {
		hits = begun.cut(len(v.text), at, starts, hits)
	}
	return hits
}

// take appends the hit of the longest needle that ends at a node and in the view before the index, if there is one.
func (m *matcher) take(v *view, end int32, starts []int32, to int, hits []hit) []hit {
	for ; end != 0; end = m.nodes[end].shorter {
		if n := m.accepted(v, end, starts, to); n != nil {
			begin := int(starts[len(starts)-n.size])
			from, until := v.source(begin, to)
			return append(hits, hit{from, until, n.respell(v.text[begin:to], v.origin[from:until])})
		}
	}
	return hits
}

// accepted returns a needle that ends at a node and in the view before the index, nil if
// none may.
func (m *matcher) accepted(v *view, end int32, starts []int32, to int) *needle {
	for i := m.nodes[end].ends; i != 0; i = m.needles[i-1].same {
		n := &m.needles[i-1]
		from := int(starts[len(starts)-n.size])
		switch {
		case v.packed && len(n.target.Text) < minPacked:
		case n.exact && !isSpelled(v.text[from:to], n.text):
		case n.word && !v.packed && !isWord(v.text, from, to):
		default:
			return n
		}
	}
	return nil
}

// isSpelled reports whether a text is a needle's, with spaces or plus signs: forms have both.
func isSpelled(text, needle string) bool {
	if len(text) != len(needle) {
		return false
	}
	for i := range len(text) {
		if text[i] != needle[i] && (text[i] != '+' || needle[i] != ' ') {
			return false
		}
	}
	return true
}

// isWord reports whether neither letter nor digit stands beside a part of a text.
func isWord(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	return !unicode.IsLetter(before) && !unicode.IsDigit(before) && !unicode.IsLetter(after) && !unicode.IsDigit(after)
}

// fold returns a text as it is compared: in lower case, with spaces for plus signs.
func fold(text string) string {
	var out []byte
	for i := 0; i < len(text); {
		r, size := decodeRune(text[i:])
		out = appendFolded(out, r)
		i += size
	}
	return string(out)
}

// appendFolded appends a character as it is compared. Those that are the same in upper case are one, also where
// one of them is several letters.
func appendFolded(out []byte, r rune) []byte {
	const noBreak = '\u00a0'
	switch {
	case r < utf8.RuneSelf:
		return append(out, foldASCII(byte(r)))
	case r == noBreak:
		return append(out, ' ')
	case r == 'ß', r == 'ẞ':
		return append(out, "ss"...)
	case 'ﬀ' <= r && r <= 'ﬆ':
		return append(out, [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-'ﬀ']...)
	}
	return utf8.AppendRune(out, unicode.ToLower(unicode.ToUpper(r)))
}

func foldASCII(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	case c == '+':
		return ' '
	}
	return c
}

// decodeRune reads UTF-8. A byte that is not part of UTF-8 is a character of Windows-1252,
// which browsers read as Latin-1, too.
func decodeRune(text string) (rune, int) {
	r, size := utf8.DecodeRuneInString(text)
	if r == utf8.RuneError && size == 1 {
		r = charmap.Windows1252.DecodeByte(text[0])
	}
	return r, size
}
