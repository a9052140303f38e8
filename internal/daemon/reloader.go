package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
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
	runtime   *Runtime
	watcher   *pack.Watcher // nil: packs are not watched
}

// newReloader reads configuration and packs. It watches the packs before it reads them,
// so that no change in between is missed.
func newReloader(e Env, o Overrides, logger *slog.Logger) (*Reloader, error) {
	r := &Reloader{env: e, overrides: o, logger: logger}
	config, err := e.LoadConfig()
	if err != nil {
		return nil, err
	}
	r.watcher = r.watch(config)
	library, broken := pack.NewLibrary(e.trustedPlaces(config))
	if r.runtime, err = e.newRuntime(config, library); err != nil {
		r.close(r.watcher)
		return nil, err
	}
	r.runtime.broken = errors.Join(broken, r.runtime.broken)
	o.Apply(&r.runtime.Settings)
	return r, nil
}

// watch begins to watch the directories of packs. Where that cannot be done the
// agent does its work all the same.
func (r *Reloader) watch(config configs.Config) *pack.Watcher {
	watcher, err := pack.NewWatcher(r.env.packDirs(config), r.logger)
	if err != nil {
		r.logger.Warn("packs are not watched: SIGHUP has them read again", "error", err)
		return nil
	}
	return watcher
}

func (r *Reloader) close(w *pack.Watcher) {
	if w == nil {
		return
	}
	if err := w.Close(); err != nil {
		r.logger.Warn("watching packs did not end well", "error", err)
	}
}

// touch is what happened in a directory of packs.
type touch struct {
	dir   string
	names []string // of packs; none: all
}

// run follows until the context ends.
func (r *Reloader) run(ctx context.Context, hangup <-chan os.Signal, ag *agent.Agent) {
	touched := make(chan touch)
	var watchers sync.WaitGroup
	defer watchers.Wait()
	stop := r.listen(ctx, &watchers, touched)
	defer func() { stop() }()
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-touched:
			r.reread(ctx, ag, t)
		case <-hangup:
			if err := r.reload(ctx, ag); err != nil {
				r.logger.Error("configuration refused: going on with the old one", "error", err)
				continue
			}
			r.logger.Info("configuration read again")
			stop()
			stop = r.listen(ctx, &watchers, touched)
		}
	}
}

// listen runs the present watcher until it is stopped.
func (r *Reloader) listen(ctx context.Context, watchers *sync.WaitGroup, touched chan<- touch) (stop func()) {
	watcher := r.watcher
	if watcher == nil {
		return func() {}
	}
	ctx, stop = context.WithCancel(ctx)
	watchers.Go(func() {
		err := watcher.Run(ctx, func(dir string, names []string) {
			select {
			case touched <- touch{dir, names}:
			case <-ctx.Done():
			}
		})
		if err != nil {
			r.logger.Error("packs are not watched any more: SIGHUP has them read again", "error", err)
		}
	})
	return stop
}

// reread takes over what changed in the packs that were touched.
func (r *Reloader) reread(ctx context.Context, ag *agent.Agent, t touch) {
	changes := r.runtime.packs.Reread(t.dir, t.names...)
	r.logChanges(changes)
	if !slices.ContainsFunc(changes, func(c pack.Change) bool { return c.Kind != pack.Refused }) {
		return
	}
	r.runtime.configure(r.env)
	if err := ag.ReloadHelpers(ctx, r.runtime.Settings); err != nil && ctx.Err() == nil {
		r.logger.Error("packs not taken over", "error", err)
	}
}

// reload takes a new configuration whole or not at all. Packs with a mistake are as they were.
func (r *Reloader) reload(ctx context.Context, ag *agent.Agent) error {
	config, err := r.env.LoadConfig()
	if err != nil {
		return err
	}
	watcher := r.watch(config)
	library, changes := r.runtime.packs.Moved(r.env.trustedPlaces(config))
	next, err := r.env.newRuntime(config, library)
	if err == nil {
		r.overrides.Apply(&next.Settings)
		err = ag.Reload(ctx, next.Settings)
	}
	if err != nil {
		r.close(watcher)
		return err
	}
	r.logChanges(changes)
	r.runtime, r.watcher = next, watcher
	return nil
}

// logChanges logs what became of packs.
func (r *Reloader) logChanges(changes []pack.Change) {
	for _, c := range changes {
		attrs := []any{"pack", c.Name, "directory", c.Origin}
		if c.Version != "" {
			attrs = append(attrs, "version", c.Version)
		}
		switch {
		case c.Kind != pack.Refused:
			r.logger.Info("pack "+c.Kind.String(), attrs...)
		case c.Version == "":
			r.logger.Error("pack left out", append(attrs, "error", c.Err)...)
		default:
			r.logger.Error("pack left as it was", append(attrs, "error", c.Err)...)
		}
	}
}
