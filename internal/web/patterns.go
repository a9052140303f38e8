package web

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

const (
	// maxInstructions bounds a regular expression: x{1000} is seven bytes and a thousand states.
	maxInstructions = 1000
	// maxPatterns bounds what the regular expressions and selectors of a pack take together: their bytes and
	// instructions. An instruction takes some 100 bytes of memory.
	maxPatterns = 100_000
	// runesPerUnit is how many characters of a class are worth an instruction. \pL has 1300.
	runesPerUnit = 8
)

// ErrManyPatterns is the error of a pattern that its pack has no room for.
var ErrManyPatterns = fmt.Errorf("the regular expressions and selectors of a pack have more than %d bytes and instructions together", maxPatterns)

// Patterns compiles the regular expressions and selectors of one pack, which share a budget. The zero value has all
// of it.
type Patterns struct{ used int }

// IsFull reports whether the budget is spent, which was reported once then.
func (p *Patterns) IsFull() bool { return p.used > maxPatterns }

// take takes units from the budget.
func (p *Patterns) take(units int) error {
	if p.used += units; p.IsFull() {
		return ErrManyPatterns
	}
	return nil
}

// Regexp compiles a regular expression of at most 1000 instructions.
func (p *Patterns) Regexp(text string) (*Pattern, error) {
	if err := p.take(len(text)); err != nil {
		return nil, err
	}
	size, err := measureRegexp(text)
	if err != nil {
		return nil, err
	}
	if err := p.take(size.units); err != nil {
		return nil, err
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return &Pattern{compiled, size.instructions}, nil
}

// Selector is [ParseSelector].
func (p *Patterns) Selector(text string) (*Selector, error) {
	if err := p.take(len(text)); err != nil {
		return nil, err
	}
	sel, err := ParseSelector(text)
	if err != nil {
		return nil, err
	}
	return sel, p.take(sel.units)
}

// regexpSize is an upper bound of what a regular expression takes once it is compiled.
type regexpSize struct {
	instructions int
	units        int // of the budget of a pack
}

func (s regexpSize) plus(more regexpSize) regexpSize {
	return regexpSize{s.instructions + more.instructions, s.units + more.units}
}

func (s regexpSize) times(n int) regexpSize { return regexpSize{s.instructions * n, s.units * n} }

// instructions is the size of so many instructions without a class.
func instructions(n int) regexpSize { return regexpSize{n, n} }

// measureRegexp parses a regular expression, and refuses one of too many instructions before they are made.
func measureRegexp(text string) (regexpSize, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return regexpSize{}, err
	}
	size := measure(parsed).plus(instructions(2)) // the failure and the match
	if size.instructions > maxInstructions {
		return size, fmt.Errorf("regular expression %q has %d instructions, at most %d", text, size.instructions, maxInstructions)
	}
	return size, nil
}

// measure counts as package syntax compiles.
func measure(re *syntax.Regexp) regexpSize {
	below := regexpSize{}
	for _, sub := range re.Sub {
		below = below.plus(measure(sub))
	}
	switch re.Op {
	case syntax.OpLiteral:
		return instructions(max(len(re.Rune), 1))
	case syntax.OpCharClass:
		return regexpSize{1, 1 + len(re.Rune)/runesPerUnit}
	case syntax.OpCapture, syntax.OpStar:
		return below.plus(instructions(2))
	case syntax.OpPlus, syntax.OpQuest:
		return below.plus(instructions(1))
	case syntax.OpConcat:
		return below
	case syntax.OpAlternate:
		return below.plus(instructions(len(re.Sub) - 1))
	case syntax.OpRepeat:
		if re.Max < 0 {
			return below.times(max(re.Min, 1)).plus(instructions(2))
		}
		return below.times(re.Max).plus(instructions(re.Max - re.Min + 1))
	}
	return instructions(1)
}
