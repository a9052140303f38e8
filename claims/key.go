package claims

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// field is what of a network or of an answer a key is looked for in.
type field uint8

const (
	fieldSSID field = iota
	fieldBSSID
	fieldHost
	fieldPath
	fieldQuery // the names of its parameters, each between two &
	fieldBody
	fieldMarkup // of the body too, where a parser sees in it what is written there
	fieldCount
)

// shape is how a key lies in the field.
type shape uint8

const (
	whole  shape = iota
	prefix       // the field begins with it
	suffix
	gram // the field has these octets somewhere, four of them
	shapeCount
)

const (
	gramLength = 4
	// maxAffix is how much of a prefix or a suffix is looked at, in octets.
	maxAffix = 32
)

// key is text that must lie in a field for a condition to hold.
type key struct {
	field field
	shape shape
	text  string
}

// choice are keys that must all lie there: one of them suffices to find the condition by.
type choice []key

// way is one condition of a rule as something to look up: the condition cannot
// hold unless the keys of some choice lie there, or a member of a set.
type way struct {
	choices []choice
	sets    []*octetSet
	of      key // field and shape of what is in the sets
}

// choicesOf makes one choice of each pattern; false where one of them may match
// whatever lies in the field.
func choicesOf(f field, patterns []pattern) ([]choice, bool) {
	choices := make([]choice, 0, len(patterns))
	for _, p := range patterns {
		c := p.keys(f)
		if len(c) == 0 {
			return nil, false
		}
		choices = append(choices, c)
	}
	return choices, true
}

// choicesOfTexts makes one choice of each text in a page; false where one is too short.
func choicesOfTexts(texts []string) ([]choice, bool) {
	choices := make([]choice, 0, len(texts))
	for _, text := range texts {
		c := grams(fieldBody, text)
		if len(c) == 0 {
			return nil, false
		}
		choices = append(choices, c)
	}
	return choices, true
}

// keys are what must lie in the field for the pattern to match.
func (p pattern) keys(f field) choice {
	switch p.kind {
	case globPattern:
		return p.glob.keys(f)
	case regexPattern:
		return grams(f, required(p.regex))
	default:
		return choice{{f, whole, p.exact}}
	}
}

func (g glob) keys(f field) choice {
	literals := g.literals()
	var c choice
	if first := literals[0]; first != "" {
		c = append(c, key{f, prefix, first[:min(len(first), maxAffix)]})
	}
	if last := literals[len(literals)-1]; last != "" {
		c = append(c, key{f, suffix, last[max(0, len(last)-maxAffix):]})
	}
	for _, inner := range literals {
		c = append(c, grams(f, inner)...)
	}
	return c
}

// grams are all runs of four octets in the text; none where it is shorter.
func grams(f field, text string) choice {
	var c choice
	for i := range len(text) - gramLength + 1 {
		c = append(c, key{f, gram, text[i : i+gramLength]})
	}
	return c
}

// required is the longest text that whatever the expression matches contains.
func required(re *regexp.Regexp) string {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return ""
	}
	return longestLiteral(parsed)
}

func longestLiteral(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		// An octet that is no UTF-8 counts as the replacement character.
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
