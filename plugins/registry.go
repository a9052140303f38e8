package plugins

import (
	"context"
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

// ClaimScanned is [Registry.Claims] of a network that was scanned and is not joined.
func (r *Registry) ClaimScanned(ctx context.Context, network wifi.Network) []claims.Claim {
	return r.Claims(ctx, claims.NewFacts(network, nil))
}

// Claims returns the claims above none. It asks only the helpers that the index does not
// rule out. A helper whose answer is not in when the context ends is among them with none
// and [claims.ReasonLate].
func (r *Registry) Claims(ctx context.Context, facts *claims.Facts) []claims.Claim {
	helpers := slices.Clone(r.others)
	for _, i := range r.index.Candidates(facts) {
		helpers = append(helpers, r.indexed[i])
	}
	return slices.DeleteFunc(r.ask(ctx, facts, helpers), func(c claims.Claim) bool {
		return c.Confidence == claims.None && c.Reason != claims.ReasonLate
	})
}

// Explain asks every helper, also those that are sure to decline: each answers with a claim
// or the reason why not. It is for people; [Registry.Claims] is faster.
func (r *Registry) Explain(ctx context.Context, facts *claims.Facts) []claims.Claim {
	all := make([]int, len(r.entries))
	for i := range all {
		all[i] = i
	}
	return r.ask(ctx, facts, all)
}

// ask asks helpers, by their position in entries. Those that may take long are asked at the
// same time, so that none waits for another, and left behind when the context ends.
func (r *Registry) ask(ctx context.Context, facts *claims.Facts, helpers []int) []claims.Claim {
	made := make([]claims.Claim, len(helpers))
	type answer struct {
		at    int
		claim claims.Claim
	}
	answers := make(chan answer, len(helpers))
	pending := 0
	for at, i := range helpers {
		e := r.entries[i]
		if e.isQuick(facts) {
			made[at] = e.claim(ctx, facts)
			continue
		}
		made[at] = claims.Claim{Helper: e.Helper.Name(), Reason: claims.ReasonLate}
		pending++
		go func() { answers <- answer{at, e.claim(ctx, facts)} }()
	}
	for ; pending > 0; pending-- {
		select {
		case a := <-answers:
			made[a.at] = a.claim
		case <-ctx.Done():
			return made
		}
	}
	return made
}

// isQuick says whether a claim takes no time worth a goroutine: rules that have no page to
// search only compare the network's name and addresses.
func (e Entry) isQuick(facts *claims.Facts) bool {
	return e.Disabled || facts.Evidence == nil && rulesOf(e.Helper) != nil
}

func (e Entry) claim(ctx context.Context, facts *claims.Facts) claims.Claim {
	if e.Disabled {
		return claims.Claim{Helper: e.Helper.Name(), Reason: "turned off in the configuration"}
	}
	claim := e.Helper.Claim(ctx, facts)
	claim.Priority = e.Priority
	return claim
}
