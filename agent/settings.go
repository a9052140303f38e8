package agent

import (
	"context"
	"slices"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
)

// Reload replaces the settings: networks are offered to the helpers again, links are
// watched as they say, and every association is probed again.
func (a *Agent) Reload(ctx context.Context, settings Settings) error {
	return a.call(ctx, func(ctx context.Context) {
		a.replaceSettings(ctx, settings)
		for _, link := range a.links {
			a.join(ctx, link, Cause{CauseSettings, "the configuration was read again"})
		}
	})
}

// ReloadHelpers replaces the settings after a change of nothing but helpers: networks are
// offered to them again. A session stays with the helper that logged in. A portal that
// no helper passed is probed again if it has other helpers now.
func (a *Agent) ReloadHelpers(ctx context.Context, settings Settings) error {
	return a.call(ctx, func(ctx context.Context) {
		before := a.settings.Registry
		a.replaceSettings(ctx, settings)
		for _, as := range a.associations {
			a.compareHelpers(ctx, as, before)
		}
	})
}

func (a *Agent) replaceSettings(ctx context.Context, settings Settings) {
	a.settings = settings.withDefaults()
	a.claimScansAgain(ctx)
}

// compareHelpers probes again if an association waits at a portal that other helpers
// claim now than before, or one of them with other data.
func (a *Agent) compareHelpers(ctx context.Context, as *association, before *plugins.Registry) {
	isWaiting := func() bool { return as.state.phase == PresentingUI || as.state.phase == Failed }
	if !isWaiting() || as.findings.evidence == nil {
		return
	}
	now, facts := a.settings.Registry, claims.NewFacts(as.network, as.findings.evidence)
	a.tasks.Go(func() {
		asking, stop := context.WithTimeout(ctx, claimTime)
		defer stop()
		made := now.Claims(asking, facts)
		changed := !slices.Equal(before.Claims(asking, facts), made) || slices.ContainsFunc(made, func(c claims.Claim) bool {
			return before.Rules(c.Helper) != now.Rules(c.Helper)
		})
		a.post(ctx, func(ctx context.Context) {
			if changed && isWaiting() && a.associations[as.link.Interface] == as {
				a.suspect(ctx, as, Cause{CauseHelpers, "the helpers changed"})
			}
		})
	})
}
