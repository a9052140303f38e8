package agent

import (
	"context"
	"slices"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/wifi"
)

// Reload replaces the settings: networks are offered to the helpers afresh, and
// every association is looked at again.
func (a *Agent) Reload(ctx context.Context, settings Settings) error {
	return a.replace(ctx, settings, func(ctx context.Context, _ *plugins.Registry) {
		for _, as := range a.associations {
			a.handle(ctx, as, a.unasked(as.link, event{kind: eventSuspected, cause: Cause{CauseSettings, "the configuration was read again"}}))
		}
	})
}

// ReloadHelpers replaces the settings where nothing but helpers changed: networks
// are offered to them afresh. A session is left to the helper that won it; a portal
// that nobody passed is looked at again where its helpers are others now.
func (a *Agent) ReloadHelpers(ctx context.Context, settings Settings) error {
	return a.replace(ctx, settings, func(ctx context.Context, before *plugins.Registry) {
		for _, as := range a.associations {
			if a.helpedOtherwise(as, before) {
				a.handle(ctx, as, a.unasked(as.link, event{kind: eventSuspected, cause: Cause{CauseHelpers, "the helpers changed"}}))
			}
		}
	})
}

// replace has the loop take settings over, and then look at what is to be done.
func (a *Agent) replace(ctx context.Context, settings Settings, then func(loop context.Context, before *plugins.Registry)) error {
	done := make(chan struct{})
	posted := a.post(ctx, func(ctx context.Context) {
		defer close(done)
		before := a.settings.Registry
		a.settings = settings.withDefaults()
		a.offerAgain()
		then(ctx, before)
	})
	if !posted {
		return context.Cause(ctx)
	}
	<-done
	return nil
}

// offerAgain shows the helpers every network on the air.
func (a *Agent) offerAgain() {
	for iface, list := range a.air {
		a.air[iface] = nil
		networks := make([]wifi.Network, len(list))
		for i, h := range list {
			networks[i] = h.Network
		}
		a.offer(iface, networks)
	}
}

// helpedOtherwise says whether an association waits at a portal that other helpers
// claim now than before, or one of them with other data.
func (a *Agent) helpedOtherwise(as *association, before *plugins.Registry) bool {
	if (as.state.phase != PresentingUI && as.state.phase != Failed) || as.evidence == nil {
		return false
	}
	facts := claims.NewFacts(as.network, as.evidence)
	now := a.settings.Registry
	made := now.Claims(context.Background(), facts)
	return !slices.Equal(before.Claims(context.Background(), facts), made) || slices.ContainsFunc(made, func(c claims.Claim) bool {
		return before.Rules(c.Helper) != now.Rules(c.Helper)
	})
}
