package web

import (
	"io"
	"regexp"
	"strings"
)

// maxPatternWork bounds the instructions of a pattern times the bytes that it is matched
// with. RE2 runs all instructions for each byte, at worst.
const maxPatternWork = 40_000_000

// Pattern is a regular expression (RE2) whose work is bounded.
type Pattern struct {
	regexp *regexp.Regexp
	size   int // instructions
}

// String returns the source of the pattern.
func (p *Pattern) String() string { return p.regexp.String() }

// costPattern is what a match costs besides the text.
const costPattern = 20

// work returns the units that a pass over a text costs at worst, more than [maxPatternWork] if it
// may not be made.
func (p *Pattern) work(text string) int { return costPattern + len(text)*p.size }

// Matches reports whether the text contains a match. The error is [ErrTooMuchWork], or the cause
// of the end of the context, which ends a match in a long text, too.
func (s *Search) Matches(p *Pattern, text string) (bool, error) {
	switch work := p.work(text); {
	case work > maxPatternWork:
		return false, ErrTooMuchWork
	case work <= unitsPerCheck:
		return s.Spend(work) && p.regexp.MatchString(text), s.err
	}
	found := p.regexp.MatchReader(s.metered(p, text))
	return found && s.err == nil, s.err
}

// bytesPerFind is how many bytes of a text are looked through for another one in a unit, at worst.
const bytesPerFind = 32

// Contains reports whether a text contains another one. The error is as of [Search.Matches].
func (s *Search) Contains(text, part string) (bool, error) {
	return s.Spend(1+len(text)/bytesPerFind) && strings.Contains(text, part), s.err
}

// metered is a text that ends with the budget of a search.
type metered struct {
	*strings.Reader
	search  *Search
	perByte int
}

func (s *Search) metered(p *Pattern, text string) *metered {
	return &metered{strings.NewReader(text), s, p.size}
}

func (m *metered) ReadRune() (r rune, size int, err error) {
	r, size, err = m.Reader.ReadRune()
	if !m.search.Spend(size * m.perByte) {
		return 0, 0, io.EOF
	}
	return r, size, err
}

// Submatches returns the first matches with their groups, at most as many as given. In a long
// text they are fewer, because the search for each may read the text to its end. The error is
// as of [Search.Matches].
func (s *Search) Submatches(p *Pattern, text string, most int) ([][]string, error) {
	pass := p.work(text)
	if pass > maxPatternWork {
		return nil, ErrTooMuchWork
	}
	if most == 1 && pass > unitsPerCheck {
		return s.submatch(p, text)
	}
	if !s.Spend(pass) {
		return nil, s.err
	}
	found := p.regexp.FindAllStringSubmatch(text, min(most, maxPatternWork/pass))
	if !s.Spend(pass * max(len(found)-1, 0)) {
		return nil, s.err
	}
	return found, nil
}

// submatch returns the first match with its groups, if there is one.
func (s *Search) submatch(p *Pattern, text string) ([][]string, error) {
	at := p.regexp.FindReaderSubmatchIndex(s.metered(p, text))
	if at == nil || s.err != nil {
		return nil, s.err
	}
	groups := make([]string, len(at)/2)
	for i := range groups {
		if at[2*i] >= 0 {
			groups[i] = text[at[2*i]:at[2*i+1]]
		}
	}
	return [][]string{groups}, nil
}
