package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"sync"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/plugins"
)

// keeper has the running agent follow what the user changes: packs at once, the
// configuration when it is told to.
type keeper struct {
	app     *app
	options runOptions
	logger  *slog.Logger
	house   *house
	watcher *plugins.Watcher // nil: packs are not watched
}

// newKeeper reads configuration and packs, and watches the packs from before.
func (a *app) newKeeper(o runOptions, logger *slog.Logger) (*keeper, error) {
	k := &keeper{app: a, options: o, logger: logger}
	config, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	k.watcher = k.watch(config)
	library, broken := plugins.NewLibrary(a.trustedPlaces(config))
	if k.house, err = a.houseOf(config, library); err != nil {
		k.close(k.watcher)
		return nil, err
	}
	k.house.broken = errors.Join(broken, k.house.broken)
	return k, nil
}

// watch begins to watch the directories of packs. Where that cannot be done the
// agent does its work all the same.
func (k *keeper) watch(config configs.Config) *plugins.Watcher {
	watcher, err := plugins.NewWatcher(k.app.packDirs(config), k.logger)
	if err != nil {
		k.logger.Warn("packs are not watched: SIGHUP has them read again", "error", err)
		return nil
	}
	return watcher
}

func (k *keeper) close(w *plugins.Watcher) {
	if w == nil {
		return
	}
	if err := w.Close(); err != nil {
		k.logger.Warn("watching packs did not end well", "error", err)
	}
}

// touch is what happened in a directory of packs.
type touch struct {
	dir   string
	names []string // of packs; none: all
}

// run follows until the context ends.
func (k *keeper) run(ctx context.Context, hangup <-chan os.Signal, ag *agent.Agent) {
	touched := make(chan touch)
	var watchers sync.WaitGroup
	defer watchers.Wait()
	stop := k.listen(ctx, &watchers, touched)
	defer func() { stop() }()
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-touched:
			k.reread(ctx, ag, t)
		case <-hangup:
			if err := k.reload(ctx, ag); err != nil {
				k.logger.Error("configuration refused: going on with the old one", "error", err)
				continue
			}
			k.logger.Info("configuration read again")
			stop()
			stop = k.listen(ctx, &watchers, touched)
		}
	}
}

// listen runs the present watcher until it is stopped.
func (k *keeper) listen(ctx context.Context, watchers *sync.WaitGroup, touched chan<- touch) (stop func()) {
	watcher := k.watcher
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
			k.logger.Error("packs are not watched any more: SIGHUP has them read again", "error", err)
		}
	})
	return stop
}

// reread takes over what changed in the packs that were touched.
func (k *keeper) reread(ctx context.Context, ag *agent.Agent, t touch) {
	changes := k.house.packs.Reread(t.dir, t.names...)
	k.tell(changes)
	if !slices.ContainsFunc(changes, func(c plugins.Change) bool { return c.Kind != plugins.PackRefused }) {
		return
	}
	k.app.settle(k.house)
	if err := ag.ReloadHelpers(ctx, k.house.settings); err != nil && ctx.Err() == nil {
		k.logger.Error("packs not taken over", "error", err)
	}
}

// reload takes a new configuration whole or not at all. Packs with a mistake are as they were.
func (k *keeper) reload(ctx context.Context, ag *agent.Agent) error {
	config, err := k.app.loadConfig()
	if err != nil {
		return err
	}
	watcher := k.watch(config)
	library, changes := k.house.packs.Moved(k.app.trustedPlaces(config))
	h, err := k.app.houseOf(config, library)
	if err == nil {
		err = k.options.apply(&h.settings)
	}
	if err == nil {
		err = ag.Reload(ctx, h.settings)
	}
	if err != nil {
		k.close(watcher)
		return err
	}
	k.tell(changes)
	k.house, k.watcher = h, watcher
	return nil
}

// tell logs what became of packs.
func (k *keeper) tell(changes []plugins.Change) {
	for _, c := range changes {
		attrs := []any{"pack", c.Name, "directory", c.Origin}
		if c.Version != "" {
			attrs = append(attrs, "version", c.Version)
		}
		switch {
		case c.Kind != plugins.PackRefused:
			k.logger.Info("pack "+c.Kind.String(), attrs...)
		case c.Version == "":
			k.logger.Error("pack left out", append(attrs, "error", c.Err)...)
		default:
			k.logger.Error("pack left as it was", append(attrs, "error", c.Err)...)
		}
	}
}
