package flow

import (
	"strings"

	"hotspot-helper/portal"
)

// Decision is what came of one step of a run.
type Decision struct {
	Step     string
	Case     int                     // number of the case that decided, from 1; 0: none did
	When     string                  // the queries of that case
	Goto     string                  // the step that it leads to; empty: it ends the flow
	Captures map[string]portal.Value // what the step captured; secret where it holds one
}

// observe tells the observer that step i was decided: by case number j, from 0, or by none.
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
			if value, ok := r.captures[c.name]; ok {
				d.Captures[c.name] = value
			}
		}
	}
	r.env.Observe(d)
}

// join writes queries that all must hold.
func join(queries []query) string {
	var texts []string
	for _, q := range queries {
		texts = append(texts, q.String())
	}
	return strings.Join(texts, " and ")
}
