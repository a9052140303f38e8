package claims

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// field is the part of a network or of an answer that a key is looked for in.
type field uint8

const (
	fieldSSID field = iota
	fieldBSSID
	fieldHost
	fieldPath
	fieldQuery // the names of its parameters, each between two &
	fieldBody
	fieldMarkup // the body again, for words that a parser finds in it: see [hop.plain]
	fieldCount
)

// position is where in the field a key lies.
type position uint8

const (
	whole  position = iota // the key is all of the field
	prefix                 // the field begins with the key
	suffix
	gram // the key, four bytes, is anywhere in the field
	positionCount
)

const (
	gramLength = 4
	// maxAffix is how many bytes of a prefix or a suffix make its key.
	maxAffix = 32
)

// key is text that must lie in a field for a condition to hold.
type key struct {
	field    field
	position position
	text     string
}

// clause is a condition of a rule as the index sees it. The condition cannot hold unless all
// keys of one of the alternatives are there, or a member of one of the sets.
type clause struct {
	alternatives [][]key
	sets         []*byteSet
	of           key // field and position of the members of the sets
}

// keysOfPatterns returns an alternative for each pattern; false where one of them has no
// key, for it could match anything.
func keysOfPatterns(f field, patterns []pattern) ([][]key, bool) {
	return keysOfAll(patterns, func(p pattern) []key { return p.keys(f) })
}

// keysOfTexts returns an alternative for each text in a page; false where one is too short
// to have a key.
func keysOfTexts(texts []string) ([][]key, bool) {
	return keysOfAll(texts, func(text string) []key { return grams(fieldBody, text) })
}

func keysOfAll[T any](values []T, keys func(T) []key) ([][]key, bool) {
	alternatives := make([][]key, 0, len(values))
	for _, value := range values {
		alternative := keys(value)
		if len(alternative) == 0 {
			return nil, false
		}
		alternatives = append(alternatives, alternative)
	}
	return alternatives, true
}

// keys returns what must lie in the field for the pattern to match.
func (p pattern) keys(f field) []key {
	switch p.kind {
	case globPattern:
		return p.glob.keys(f)
	case regexPattern:
		return grams(f, required(p.regex.String()))
	default:
		return []key{{f, whole, p.exact}}
	}
}

func (g glob) keys(f field) []key {
	literals := g.literals()
	var keys []key
	if first := literals[0]; first != "" {
		keys = append(keys, key{f, prefix, first[:min(len(first), maxAffix)]})
	}
	if last := literals[len(literals)-1]; last != "" {
		keys = append(keys, key{f, suffix, last[max(0, len(last)-maxAffix):]})
	}
	for _, inner := range literals {
		keys = append(keys, grams(f, inner)...)
	}
	return keys
}

// grams returns all runs of four bytes in the text; none where it is shorter.
func grams(f field, text string) []key {
	var keys []key
	for i := range len(text) - gramLength + 1 {
		keys = append(keys, key{f, gram, text[i : i+gramLength]})
	}
	return keys
}

// required returns the longest text that everything the expression matches contains.
func required(expression string) string {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return ""
	}
	return longestLiteral(parsed)
}

func longestLiteral(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		// A byte that is not UTF-8 counts as the replacement character.
		if re.Flags&syntax.FoldCase == 0 && !slices.Contains(re.Rune, utf8.RuneError) {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return longestLiteral(re.Sub[0])
	case syntax.OpConcat:
		longest := ""
		for _, sub := range re.Sub {
			if literal := longestLiteral(sub); len(literal) > len(longest) {
				longest = literal
			}
		}
		return longest
	}
	return ""
}
