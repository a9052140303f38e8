package plugins

import (
	"fmt"

	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// Entry is a helper with its settings.
type Entry struct {
	Helper   Helper
	Disabled bool // claims nothing
	Priority int  // among equal claims; greater first
}

// Registry offers networks to helpers. It is immutable.
type Registry struct {
	entries []Entry
	byName  map[string]int
	rules   []*claims.Rules // by position in entries; nil: the helper computes its claims
	index   *claims.Index   // of the rules of helpers that are not turned off
	others  []int           // positions of the helpers without rules, which are always asked
}

// NewRegistry makes a registry. The last helper of a name counts, so that a user's pack can
// replace one that comes with the program.
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
		if ruled, ok := e.Helper.(Ruled); ok {
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
	r.index.Candidates(claims.NewFacts(wifi.Network{}, nil)) // builds the index, so that no network waits for it
	return r
}

// Entries returns the helpers in the order of registration.
func (r *Registry) Entries() []Entry { return r.entries }

// Helper returns a helper that is not disabled.
func (r *Registry) Helper(name string) (Helper, error) {
	i, ok := r.byName[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("find helper %q: no helper has that name", name)
	case r.entries[i].Disabled:
		return nil, fmt.Errorf("find helper %q: it is turned off", name)
	}
	return r.entries[i].Helper, nil
}

// Preparer is a helper whose first claim has something to load.
type Preparer interface {
	// Prepare loads it. It may be called from any goroutine, and again.
	Prepare()
}

// Prepare loads what the first claims of the helpers need. It may take a tenth of a second.
func (r *Registry) Prepare() {
	for _, i := range r.others {
		if p, ok := r.entries[i].Helper.(Preparer); ok {
			p.Prepare()
		}
	}
}

// Rules returns the rules of a helper; nil if it has none. A pack that is loaded again has
// other rules.
func (r *Registry) Rules(name string) *claims.Rules {
	if i, ok := r.byName[name]; ok {
		return r.rules[i]
	}
	return nil
}
