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
		Short: "Watch networks and log in, until stopped",
		Long: `run is the agent: it watches the radios and the links, offers every network to the
helpers, logs in to portals, and keeps the sessions alive. It needs neither root nor a
capability. It stays in the foreground and logs to standard error, or to the journal
under systemd.

It uses packs that are added, changed or removed at once. A session stays with the
helper that logged in. If a changed pack has a mistake, the version before stays in use.

SIGTERM and SIGINT end it. SIGHUP makes it read the configuration and the packs again;
if the configuration has a mistake, it continues with the old one.

Exit codes: 0 stopped by a signal, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context(), o) },
	}
	cmd.Flags().StringArrayVarP(&o.interfaces, "interface", "i", nil, "watch only this `INTERFACE`; may be repeated")
	completeInterfaces(cmd)
	cmd.Flags().StringVar(&o.ssid, "ssid", "", "`NAME` for networks without one, such as wired ones")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "log every step")
	return cmd
}

func (a *app) run(ctx context.Context, o runOptions) error {
	if a.economise != nil && a.getenv("GOMEMLIMIT") == "" {
		a.economise(runMemory)
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	hangup := make(chan os.Signal, 1) // caught from the start: uncaught, the signal kills the process
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	overrides, err := overridesOf(o.ssid, o.interfaces...)
	if err != nil {
		return err
	}
	d := daemon.Daemon{Env: a.daemonEnv(), Overrides: overrides, Logger: a.newLogger(o.verbose), Reload: hangup, Command: a.needCommand, Release: a.release}
	return d.Run(ctx)
}
