package record

import (
	"fmt"
	"slices"
	"strings"
)

// plan is a pack before it is written.
type plan struct {
	name   string
	label  string
	hosts  []string
	terms  string // whose are accepted; empty: none
	inputs []*input
	steps  []*step
	claims []claim
	unsure []string // what a person has to look at, as sentences
}

// input is what the person typed.
type input struct {
	name, prompt string
	secret       bool
	value        string // empty: it never left the browser as it was typed
	comment      string
}

// step is one of the flow. Its texts are TOML but for the templates.
type step struct {
	id       string
	comments []string
	action   string // open, submit, post or follow
	target   string // a template, or a selector
	drop     []string
	button   string
	body     string // fields, form or json
	sent     []sending
	json     any // of strings that are templates
	captures []capture
	cases    []decision
	expect   []string // queries
}

// sending is a field that a step sends.
type sending struct{ name, template string }

// capture is a value that a later step needs.
type capture struct{ name, query string }

// decision is a case of a step that ends the flow.
type decision struct{ when, result, reason string }

// claim is a rule by evidence.
type claim struct {
	comment, confidence string
	keys                []sending // of lists with one value
}

// doubt notes what a person has to look at, beside the step and for the whole.
func (p *plan) doubt(s *step, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if s != nil {
		s.comments = append(s.comments, "unsure: "+text)
		text = "step " + s.id + ": " + text
	}
	p.unsure = append(p.unsure, text)
}

// typed returns the input of a value, which it adds where it is new. A value that was typed
// twice is one input, unless it is a secret here and none there: a guest whose password is
// "guest" has two.
func (p *plan) typed(in input) *input {
	for _, known := range p.inputs {
		if known.value == in.value && in.value != "" && known.secret == in.secret {
			return known
		}
	}
	in.name = p.freeName(in.name)
	p.inputs = append(p.inputs, &in)
	return &in
}

// freeName returns a name that no input has.
func (p *plan) freeName(name string) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(p.inputs, func(in *input) bool { return in.name == name })
	}
	free := name
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s_%d", name, n)
	}
	return free
}

// read is the template that reads an input.
func (in *input) read() string { return "{{.input." + in.name + "}}" }

// addCapture has a step keep a value, under a name of its own, which is returned.
func (p *plan) addCapture(s *step, c capture) string {
	for _, known := range s.captures {
		if known.query == c.query {
			return known.name
		}
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(p.steps, func(s *step) bool {
			return slices.ContainsFunc(s.captures, func(c capture) bool { return c.name == name })
		})
	}
	name := c.name
	for n := 2; taken(c.name); n++ {
		c.name = fmt.Sprintf("%s_%d", name, n)
	}
	s.captures = append(s.captures, c)
	return c.name
}

// identifier makes a name for templates of whatever a page calls something.
func identifier(text, otherwise string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	const longest = 24
	name := strings.Trim(b.String()[:min(b.Len(), longest)], "_")
	if name == "" {
		return otherwise
	}
	return name
}
