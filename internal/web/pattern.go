package web

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

const (
	// maxInstructions bounds a regular expression: x{1000} is seven bytes and a thousand states.
	maxInstructions = 1000
	// maxPatternWork bounds the instructions of a pattern times the bytes that it is matched
	// with. RE2 runs all instructions for each byte, at worst.
	maxPatternWork = 40_000_000
)

// Pattern is a regular expression (RE2) whose work is bounded.
type Pattern struct {
	regexp *regexp.Regexp
	size   int // instructions
}

// ParsePattern compiles a regular expression of at most 1000 instructions.
func ParsePattern(text string) (*Pattern, error) {
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	size, err := regexSize(text)
	if err != nil {
		return nil, err
	}
	return &Pattern{compiled, size}, nil
}

// String returns the source of the pattern.
func (p *Pattern) String() string { return p.regexp.String() }

// Matches reports whether the text contains a match. The error is [ErrTooMuchWork].
func (p *Pattern) Matches(text string) (bool, error) {
	if len(text)*p.size > maxPatternWork {
		return false, ErrTooMuchWork
	}
	return p.regexp.MatchString(text), nil
}

// Submatches returns the first matches with their groups, at most as many as given. In a long
// text they are fewer, because the search for each may read the text to its end. The error is
// [ErrTooMuchWork].
func (p *Pattern) Submatches(text string, most int) ([][]string, error) {
	pass := len(text) * p.size
	if pass > maxPatternWork {
		return nil, ErrTooMuchWork
	}
	return p.regexp.FindAllStringSubmatch(text, min(most, maxPatternWork/max(pass, 1))), nil
}

// regexSize returns the number of instructions of a regular expression.
func regexSize(text string) (int, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return 0, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, err
	}
	if size := len(program.Inst); size > maxInstructions {
		return 0, fmt.Errorf("regular expression %q has %d instructions, at most %d", text, size, maxInstructions)
	}
	return len(program.Inst), nil
}
