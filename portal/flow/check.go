package flow

import (
	"maps"
	"slices"
)

// check looks for what only the steps together show: where a goto leads,
// whether a page is there to act on, and whether each capture is there when it is read.
func (l *loader) check() {
	l.checkStart()
	l.checkGotos()
	l.checkCaptures()
	l.checkInputs()
}

func (l *loader) checkStart() {
	if len(l.flow.steps) == 0 {
		return
	}
	switch l.flow.steps[0].action.(type) {
	case nil, *openAction, *postAction, *pollAction:
	default:
		l.wrong(at(nil, "step", 0), "the first step has no page to act on: begin with open, post or wait with open")
	}
}

func (l *loader) checkGotos() {
	for i := range l.flow.steps {
		for j := range l.flow.steps[i].cases {
			b := &l.flow.steps[i].cases[j]
			if b.target == "" {
				continue
			}
			b.next = slices.IndexFunc(l.flow.steps, func(s step) bool { return s.id == b.target })
			path := at(nil, "step", i, "case", j, "goto")
			switch {
			case b.next < 0:
				l.wrong(path, "no step %q", b.target)
			case b.next <= i:
				l.wrong(path, "step %q does not come after this one: a goto jumps forward only, so that a flow ends", b.target)
			}
		}
	}
}

// names is a set of names.
type names map[string]bool

// checkCaptures follows each way through the steps: a capture may be read where
// every way leads through a step that captures it; a case that jumps captures only what it
// finds. An optional capture may be read where any earlier step captures it; where it was
// not, it is empty.
func (l *loader) checkCaptures() {
	steps := l.flow.steps
	sure := make([]names, len(steps)+1) // captured for sure when a step begins; nil: no way was followed so far
	sure[0] = names{}
	earlier := names{} // captured by some step before
	for i, s := range steps {
		l.checkReads(s.templates, sure[i], earlier)
		for _, b := range s.cases {
			if b.target != "" && b.next > i {
				sure[b.next] = common(sure[b.next], sure[i])
			}
		}
		after := maps.Clone(sure[i])
		for _, c := range s.captures {
			after[c.name], earlier[c.name] = true, true
		}
		sure[i+1] = common(sure[i+1], after)
	}
	if l.flow.expires != nil {
		l.checkReads([]*template{l.flow.expires}, earlier, earlier) // evaluated only where all is there
	}
}

// common returns the names in both; nil is a set not known yet. It may change the first one.
func common(a, b names) names {
	switch {
	case a == nil:
		return maps.Clone(b)
	case b == nil:
		return a
	}
	maps.DeleteFunc(a, func(name string, _ bool) bool { return !b[name] })
	return a
}

func (l *loader) checkReads(templates []*template, sure, earlier names) {
	for _, t := range templates {
		for _, r := range t.refs {
			switch {
			case r.space != spaceCapture, sure[r.name], earlier[r.name] && l.flow.isOptional(r.name):
			case earlier[r.name]:
				l.wrong(t.path, "capture %s may be missing: a goto skips the step that captures it; "+
					"make the capture optional, or capture it elsewhere, too", r.name)
			default:
				l.wrong(t.path, "no earlier step captures %s", r.name)
			}
		}
	}
}

// isOptional says whether all captures of the name are optional.
func (f *Flow) isOptional(name string) bool {
	for _, s := range f.steps {
		for _, c := range s.captures {
			if c.name == name && !c.optional {
				return false
			}
		}
	}
	return true
}

// checkInputs refuses inputs that nothing reads, and finds those that not every login reads.
func (l *loader) checkInputs() {
	read := l.flow.asked()
	for _, t := range l.flow.templates() {
		t.inputsInto(read)
	}
	always := l.alwaysRead()
	for i, in := range l.flow.inputs {
		l.flow.inputs[i].OnDemand = !always[in.Name]
		if !read[in.Name] {
			l.wrong(at(nil, "inputs", in.Name), "no step reads .input.%s: remove the input, or read it", in.Name)
		}
	}
}

// inputsInto adds the inputs that the template reads.
func (t *template) inputsInto(set names) {
	for _, r := range t.refs {
		if r.space == spaceInput {
			set[r.name] = true
		}
	}
}

// asked returns the inputs that a query asks for.
func (f *Flow) asked() names {
	set := names{}
	note := func(queries []query) {
		for _, q := range queries {
			if source, ok := q.source.(inputSource); ok {
				set[source.name] = true
			}
		}
	}
	for _, s := range f.steps {
		note(s.expect)
		for _, b := range s.cases {
			note(b.when)
		}
	}
	return set
}

// alwaysRead returns the inputs that templates read on each way to the end of the flow.
func (l *loader) alwaysRead() names {
	behind := make([]names, len(l.flow.steps)+1) // from a step on; nil: no way leads to a good end
	behind[len(l.flow.steps)] = names{}
	for i, s := range slices.Backward(l.flow.steps) {
		on := maps.Clone(behind[i+1])
		for _, b := range slices.Backward(s.cases) {
			on = b.reads(on, behind)
		}
		for _, t := range s.templates {
			if on != nil {
				t.inputsInto(on)
			}
		}
		behind[i] = on
	}
	return behind[0]
}

// reads returns what is always read from a case on, where otherwise it is as given. One that
// ends the flow under a condition is passed over: somebody may be logged in already.
func (b *branch) reads(otherwise names, behind []names) names {
	always := len(b.when) == 1 && b.when[0] == query{source: urlSource{contains: "*"}}
	switch {
	case always && b.outcome == Submitted:
		return names{}
	case always:
		otherwise = nil
	}
	if b.target != "" && b.next > 0 {
		return common(otherwise, behind[b.next])
	}
	return otherwise
}
