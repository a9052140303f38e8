package agent

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

const (
	maxDestinations    = 6   // of one network; the ones that are known for the longest time are forgotten first
	maxAllDestinations = 256 // in the file; those of the networks that changed the longest time ago are forgotten first
	maxAccepted        = 16
)

// acceptances are the changed destinations that the user agreed to and that no secret has
// gone to yet, by [Destination.id]. The zero value has none.
type acceptances struct {
	mu  sync.Mutex
	ids []string
}

func (a *acceptances) add(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = append(a.ids, id)
	a.ids = a.ids[max(0, len(a.ids)-maxAccepted):]
}

// take reports whether the user agreed, which counts once: it is remembered then.
func (a *acceptances) take(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := len(a.ids)
	a.ids = slices.DeleteFunc(a.ids, func(other string) bool { return other == id })
	return len(a.ids) < before
}

// Accept takes the user's agreement to a changed destination, [Need.Accept]. It counts for
// that very destination, from the next login on.
func (a *Agent) Accept(id string) error {
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != idSize {
		return fmt.Errorf("accept a changed destination: want the %d digits that the status shows", 2*idSize)
	}
	a.accepted.add(id)
	return nil
}

// AcceptChanged accepts a changed destination, and asks for a login like [Agent.Login].
func (a *Agent) AcceptChanged(ctx context.Context, iface, id string) error {
	if err := a.Accept(id); err != nil {
		return err
	}
	return a.Login(ctx, iface)
}

// beforeSecret returns a function that compares where a secret goes with where secrets went
// on this network before. A first flow that sends any is trusted as a whole. What differs too
// little to ask is not remembered, or a twin could change one sign at a time without being
// noticed. Of a network that cannot be recognised nothing is known but who sent.
// What is kept contains no secret that is known here, nor one that was given to the same helper
// and that this flow does not use.
func (a *Agent) beforeSecret(as *association, helper plugins.Helper) func(portal.Destination) error {
	identity, macs, claim := as.identity, as.link.GatewayMACs, as.claimOf(as.state.helper)
	known, given, stored := as.secrets.all(), a.givenTo(helper), as.stored
	note := func() {
		if helper != nil {
			a.store.noteSender(identity, helper.Name())
		}
	}
	if !identity.Complete() {
		return func(portal.Destination) error {
			note()
			return nil
		}
	}
	isFirst := len(a.store.destinations(identity)) == 0
	compare := func(d portal.Destination) error {
		now := newDestination(d, macs, claim)
		mask, all := given()
		now = *now.redacted(known).redacted(mask)
		if !all || stored.isOpen() {
			now.Form = "" // it may have one that cannot be read now; the digest tells forms apart
		}
		if isFirst {
			a.store.addDestination(identity, now)
			return nil
		}
		changed, isSame := findChange(a.store.destinations(identity), now, identity)
		switch {
		case isSame:
			a.store.addDestination(identity, now)
		case changed != nil && !a.accepted.take(changed.id):
			return changed
		case changed != nil:
			now.Accepted = time.Now().UTC().Truncate(time.Second)
			a.logger.Info("changed destination of secrets accepted", "network", identity.String(), "host", d.Host)
			a.store.addDestination(identity, now)
		}
		return nil
	}
	return func(d portal.Destination) error {
		if err := compare(d); err != nil {
			return err
		}
		note()
		return nil
	}
}

// givenTo returns a function that returns what masks the inputs of a helper, and whether all can be read; it looks
// them up once, and outside the loop.
func (a *Agent) givenTo(helper plugins.Helper) func() (mask redactor, all bool) {
	inputs := a.settings.Inputs
	return sync.OnceValues(func() (redactor, bool) {
		if helper == nil || inputs == nil {
			return nil, true
		}
		known, err := storedOf(helper, inputs)
		return known.mask, err == nil
	})
}

// claimOf returns helper and rule of the claim that a helper made last; empty if it made none.
func (as *association) claimOf(helper string) string {
	for _, c := range as.findings.claims {
		if c.Helper == helper {
			return c.Helper + "/" + c.Rule
		}
	}
	return ""
}

// destinations returns where secrets went on the network.
func (s *Store) destinations(n wifi.Identity) []Destination { return s.records(n)[0].Sent }

// addDestination remembers where a secret goes. A renewed certificate replaces the older one.
func (s *Store) addDestination(n wifi.Identity, d Destination) {
	s.change(n.String(), func(r *record) {
		sent := slices.Clone(r.Sent)
		for i, old := range sent {
			if renewed, ok := old.withNewKeys(d); ok {
				sent[i], r.Sent = renewed, sent
				return
			}
		}
		d.Since = time.Now().UTC().Truncate(time.Second)
		sent = append(sent, d)
		r.Sent = sent[max(0, len(sent)-maxDestinations):]
	})
}

// forgetDestinations keeps [maxAllDestinations].
func forgetDestinations(networks map[string]record) {
	names := slices.SortedFunc(maps.Keys(networks), func(a, b string) int { return networks[b].Time.Compare(networks[a].Time) })
	kept := 0
	for _, name := range names {
		r := networks[name]
		kept += len(r.Sent)
		if kept > maxAllDestinations && len(r.Sent) > 0 {
			kept -= len(r.Sent)
			r.Sent = nil
			networks[name] = r
		}
	}
}
