package main

import (
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/wifi"
)

// interfaceFlag adds --interface to a command that works on one interface.
func interfaceFlag(cmd *cobra.Command, iface *string) {
	cmd.Flags().StringVarP(iface, "interface", "i", "", "network `INTERFACE` (default: the only one with a network)")
	completeInterfaces(cmd)
}

func completeInterfaces(cmd *cobra.Command) {
	// The only error is a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("interface", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		interfaces, err := net.Interfaces()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var names []string
		for _, i := range interfaces {
			names = append(names, i.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}

// quietLogger discards everything unless the user wants every step.
func (e env) quietLogger(verbose bool) *slog.Logger {
	if verbose {
		return e.newLogger(true)
	}
	return slog.New(slog.DiscardHandler)
}

// overridesOf is what --ssid and --interface decide.
func overridesOf(name string, interfaces ...string) (daemon.Overrides, error) {
	ssid, err := wifi.ParseSSID(name)
	if err != nil {
		return daemon.Overrides{}, &failure{code: exitUsage, err: err}
	}
	return daemon.Overrides{Interfaces: interfaces, Name: ssid}, nil
}
