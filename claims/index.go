package claims

import (
	"slices"
	"sync"
)

// Index finds the helpers that could claim a network without asking all of them. A rule is
// entered under one text that a network or a page must contain for the rule to match; a lookup
// collects the helpers of all texts that are there. It may find a helper that declines, and
// never misses one that claims.
type Index struct {
	helpers []indexed
	built   sync.Once // the first lookup builds the tables: the best place of one depends on the others

	byName     table
	byEvidence table
}

// indexed are the rules of one helper.
type indexed struct {
	helper int
	rules  *Rules
}

// NewIndex returns an empty index.
func NewIndex() *Index { return &Index{} }

// Add adds the rules of a helper, which the caller names by a number. All helpers are added
// before the first lookup.
func (x *Index) Add(helper int, rules *Rules) {
	x.helpers = append(x.helpers, indexed{helper, rules})
}

// Candidates returns the helpers that could claim, in ascending order. The others are sure
// to decline.
func (x *Index) Candidates(f *Facts) []int {
	x.built.Do(x.build)
	found := x.byName.search(nil, f)
	if f.Portal() != nil {
		// Where a helper has rules by evidence, its rules by name no longer count.
		found = slices.DeleteFunc(found, x.byEvidence.has)
		found = x.byEvidence.search(found, f)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (x *Index) build() {
	names, pages := newTableBuilder(), newTableBuilder()
	for _, h := range x.helpers {
		for _, rule := range h.rules.byName {
			names.add(h.helper, rule)
		}
		for _, rule := range h.rules.byEvidence {
			pages.add(h.helper, rule)
		}
	}
	x.byName, x.byEvidence = names.build(), pages.build()
	x.helpers = nil
}
