package agent

import (
	"slices"

	"hotspot-helper/claims"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/wifi"
)

// policy returns what the user decided about the network. A helper that was chosen by the
// name alone is not that of a copy without a key if the name is known to be that of a network
// with one.
func (s Settings) policy(store *Store, n wifi.Identity) Policy {
	policy := s.Policy(n)
	hasKey := func(n wifi.Identity) bool { return n.Security >= wifi.SecurityPersonal }
	if !policy.Identified && n.Wire == "" && !hasKey(n) && slices.ContainsFunc(store.Identities(n.SSID), hasKey) {
		policy.Helper = ""
	}
	return policy
}

// Preference returns what the user and earlier logins say about the network. They mean the helper
// of one maker: another one of the same name is not preferred.
func (s Settings) Preference(store *Store, n wifi.Identity) claims.Preference {
	p := claims.Preference{LastSuccess: s.lastHelper(store, n)}
	if policy := s.policy(store, n); policy.Maker == "" || s.makerOf(policy.Helper) == policy.Maker {
		p.Pinned = policy.Helper
	}
	return p
}

// lastHelper returns the name of the helper that logged in to the network last; empty if none did,
// or if the helper that has the name now is another maker's.
func (s Settings) lastHelper(store *Store, n wifi.Identity) string {
	last := store.lastHelper(n)
	now := s.makerOf(last.Helper)
	if now == last.Maker || last.Maker == "" && now == maker.Program {
		return last.Helper
	}
	return ""
}

// makerOf returns who made the helper that has the name now; empty if there is none.
func (s Settings) makerOf(name string) maker.Maker {
	if s.Registry == nil || name == "" {
		return ""
	}
	helper, err := s.Registry.Helper(name)
	if err != nil {
		return ""
	}
	return plugins.Identity(helper).Maker
}
