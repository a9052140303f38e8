package flow

import (
	"maps"
	"slices"

	"hotspot-helper/internal/strict"
)

// check finds the mistakes that depend on several steps: the targets of jumps, actions
// without a page, and captures that are read before they exist.
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
	case nil, *openAction, *postAction, *pollAction, visitAction:
	default:
		l.wrong(at(nil, "step", 0), "the first step has no page to act on: begin with open, visit, post or wait with open")
	}
}

func (l *loader) checkGotos() {
	for i := range l.flow.steps {
		for j := range l.flow.steps[i].cases {
			b := &l.flow.steps[i].cases[j]
			if b.target == "" {
				continue
			}
			b.next = l.later(at(nil, "step", i, "case", j, "goto"), i, b.target)
		}
		l.checkNext(i)
		l.checkClosed(i)
	}
}

// later returns the index of a step after step i; -1 after a mistake.
func (l *loader) later(path strict.Path, i int, target string) int {
	next := slices.IndexFunc(l.flow.steps, func(s step) bool { return s.id == target })
	switch {
	case next < 0:
		l.wrong(path, "no step %q", target)
	case next <= i:
		l.wrong(path, "step %q does not come after this one: a goto jumps forward only, so that a flow ends", target)
		return -1
	}
	return next
}

// nextEnd is the value of next that ends the flow, unless a step has that name.
const nextEnd = "end"

// checkNext finds the step that comes after step i.
func (l *loader) checkNext(i int) {
	s := &l.flow.steps[i]
	s.next = i + 1
	path := at(nil, "step", i, "next")
	isEnd := s.target == nextEnd && !slices.ContainsFunc(l.flow.steps, func(s step) bool { return s.id == nextEnd })
	switch {
	case !l.doc.Has(path...):
	case isEnd:
		s.next = len(l.flow.steps)
	default:
		if next := l.later(path, i, s.target); next > 0 {
			s.next = next
		}
	}
}

// checkClosed finds the steps that come after step i if it has no answer.
func (l *loader) checkClosed(i int) {
	c, path := l.flow.steps[i].closed, at(nil, "step", i, "closed")
	if c == nil || c.target == "" {
		return
	}
	c.next = l.later(at(path, "goto"), i, c.target)
	if c.nextLate = c.next; l.doc.Has(at(path, "late")...) {
		c.nextLate = l.later(at(path, "late"), i, c.late)
	}
}

// names is a set of names.
type names map[string]bool

// checkCaptures follows each path through the steps. A step may read a capture if all paths
// to it capture it; if a case that jumps did not find it, the step that reads it fails. It may
// read an optional capture if any earlier step has it; the capture is empty if it was not found.
func (l *loader) checkCaptures() {
	steps := l.flow.steps
	certain := make([]names, len(steps)+1) // captured on all paths to a step; nil: no path yet
	certain[0] = names{}
	earlier := names{} // captured by any earlier step
	for i, s := range steps {
		if certain[i] == nil {
			l.wrong(at(nil, "step", i), "no step leads here: the one above says next, and no goto or closed names this one")
			certain[i] = names{}
		}
		l.checkReads(s.templates, certain[i], earlier)
		l.checkReads(s.tests, certain[i], earlier)
		after := maps.Clone(certain[i])
		for _, c := range s.captures {
			after[c.name], earlier[c.name] = true, true
		}
		for _, b := range s.cases {
			l.checkAfter(b, earlier)
		}
		s.passOn(i, certain, after)
	}
	if l.flow.expires != nil {
		l.checkReads([]*template{l.flow.expires}, earlier, earlier) // evaluated only if all have a value
	}
}

// passOn adds what is captured on the paths through step i to the steps that come next. Nothing is
// captured without an answer.
func (s step) passOn(i int, certain []names, after names) {
	for _, b := range s.cases {
		if b.target != "" && b.next > i {
			certain[b.next] = common(certain[b.next], after)
		}
	}
	for _, next := range s.closed.targets() {
		if next > i {
			certain[next] = common(certain[next], certain[i])
		}
	}
	certain[s.next] = common(certain[s.next], after)
}

// targets are the indexes of the steps that come next.
func (c *closed) targets() []int {
	if c == nil {
		return nil
	}
	return []int{c.next, c.nextLate}
}

// checkAfter checks the captures that after reads; it is not known without a value.
func (l *loader) checkAfter(b branch, earlier names) {
	if b.after != nil {
		l.checkReads([]*template{b.after}, earlier, earlier)
	}
}

// common returns the names in both sets; nil is an unknown set. It may change the first.
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

func (l *loader) checkReads(templates []*template, certain, earlier names) {
	for _, t := range templates {
		for _, r := range t.refs {
			switch {
			case r.space != spaceCapture, certain[r.name], earlier[r.name] && l.flow.isOptional(r.name):
			case earlier[r.name]:
				l.wrong(t.path, "capture %s may be missing: a goto or next skips the step that captures it; "+
					"make the capture optional, or capture it elsewhere, too", r.name)
			default:
				l.wrong(t.path, "no earlier step captures %s", r.name)
			}
		}
	}
}

// isOptional reports whether all captures of the name are optional.
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

// checkInputs reports inputs that nothing reads, and marks those that not all logins read.
func (l *loader) checkInputs() {
	read := l.flow.queriedInputs()
	for _, t := range l.flow.templates() {
		t.addInputs(read)
	}
	always := l.alwaysRead()
	for i, in := range l.flow.inputs {
		l.flow.inputs[i].OnDemand = !always[in.Name]
		if !read[in.Name] {
			l.wrong(at(nil, "inputs", in.Name), "no step reads .input.%s: remove the input, or read it", in.Name)
		}
	}
}

// addInputs adds the inputs that the template reads.
func (t *template) addInputs(set names) {
	for _, r := range t.refs {
		if r.space == spaceInput {
			set[r.name] = true
		}
	}
}

// queriedInputs returns the inputs that queries test.
func (f *Flow) queriedInputs() names {
	set := names{}
	add := func(queries []query) {
		for _, q := range queries {
			if source, ok := q.source.(inputSource); ok {
				set[source.name] = true
			}
		}
	}
	add(f.queries())
	return set
}

// alwaysRead returns the inputs that templates read on all paths to a successful end.
func (l *loader) alwaysRead() names {
	from := make([]names, len(l.flow.steps)+1) // read from a step on; nil: no path to a successful end
	from[len(l.flow.steps)] = names{}
	for i, s := range slices.Backward(l.flow.steps) {
		on := maps.Clone(from[s.next])
		for _, b := range slices.Backward(s.cases) {
			on = b.reads(on, from)
		}
		for _, next := range s.closed.targets() {
			if next > i {
				on = common(on, from[next])
			}
		}
		for _, t := range s.templates {
			if on != nil {
				t.addInputs(on)
			}
		}
		from[i] = on
	}
	return from[0]
}

// reads returns the inputs that are always read from a case on; otherwise are those if the
// case does not hold. A conditional case that ends the flow does not count: the user may be
// logged in already.
func (b *branch) reads(otherwise names, from []names) names {
	always := len(b.when) == 1 && b.when[0] == query{source: urlSource{contains: "*"}}
	switch {
	case always && b.outcome == Submitted:
		return names{}
	case always:
		otherwise = nil
	}
	if b.target != "" && b.next > 0 {
		return common(otherwise, from[b.next])
	}
	return otherwise
}
