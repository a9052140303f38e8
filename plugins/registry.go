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
	index   *claims.Index // of the packs that are not turned off
	indexed []int         // position in the index to position in entries
	others  []int         // helpers that are no packs: always asked
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
	var rules []*claims.Rules
	for i, e := range r.entries {
		own := rulesOf(e.Helper)
		switch {
		case e.Disabled:
		case own != nil:
			rules = append(rules, own)
			r.indexed = append(r.indexed, i)
		default:
			r.others = append(r.others, i)
		}
	}
	r.index = claims.NewIndex(rules)
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
		return rulesOf(r.entries[i].Helper)
	}
	return nil
}

// rulesOf returns the rules by which a helper claims; nil: it computes its claims.
func rulesOf(helper Helper) *claims.Rules {
	if ruled, ok := helper.(interface{ Rules() *claims.Rules }); ok {
		return ruled.Rules()
	}
	return nil
}

// Claims asks every helper, also those that are sure to decline: each answers
// with a claim or the reason why not. It is for people; [Registry.Claimed] is faster.
func (r *Registry) Claims(facts *claims.Facts) []claims.Claim {
	made := make([]claims.Claim, 0, len(r.entries))
	for _, e := range r.entries {
		made = append(made, e.claim(facts))
	}
	return made
}

// Claimed is what [Registry.Claims] says of the helpers that do not decline. It
// asks only those that an index does not rule out.
func (r *Registry) Claimed(facts *claims.Facts) []claims.Claim {
	made := []claims.Claim{}
	ask := func(i int) {
		if claim := r.entries[i].claim(facts); claim.Confidence > claims.None {
			made = append(made, claim)
		}
	}
	for _, i := range r.index.Candidates(facts) {
		ask(r.indexed[i])
	}
	for _, i := range r.others {
		ask(i)
	}
	return made
}

// Heard asks the helpers about a network that is only heard, and returns what was claimed.
func (r *Registry) Heard(network wifi.Network) []claims.Claim {
	return r.Claimed(claims.NewFacts(network, nil))
}

func (e Entry) claim(facts *claims.Facts) claims.Claim {
	if e.Disabled {
		return claims.Claim{Helper: e.Helper.Name(), Reason: "turned off in the configuration"}
	}
	claim := e.Helper.Claim(facts)
	claim.Priority = e.Priority
	return claim
}
