package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
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
	hangup := make(chan os.Signal, 1) // caught from the start: uncaught, the signal kills the process
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	overrides, err := overridesOf(o.ssid, o.interfaces...)
	if err != nil {
		return err
	}
	d := daemon.Daemon{Env: a.daemonEnv(), Overrides: overrides, Logger: a.newLogger(o.verbose), Reload: hangup}
	return d.Run(ctx)
}
