package daemon

import (
	"cmp"
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/maker"
	"hotspot-helper/internal/wait"
	"hotspot-helper/plugins/live"
)

// liveDirs are the directories of the registrations of live helpers.
func (e Env) liveDirs() []string {
	var dirs []string
	for _, data := range e.dataDirs() {
		dirs = append(dirs, filepath.Join(data, "helpers.d"))
	}
	return dirs
}

// LoadLive starts each registered live helper once, to ask what it is. The error lists the
// mistakes of those that are left out.
func (e Env) LoadLive(ctx context.Context, config configs.Config) ([]*live.Helper, error) {
	var places []live.Place
	known := e.knownPacks()
	for _, dir := range e.liveDirs() {
		places = append(places, live.Place{Dir: dir, Check: file.CheckOwner, Maker: func(c live.Candidate) (maker.Maker, error) {
			return known.CheckProgram(keysOf(dir), c, e.Reserved(config, c.Name))
		}})
	}
	return live.Load(ctx, places, cmp.Or(e.Capacity, live.NewCapacity()), e.LiveLimit)
}

// logLive makes live helpers log.
func (r *Runtime) logLive(logger *slog.Logger) {
	for _, helper := range r.live {
		helper.LogTo(logger)
		if helper.Unconfined() {
			logger.Warn("helper runs without confinement", "helper", helper.Name())
		}
		for _, missing := range helper.Missing() {
			logger.Info("helper runs without a guarantee", "helper", helper.Name(), "guarantee", missing.Guarantee, "error", missing.Cause)
		}
	}
}

// maxLiveTries is how often live helpers that were left out are tried again by themselves. A program may
// have been slow, as at the start of a desktop.
const maxLiveTries = 5

// liveRetry returns when helpers that are left out are tried again; nil: there are none, or they were
// tried often enough.
func (r *Reloader) liveRetry() <-chan time.Time {
	if r.runtime.noLive == nil {
		r.liveTries = 0
		return nil
	}
	if r.liveTries == maxLiveTries {
		return nil
	}
	r.liveTries++
	return time.After(wait.Backoff{First: 5 * time.Second, Last: 5 * time.Minute}.After(r.liveTries - 1))
}

// rereadLive reads the registrations of live helpers again, and gives the agent what there is now.
func (r *Reloader) rereadLive(ctx context.Context, ag *agent.Agent) {
	helpers, broken := r.env.LoadLive(ctx, r.runtime.Config)
	if ctx.Err() != nil {
		return
	}
	if broken != nil && (r.runtime.noLive == nil || broken.Error() != r.runtime.noLive.Error()) {
		r.logger.Error("live helpers left out", "error", broken)
	}
	r.runtime.live, r.runtime.noLive = helpers, broken
	r.runtime.logLive(r.logger)
	r.logger.Info("live helpers read again", "helpers", len(helpers))
	r.runtime.configure(r.env)
	if err := ag.ReloadHelpers(ctx, r.runtime.Settings); err != nil && ctx.Err() == nil {
		r.logger.Error("live helpers not used", "error", err)
	}
}
