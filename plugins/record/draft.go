package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hotspot-helper/internal/redact"
)

// draft is a pack before it is written.
type draft struct {
	name   string
	label  string
	hosts  []string
	terms  string // that it accepts; empty: none
	inputs []*input
	steps  []*step
	claims []claim
	unsure []string        // what a person has to check, in sentences
	hidden []redact.Target // what the draft must not contain: typed, or sent as typed
	isFull bool            // there was more of that than maxHidden
	shared []string        // those of the hosts that several networks share

	unknown string // what was sent and must not be kept, and no input has it; empty: nothing

	isUnsent bool   // something was typed, and no input has it
	marked   bool   // the first claim names what distinguishes the portal's page
	failure  string // why it does not log in on the capture; empty: it does
}

// input is a value that the user typed.
type input struct {
	name, prompt string
	secret       bool
	value        string // empty: the capture has only values derived from it
	typed        bool   // the recording tells that a person typed it
	comment      string
	unexplained  bool // nothing says that a person typed it
}

// step is a step of the flow.
type step struct {
	id       string
	comments []string
	action   string // open, submit, post or follow
	target   string // a template or a selector
	drop     []string
	button   string
	body     string // fields, form or json
	sent     []templateField
	json     any // its strings are templates
	captures []capture
	cases    []decision
	expect   []string // queries
}

// templateField is a name with a template.
type templateField struct{ name, template string }

// capture is a value that a later step reads.
type capture struct{ name, query string }

// decision is a case of a step that ends the flow.
type decision struct{ when, result, reason string }

// claim is a rule for evidence.
type claim struct {
	comment, confidence string
	keys                []claimKey
}

// claimKey is a condition of a claim, a list of texts.
type claimKey struct {
	name   string
	values []string
}

// doubt records what a person has to check, in a comment of the step, if any, and in unsure.
func (d *draft) doubt(s *step, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if s != nil {
		s.comments = append(s.comments, "unsure: "+text)
		text = "step " + s.id + ": " + text
	}
	d.unsure = append(d.unsure, text)
}

// maxHidden is how many texts a draft hides at most.
const maxHidden = 1000

// keepOut records texts that the draft must not contain: in any spelling, or as a word alone.
func (d *draft) keepOut(texts []string, asWord bool) {
	for _, text := range texts {
		if len(d.hidden) == maxHidden {
			d.isFull = true
			d.unexplain("more than a draft can keep out")
			return
		}
		d.hidden = append(d.hidden, redact.Target{Text: text, Word: asWord, Exact: asWord})
	}
}

// unexplain records what was sent that nothing explains, and that no input has.
func (d *draft) unexplain(what string) { d.unknown = cmp.Or(d.unknown, what) }

// addInput returns the input of a value and adds it if it is new. A value that was typed
// twice is one input, unless one is secret and the other is not: user "guest" with password
// "guest" has two.
func (d *draft) addInput(in input) *input {
	for _, known := range d.inputs {
		if known.value == in.value && in.value != "" && known.secret == in.secret {
			return known
		}
	}
	in.name = unique(in.name, func(name string) bool {
		return slices.ContainsFunc(d.inputs, func(in *input) bool { return in.name == name })
	})
	d.inputs = append(d.inputs, &in)
	return &in
}

// unique returns the name, with a number if it is taken.
func unique(name string, taken func(string) bool) string {
	free := name
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s_%d", name, n)
	}
	return free
}

// template returns the template that reads an input.
func (in *input) template() string { return "{{.input." + in.name + "}}" }

// addCapture adds a capture to a step and returns its unique name.
func (d *draft) addCapture(s *step, c capture) string {
	for _, known := range s.captures {
		if known.query == c.query {
			return known.name
		}
	}
	c.name = unique(c.name, func(name string) bool {
		return slices.ContainsFunc(d.steps, func(s *step) bool {
			return slices.ContainsFunc(s.captures, func(c capture) bool { return c.name == name })
		})
	})
	s.captures = append(s.captures, c)
	return c.name
}

// identifier returns a name for templates made from a text, or the fallback.
func identifier(text, fallback string) string {
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
		return fallback
	}
	return name
}
