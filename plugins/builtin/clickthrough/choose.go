package clickthrough

import (
	"fmt"
	"slices"

	"golang.org/x/net/html"
)

// What counts for an option, and by how much one has to be ahead of all others.
const (
	scoreForm   = 2 // it sends a form
	scoreAgrees = 2 // it accepts
	scoreGoesOn = 1
	scoreTerms  = 2 // the form has a box about terms
	scoreAhead  = 3
)

func (o *option) rank() int {
	score := scoreGoesOn
	if o.does == agrees {
		score = scoreAgrees
	}
	if o.form == nil {
		return score
	}
	score += scoreForm
	if o.form.agrees {
		score += scoreTerms
	}
	return score
}

// choose returns the one option that goes forward, or an error that says why none does.
func choose(options []*option) (*option, error) {
	var ahead []*option
	for i, o := range options {
		if err := o.forbids(); err != nil {
			return nil, err
		}
		switch {
		case o.goesForward() && !slices.ContainsFunc(ahead, o.equals):
			ahead = append(ahead, o)
		case o.does == refuses && len(ahead) == 0 && slices.ContainsFunc(options[i:], (*option).goesForward):
			return nil, fmt.Errorf("a person has to choose: %q comes first", o.text)
		}
	}
	slices.SortStableFunc(ahead, func(a, b *option) int { return b.score - a.score })
	switch {
	case len(ahead) == 0:
		return nil, noWay(options)
	case len(ahead) > 1 && ahead[0].score-ahead[1].score < scoreAhead:
		return nil, fmt.Errorf("two ways go forward: %q and %q", ahead[0].text, ahead[1].text)
	}
	for _, o := range options {
		if o.does == unclear && !o.form.asksForText() {
			return nil, fmt.Errorf("it is not clear what the button %q does", o.text)
		}
	}
	return ahead[0], nil
}

// forbids returns an error if the option is a sign of a page where only a person may choose.
func (o *option) forbids() error {
	switch o.does {
	case leaves:
		return fmt.Errorf("the page is for someone who is logged in: %q logs out", o.text)
	case pays:
		return fmt.Errorf("the page sells something: %q", o.text)
	case elsewhere:
		return fmt.Errorf("a person has to choose: %q logs in with another account", o.text)
	default:
		return nil
	}
}

// noWay says what a page has instead of a way forward.
func noWay(options []*option) error {
	for _, o := range options {
		switch o.does {
		case refuses:
			return fmt.Errorf("the page can only be declined: %q", o.text)
		case unclear:
			return fmt.Errorf("it is not clear what the button %q does", o.text)
		default:
		}
	}
	return ErrNothing
}

func (o *option) goesForward() bool { return o.does == forward || o.does == agrees }

// equals reports whether two options do the same.
func (o *option) equals(other *option) bool {
	if o.link != nil && other.link != nil {
		return o.link.Path == other.link.Path && o.link.RawQuery == other.link.RawQuery && o.link.String() == other.link.String()
	}
	return o.form != nil && o.form == other.form && o.text == other.text &&
		sameValue(o.press, other.press, "name") && sameValue(o.press, other.press, "value") && sameValue(o.press, other.press, "formaction")
}

func sameValue(a, b *html.Node, name string) bool {
	return a != nil && b != nil && attribute(a, name) == attribute(b, name)
}
