package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
)

// runOptions are the flags of `helper run`.
type runOptions struct {
	interfaces []string
	ssid       string
	verbose    bool
}

func (a *app) runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Watch networks and log in, until told to stop",
		Long: `run is the agent: it watches the radio and the links, offers every network to
the helpers, logs in where there is a portal, and keeps the sessions alive. It
needs no root and no capability. It stays in the foreground and logs to standard
error, or to the journal under systemd.

Packs that are added, changed or removed count at once; a session is kept by the
helper that won it. A pack with a mistake leaves the one before in its place.

SIGTERM and SIGINT end it. SIGHUP has it read the configuration and the packs
again: with a mistake in the configuration it goes on with what it had.

Exit codes: 0 told to stop, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context(), o) },
	}
	cmd.Flags().StringArrayVarP(&o.interfaces, "interface", "i", nil, "watch this `INTERFACE` only; may be repeated")
	completeInterfaces(cmd)
	cmd.Flags().StringVar(&o.ssid, "ssid", "", "`NAME` for networks that have none, such as wires")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "log every step")
	return cmd
}

func (a *app) run(ctx context.Context, o runOptions) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	hangup := make(chan os.Signal, 1) // from the first moment on: unheard, the signal kills
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	logger := a.newLogger(o.verbose)
	k, err := a.newKeeper(o, logger)
	if err != nil {
		return err
	}
	defer func() { k.close(k.watcher) }()
	h := k.house
	if err := h.openMemory(logger); err != nil {
		return err
	}
	if err := o.apply(&h.settings); err != nil {
		return err
	}
	ag, err := newAgent(h, logger)
	if err != nil {
		return err
	}
	logger.Info("agent started", "version", version, "helpers", len(h.settings.Registry.Entries()), "memory", h.config.Memory)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer stop()
	beside.Go(func() { a.serve(ctx, ag, logger) })
	beside.Go(func() { k.run(ctx, hangup, ag) })
	err = ag.Run(ctx)
	logger.Info("agent stopped")
	return err
}

// apply puts the flags over the configuration.
func (o runOptions) apply(s *agent.Settings) error {
	name, err := naming(o.ssid)
	if err != nil {
		return &failure{code: exitUsage, err: err}
	}
	s.Name = name
	if len(o.interfaces) > 0 {
		s.Watch = func(iface string) bool { return slices.Contains(o.interfaces, iface) }
	}
	return nil
}

// serve shows the agent on the bus. Without one the agent does its work all the same.
func (a *app) serve(ctx context.Context, ag *agent.Agent, logger *slog.Logger) {
	err := bus.Serve(ctx, bus.Config{System: a.system, Logger: logger}, ag, version)
	switch {
	case errors.Is(err, bus.ErrNoBus):
		logger.Warn("no bus: status, login and logoff cannot be asked for", "error", err)
	case errors.Is(err, bus.ErrTaken):
		logger.Warn("another agent is on the bus: this one cannot be asked", "error", err)
	case err != nil:
		logger.Error("bus broke: the agent goes on without it", "error", err)
	}
}
