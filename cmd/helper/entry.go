//go:build !manpages

package main

import (
	"context"
	"os"
	"runtime/debug"

	"golang.org/x/term"

	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/link"
	"hotspot-helper/internal/resident"
)

func main() {
	if code, isCommand := confine.Main(os.Args[1:], os.Stderr); isCommand { //permit:os.Args
		os.Exit(code) //permit:os.Exit
	}
	program, _ := os.Executable() // else the agent opens no windows
	os.Exit(run(env{              //permit:os.Exit
		program:      program,
		args:         os.Args[1:], //permit:os.Args
		stdin:        os.Stdin,
		stdout:       os.Stdout,
		stderr:       os.Stderr,
		getenv:       os.Getenv, //permit:os.Getenv
		terminal:     term.IsTerminal(int(os.Stdout.Fd())),
		errTerminal:  term.IsTerminal(int(os.Stderr.Fd())),
		errStream:    streamOf(int(os.Stderr.Fd())),
		readPassword: passwordReader(int(os.Stdin.Fd())),
		systemData:   "/usr/local/share/hotspot-helper",
		configured: func(ctx context.Context) (link.Connectivity, error) {
			return link.ReadConnectivity(ctx, os.Getenv("DBUS_SYSTEM_BUS_ADDRESS")) //permit:os.Getenv
		},
		economise: func(limit int64) { debug.SetMemoryLimit(limit) },
		release:   resident.Release,
	}))
}

// passwordReader reads from a terminal without echo; nil if the file is no terminal.
func passwordReader(fd int) func() ([]byte, error) {
	if !term.IsTerminal(fd) {
		return nil
	}
	return func() ([]byte, error) { return term.ReadPassword(fd) }
}
