package plugins

import (
	"fmt"
	"slices"

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
	names   *claims.Index // over those with rules by name
	rules   []int         // position in the index to position in entries
}

// NewRegistry makes a registry. Of helpers with the same name the last one
// counts, so that a user's pack can replace one that came with the program.
func NewRegistry(entries []Entry) *Registry {
	r := &Registry{byName: map[string]int{}}
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
		if pack, ok := e.Helper.(*Pack); ok {
			rules = append(rules, pack.rules)
			r.rules = append(r.rules, i)
		}
	}
	r.names = claims.NewIndex(rules)
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

// Claims asks every helper, also those that are sure to decline: each answers
// with a claim or the reason why not. It is for people; [Registry.Claimed] is faster.
func (r *Registry) Claims(facts *claims.Facts) []claims.Claim {
	made := make([]claims.Claim, 0, len(r.entries))
	for _, e := range r.entries {
		made = append(made, e.claim(facts))
	}
	return made
}

// Claimed is what [Registry.Claims] says of the helpers that do not decline.
func (r *Registry) Claimed(facts *claims.Facts) []claims.Claim {
	return slices.DeleteFunc(r.Claims(facts), func(c claims.Claim) bool { return c.Confidence == claims.None })
}

// Heard asks the helpers that could claim a network by its name, and returns
// only what was claimed.
func (r *Registry) Heard(network wifi.Network) []claims.Claim {
	facts := claims.NewFacts(network, nil)
	var made []claims.Claim
	for _, i := range r.names.Candidates(network.SSID) {
		if claim := r.entries[r.rules[i]].claim(facts); claim.Confidence > claims.None {
			made = append(made, claim)
		}
	}
	return made
}

func (e Entry) claim(facts *claims.Facts) claims.Claim {
	if e.Disabled {
		return claims.Claim{Helper: e.Helper.Name(), Reason: "turned off in the configuration"}
	}
	claim := e.Helper.Claim(facts)
	claim.Priority = e.Priority
	return claim
}
