package claims

import (
	"slices"

	"hotspot-helper/wifi"
)

// Index finds the helpers that could claim a network by its name without asking
// all of them. The zero value holds none.
type Index struct {
	exact map[wifi.SSID][]int
	rest  []int // helpers with a rule by name that no exact SSID leads to
}

// NewIndex makes an index over the rules of helpers, which it names by their position.
func NewIndex(helpers []*Rules) *Index {
	x := &Index{exact: map[wifi.SSID][]int{}}
	for i, rules := range helpers {
		names, open := rules.exactNames()
		if open {
			x.rest = append(x.rest, i)
			continue
		}
		for _, name := range names {
			x.exact[name] = append(x.exact[name], i)
		}
	}
	return x
}

// Candidates returns the positions of the helpers that could claim the network
// by name, in ascending order. The others are sure to decline.
func (x *Index) Candidates(ssid wifi.SSID) []int {
	exact := x.exact[ssid]
	if len(exact) == 0 {
		return x.rest
	}
	candidates := slices.Concat(exact, x.rest)
	slices.Sort(candidates)
	return slices.Compact(candidates)
}

// exactNames are the only SSIDs that the rules by name can match; open is true
// where a rule can match others too.
func (r *Rules) exactNames() (names []wifi.SSID, open bool) {
	for _, rule := range r.byName {
		if len(rule.ssids) == 0 {
			return nil, true
		}
		for _, p := range rule.ssids {
			if p.kind != exactPattern {
				return nil, true
			}
			names = append(names, p.exact)
		}
	}
	return names, false
}
