package plugins

import (
	"fmt"

	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// Entry is a helper with what the user decided about it.
type Entry struct {
	Helper   Helper
	Disabled bool // it claims nothing
	Priority int  // among equal claims; greater first
}

// Registry offers networks to helpers. It does not change: another one takes its place.
type Registry struct {
	entries []Entry
	byName  map[string]int
	rules   []*claims.Rules // by position in entries; nil: the helper computes its claims
	index   *claims.Index   // of the rules of helpers that are not turned off
	others  []int           // positions of the helpers without rules, which are always asked
}

// NewRegistry makes a registry. Of helpers with the same name the last one
// counts, so that a user's pack can replace one that came with the program.
func NewRegistry(entries []Entry) *Registry {
	r := &Registry{byName: make(map[string]int, len(entries))}
	for _, e := range entries {
		if i, ok := r.byName[e.Helper.Name()]; ok {
			r.entries[i] = e
			continue
		}
		r.byName[e.Helper.Name()] = len(r.entries)
		r.entries = append(r.entries, e)
	}
	r.rules, r.index = make([]*claims.Rules, len(r.entries)), claims.NewIndex()
	for i, e := range r.entries {
		if ruled, ok := e.Helper.(interface{ Rules() *claims.Rules }); ok {
			r.rules[i] = ruled.Rules()
		}
		switch {
		case e.Disabled:
		case r.rules[i] != nil:
			r.index.Add(i, r.rules[i])
		default:
			r.others = append(r.others, i)
		}
	}
	r.index.Candidates(claims.NewFacts(wifi.Network{}, nil)) // builds the index: no network is to wait for it
	return r
}

// Entries returns the helpers in the order of registration.
func (r *Registry) Entries() []Entry { return r.entries }

// Helper finds a helper that is not disabled.
func (r *Registry) Helper(name string) (Helper, error) {
	i, ok := r.byName[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("find helper %q: there is none of that name", name)
	case r.entries[i].Disabled:
		return nil, fmt.Errorf("find helper %q: it is turned off", name)
	}
	return r.entries[i].Helper, nil
}

// Rules returns the rules of a helper that claims by rules, nil of any other. Each loaded
// pack has rules of its own.
func (r *Registry) Rules(name string) *claims.Rules {
	if i, ok := r.byName[name]; ok {
		return r.rules[i]
	}
	return nil
}
