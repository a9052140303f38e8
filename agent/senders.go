package agent

import (
	"slices"

	"hotspot-helper/wifi"
)

// maxSenders bounds the helpers that are remembered of one network. Those that sent the longest time
// ago are forgotten first.
const maxSenders = 16

// noteSender keeps that a helper sends a secret to the network. It is called before the secret
// leaves: whatever the portal makes of it, it has it then.
func (s *Store) noteSender(n wifi.Identity, helper string) {
	s.change(n.String(), func(r *record) {
		others := slices.DeleteFunc(slices.Clone(r.Senders), func(name string) bool { return name == helper })
		senders := append(others, helper)
		r.Senders = senders[max(0, len(senders)-maxSenders):]
	})
}

// senders returns the helpers that may have sent secrets to the network, by what is known of it in full or in
// part. Files of earlier versions name those that logged in or were refused.
func (s *Store) senders(n wifi.Identity) []string {
	records := s.records(n)
	if n.Gateway != "" {
		inPart := n
		inPart.Gateway = "" // it may not have been known by then
		records = append(records, s.records(inPart)[0])
	}
	var names []string
	for _, r := range records {
		names = append(append(names, r.Senders...), r.CredentialsRefused...)
		if r.Helper != "" {
			names = append(names, r.Helper)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
