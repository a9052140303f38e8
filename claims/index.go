package claims

import "slices"

// Index finds the helpers that could claim, without asking all of them: their
// rules stand under something that must be there for them to match.
type Index struct {
	evidence []bool // by helper: it has rules by evidence, so once a portal is seen its names do not count
	names    table  // of the rules by name
	portals  table  // of the rules by evidence
}

// NewIndex makes an index over the rules of helpers, which it names by their position.
func NewIndex(helpers []*Rules) *Index {
	x := &Index{evidence: make([]bool, len(helpers))}
	names, portals := newTableBuilder(), newTableBuilder()
	for i, rules := range helpers {
		for _, rule := range rules.byName {
			names.add(i, rule)
		}
		for _, rule := range rules.byEvidence {
			portals.add(i, rule)
		}
		x.evidence[i] = len(rules.byEvidence) > 0
	}
	x.names, x.portals = names.build(), portals.build()
	return x
}

// Candidates returns the positions of the helpers that could claim, in ascending
// order. The others are sure to decline.
func (x *Index) Candidates(f *Facts) []int {
	q := query{facts: f}
	q.ask(&x.names)
	if f.captive() {
		q.found = slices.DeleteFunc(q.found, func(helper int) bool { return x.evidence[helper] })
		q.ask(&x.portals)
	}
	slices.Sort(q.found)
	return slices.Compact(q.found)
}
