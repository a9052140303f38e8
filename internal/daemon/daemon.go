package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
)

// Daemon is an agent that follows its configuration, and can be asked over D-Bus.
type Daemon struct {
	Env       Env
	Overrides Overrides
	Logger    *slog.Logger
	Reload    <-chan os.Signal // each reads the configuration and the packs again
}

// Run works until the context ends.
func (d *Daemon) Run(ctx context.Context) error {
	reloader, err := newReloader(d.Env, d.Overrides, d.Logger)
	if err != nil {
		return err
	}
	defer func() { reloader.close(reloader.watcher) }()
	r := reloader.runtime
	if err := r.openStore(d.Logger); err != nil {
		return err
	}
	ag, err := r.NewAgent(d.Logger)
	if err != nil {
		return err
	}
	d.Logger.Info("agent started", "version", d.Env.Version, "helpers", len(r.Settings.Registry.Entries()), "memory", r.Config.Memory)
	ctx, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer stop()
	beside.Go(func() { d.serve(ctx, ag) })
	beside.Go(func() { reloader.run(ctx, d.Reload, ag) })
	err = ag.Run(ctx)
	d.Logger.Info("agent stopped")
	return err
}

// serve shows the agent on the bus. Without one the agent does its work all the same.
func (d *Daemon) serve(ctx context.Context, ag *agent.Agent) {
	err := bus.Serve(ctx, bus.Config{System: d.Env.System, Logger: d.Logger}, ag, d.Env.Version)
	switch {
	case errors.Is(err, bus.ErrNoBus):
		d.Logger.Warn("no bus: status, login and logoff cannot be asked for", "error", err)
	case errors.Is(err, bus.ErrTaken):
		d.Logger.Warn("another agent is on the bus: this one cannot be asked", "error", err)
	case err != nil:
		d.Logger.Error("bus broke: the agent goes on without it", "error", err)
	}
}
