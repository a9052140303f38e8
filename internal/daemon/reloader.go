package daemon

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/plugins/pack"
)

// Reloader makes a running agent follow what the user changes: packs at once, the
// configuration on request.
type Reloader struct {
	env       Env
	overrides Overrides
	logger    *slog.Logger
	systemd   *notifier
	runtime   *Runtime
	liveTries int           // how often live helpers that are left out were tried again
	tunnels   *tunnels      // nil: nobody follows their rules
	session   *Session      // nil: it shows nothing
	watcher   *pack.Watcher // made before the packs were read; nil: it could not be made
}

// newReloader reads configuration and packs. It watches the packs before it reads them,
// so that no change in between is missed.
func newReloader(ctx context.Context, e Env, o Overrides, logger *slog.Logger, systemd *notifier) (*Reloader, error) {
	r := &Reloader{env: e, overrides: o, logger: logger, systemd: systemd}
	config, err := e.LoadConfig()
	if err != nil {
		return nil, err
	}
	r.watcher, _ = pack.NewWatcher(e.watchedDirs(config), logger) // listen tries again, and logs why
	if r.runtime, err = e.load(ctx, config); err != nil {
		r.close()
		return nil, err
	}
	o.Apply(&r.runtime.Settings)
	return r, nil
}

// close ends the watcher of a reloader that does not run.
func (r *Reloader) close() { closeWatcher(r.watcher, r.logger) }

func closeWatcher(w *pack.Watcher, logger *slog.Logger) {
	if w == nil {
		return
	}
	if err := w.Close(); err != nil {
		logger.Warn("pack watcher cannot be closed", "error", err)
	}
}

// watchedDirs are the directories of packs and of registrations of live helpers.
func (e Env) watchedDirs(config configs.Config) []string {
	return append(e.PackDirs(config), e.liveDirs()...)
}

// touch is what happened in a directory of packs or registrations.
type touch struct {
	dir   string
	names []string // of packs; none: all
}

// isHidden reports whether nothing was touched but what is no helper, such as one that is being installed.
func (t touch) isHidden() bool {
	isShown := func(name string) bool { return !strings.HasPrefix(name, ".") }
	return len(t.names) > 0 && !slices.ContainsFunc(t.names, isShown)
}

// run follows until the context ends.
func (r *Reloader) run(ctx context.Context, requests <-chan os.Signal, ag *agent.Agent) error {
	touched := make(chan touch)
	var watchers sync.WaitGroup
	defer watchers.Wait()
	stop := r.listen(ctx, &watchers, touched)
	defer func() { stop() }()
	r.runtime.keepCopies(r.env, r.logger)
	retryLive := r.liveRetry()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-retryLive:
			r.rereadLive(ctx, ag)
			retryLive = r.liveRetry()
		case t := <-touched:
			if slices.Contains(r.env.liveDirs(), t.dir) {
				if t.isHidden() {
					continue
				}
				r.liveTries = 0
				r.rereadLive(ctx, ag)
				retryLive = r.liveRetry()
				continue
			}
			r.reread(ctx, ag, t)
		case <-requests:
			done := r.systemd.reloading()
			err := r.reload(ctx, ag)
			done()
			if err != nil {
				r.logger.Error("configuration refused: the old one stays in use", "error", err)
				continue
			}
			r.logger.Info("configuration read again")
			r.liveTries = 0
			retryLive = r.liveRetry()
			stop()
			stop = r.listen(ctx, &watchers, touched)
		}
	}
}

// listen watches the packs until it is stopped. A watcher that breaks is made again, and
// then all packs count as touched.
func (r *Reloader) listen(ctx context.Context, watchers *sync.WaitGroup, touched chan<- touch) (stop func()) {
	ctx, stop = context.WithCancel(ctx)
	dirs := r.env.watchedDirs(r.runtime.Config)
	watcher := r.watcher
	r.watcher = nil // it is closed by its Run
	report := func(dir string, names []string) {
		select {
		case touched <- touch{dir, names}:
		case <-ctx.Done():
		}
	}
	attempt := func(ctx context.Context, works func()) (err error) {
		if watcher == nil {
			if watcher, err = pack.NewWatcher(dirs, r.logger); err != nil {
				return err
			}
			for _, dir := range dirs {
				report(dir, nil)
			}
		}
		works()
		w := watcher
		watcher = nil
		return w.Run(ctx, report)
	}
	watchers.Go(func() {
		_ = retry(ctx, attempt, func(err error) {
			if err == nil {
				r.logger.Info("packs are watched again")
				return
			}
			r.logger.Warn("packs are not watched: SIGHUP reads them again", "error", err)
		})
	})
	return stop
}

// reread reads the packs again that were touched, and gives the agent what changed.
func (r *Reloader) reread(ctx context.Context, ag *agent.Agent, t touch) {
	changes := r.runtime.packs.Reread(t.dir, t.names...)
	if copies, ok := r.env.copies(); ok { // of a pack that is not installed any more, the copy does not count
		changes = append(changes, r.runtime.packs.Reread(copies.Dir, t.names...)...)
	}
	r.logChanges(changes)
	if !slices.ContainsFunc(changes, func(c pack.Change) bool { return c.Kind != pack.Refused }) {
		return
	}
	r.runtime.configure(r.env)
	if err := ag.ReloadHelpers(ctx, r.runtime.Settings); err != nil && ctx.Err() == nil {
		r.logger.Error("new packs not used", "error", err)
	}
	r.runtime.keepCopies(r.env, r.logger)
}

// reload reads the configuration and the packs again. A configuration with a mistake changes
// nothing, and a pack with a mistake leaves its old version in use.
func (r *Reloader) reload(ctx context.Context, ag *agent.Agent) error {
	config, err := r.env.LoadConfig()
	if err != nil {
		return err
	}
	watcher, _ := pack.NewWatcher(r.env.watchedDirs(config), r.logger) // listen tries again, and logs why
	library, changes := r.runtime.packs.WithPlaces(r.env.trustedPlaces(config))
	programs, noPrograms := r.env.LoadLive(ctx, config)
	if noPrograms != nil {
		r.logger.Error("live helpers left out", "error", noPrograms)
	}
	next, err := r.env.newRuntime(ctx, config, library, programs)
	if err == nil {
		r.overrides.Apply(&next.Settings)
		err = ag.Reload(ctx, next.Settings)
	}
	if err != nil {
		closeWatcher(watcher, r.logger)
		return err
	}
	r.logChanges(changes)
	next.noLive = noPrograms
	next.logLive(r.logger)
	r.runtime, r.watcher = next, watcher
	if r.tunnels != nil {
		r.tunnels.replace(next.OnDemand)
	}
	r.session.follow(next.Config)
	next.adopt(r.env, r.logger)
	next.keepCopies(r.env, r.logger)
	return nil
}

// logChanges logs what changed in packs. That the agent made a copy is not worth a line.
func (r *Reloader) logChanges(changes []pack.Change) {
	copies, _ := r.env.copies()
	for _, c := range changes {
		if c.Origin == copies.Dir && (c.Kind == pack.Added || c.Kind == pack.Changed) {
			continue
		}
		attrs := []any{"pack", c.Name, "directory", c.Origin}
		if c.Version != "" {
			attrs = append(attrs, "version", c.Version)
		}
		if !c.Growth.None() {
			attrs = append(attrs, "more", c.Growth.String())
		}
		switch {
		case c.Kind != pack.Refused:
			r.logger.Info("pack "+c.Kind.String(), attrs...)
		case c.Version == "":
			r.logger.Error("pack left out", append(attrs, "error", c.Err)...)
		default:
			r.logger.Error("pack left at its old version", append(attrs, "error", c.Err)...)
		}
	}
}
