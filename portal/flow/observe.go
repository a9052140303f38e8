package flow

import (
	"strings"

	"hotspot-helper/portal"
)

// Decision is the result of a step.
type Decision struct {
	Step     string
	Case     int                     // number of the case that decided, from 1; 0: none
	When     string                  // the queries of that case
	Goto     string                  // the next step; empty: the flow ends
	Closed   string                  // key of closed that decided, goto or late: the connection was closed without an answer; empty: there was one
	Captures map[string]portal.Value // by name; secret if they contain a secret
}

// observe reports the decision of step i: by case j, or by none if j is -1.
func (r *run) observe(i, j int) {
	if r.env.Observe == nil {
		return
	}
	s := &r.flow.steps[i]
	d := Decision{Step: s.id, Captures: map[string]portal.Value{}}
	if j >= 0 {
		d.Case, d.When, d.Goto = j+1, join(s.cases[j].when), s.cases[j].target
	}
	if j < 0 || s.cases[j].captures() {
		for _, c := range s.captures {
			if value, ok := r.kept(c.name); ok {
				d.Captures[c.name] = value
			}
		}
	}
	r.env.Observe(d)
}

// observeClosed reports that step i had no answer.
func (r *run) observeClosed(i int, isLate bool) {
	if r.env.Observe == nil {
		return
	}
	s := &r.flow.steps[i]
	d := Decision{Step: s.id, Closed: closedGoto, Goto: s.closed.target}
	if isLate && s.closed.late != "" {
		d.Closed, d.Goto = closedKeyLate, s.closed.late
	}
	r.env.Observe(d)
}

// The keys of closed.
const (
	closedGoto    = "goto"
	closedKeyLate = "late"
)

// join describes queries that must all hold.
func join(queries []query) string {
	var texts []string
	for _, q := range queries {
		texts = append(texts, q.String())
	}
	return strings.Join(texts, " and ")
}
