package main

import (
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"hotspot-helper/wifi"
)

// interfaceFlag adds --interface to a command that works on one.
func interfaceFlag(cmd *cobra.Command, iface *string) {
	cmd.Flags().StringVarP(iface, "interface", "i", "", "network `INTERFACE` (default: the only one with a network)")
	completeInterfaces(cmd)
}

func completeInterfaces(cmd *cobra.Command) {
	// The flag was just added, so that the only error there is cannot happen.
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

// quietLogger discards, unless the user wants every step.
func (e env) quietLogger(verbose bool) *slog.Logger {
	if verbose {
		return e.newLogger(true)
	}
	return slog.New(slog.DiscardHandler)
}

// naming names the networks that have no name of their own, as --ssid says.
func naming(text string) (func(iface string) wifi.SSID, error) {
	ssid, err := wifi.ParseSSID(text)
	return func(string) wifi.SSID { return ssid }, err
}
