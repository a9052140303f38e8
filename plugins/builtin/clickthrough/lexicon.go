package clickthrough

import "strings"

// lexicon finds phrases in texts. Phrases are looked up by their first word, so a text costs
// time by its length, and not by the number of phrases.
type lexicon struct {
	exact  map[string][]phrase // by the first word
	prefix map[string][]phrase // by the first letters of a first word that goes on
	suffix map[string][]phrase // by the last letters of a first word with more before it
}

// phrase is some words in a row.
type phrase struct {
	kind  kind
	words []piece
}

// piece is a word of a phrase, or its end or beginning.
type piece struct {
	text         string
	before, more bool // letters may be before it, or follow
}

// keyLength is how many bytes of an open word are looked up.
const keyLength = 2

func newLexicon() *lexicon {
	return &lexicon{map[string][]phrase{}, map[string][]phrase{}, map[string][]phrase{}}
}

// add adds a phrase. It reports false for one that cannot be found.
func (l *lexicon) add(k kind, text string) bool {
	p := phrase{kind: k}
	for _, word := range strings.Fields(text) {
		core, more := strings.CutSuffix(word, "*")
		core, before := strings.CutPrefix(core, "*")
		tokens := tokenize(core)
		if len(tokens) == 0 || (more || before) && (len(tokens) > 1 || len(tokens[0].text) < keyLength) || strings.Contains(core, "*") {
			return false
		}
		for _, t := range tokens {
			p.words = append(p.words, piece{t.text, before, more})
		}
	}
	if len(p.words) == 0 {
		return false
	}
	switch first := p.words[0]; {
	case first.more:
		key := first.text[:keyLength]
		l.prefix[key] = append(l.prefix[key], p)
	case first.before:
		key := first.text[len(first.text)-keyLength:]
		l.suffix[key] = append(l.suffix[key], p)
	default:
		l.exact[first.text] = append(l.exact[first.text], p)
	}
	return true
}

func (p piece) matches(word string) bool {
	switch {
	case p.more && p.before:
		return strings.Contains(word, p.text)
	case p.more:
		return strings.HasPrefix(word, p.text)
	case p.before:
		return strings.HasSuffix(word, p.text)
	}
	return p.text == word
}

// at returns the kinds of the longest phrases at the beginning of tokens, and how many
// tokens they have; 0 for none.
func (l *lexicon) at(tokens []token) (found kinds, length int) {
	try := func(phrases []phrase) {
		for _, p := range phrases {
			n := len(p.words)
			if n < length || n > len(tokens) || !p.matches(tokens) {
				continue
			}
			if n > length {
				found, length = 0, n
			}
			found.add(p.kind)
		}
	}
	word := tokens[0].text
	try(l.exact[word])
	if len(word) >= keyLength {
		try(l.prefix[word[:keyLength]])
		try(l.suffix[word[len(word)-keyLength:]])
	}
	return found, length
}

func (p phrase) matches(tokens []token) bool {
	for i, w := range p.words {
		if !w.matches(tokens[i].text) {
			return false
		}
	}
	return true
}

// The reach of a word such as "not", in words.
const (
	negationBefore = 3
	negationAfter  = 2
)

// read returns the kinds of the phrases of a text. What is negated counts as its opposite: accept
// as decline, and a payment that is not needed as nothing.
func (l *lexicon) read(tokens []token) kinds {
	var all kinds
	negatedUntil := -1 // up to this token
	var last kinds     // of the phrase before
	lastEnd := -1
	for i := 0; i < len(tokens); {
		found, n := l.at(tokens[i:])
		if tokens[i].pause {
			negatedUntil = -1
		}
		switch {
		case n == 0:
			i++
			continue
		case found == 1<<not || found.has(not) && !found.hasAny(accept, goOn, pay, charged):
			all |= found
			if last.has(accept) && i-lastEnd < negationAfter && !tokens[i].pause {
				all.add(decline)
				all &^= 1 << accept
			}
			negatedUntil = i + n - 1 + negationBefore
		case i <= negatedUntil:
			all |= negate(found)
		default:
			all |= found
		}
		last, lastEnd = found, i+n
		i += n
	}
	return all &^ (1 << not)
}

// negate returns what kinds mean behind a "not".
func negate(found kinds) kinds {
	if found.has(accept) {
		found.add(decline)
	}
	return found &^ (1<<accept | 1<<goOn | 1<<pay | 1<<charged | 1<<required)
}
