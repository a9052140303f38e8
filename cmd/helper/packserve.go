package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"github.com/spf13/cobra"
)

func (a *app) packServeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve NAME.toml",
		Short: "Serve a live helper to a Varlink client",
		Long: `serve starts the live helper of a registration, and lets a Varlink client call it: over
the socket that the client passes (LISTEN_FDS), else over standard input and output.
varlinkctl starts a program without arguments, so give it a script:

  #!/bin/sh
  exec helper pack serve /path/of/NAME.toml

  varlinkctl introspect exec:/path/of/script
  varlinkctl call exec:/path/of/script org.hotspothelper.Live1.Describe '{}'

The helper cannot talk to a portal here: 'helper pack run' lets it. It is ended with the
connection, and after 45 seconds.

Exit codes: 0 the client closed the connection, 1 error, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.serveLive(cmd.Context(), args[0]) },
	}
}

func (a *app) serveLive(ctx context.Context, registration string) error {
	helper, err := a.openLive(ctx, registration)
	if err != nil {
		return err
	}
	helper.LogTo(a.newLogger(false))
	client, err := a.client()
	if err != nil {
		return err
	}
	if err := helper.Serve(ctx, client); err != nil {
		return fmt.Errorf("serve helper %s: %w", helper.Name(), err)
	}
	return nil
}

// passedFile is the number of the first file that a process gets passed (sd_listen_fds(3)).
const passedFile = 3

// client is the connection to a Varlink client.
func (a *app) client() (io.ReadWriter, error) {
	if a.getenv("LISTEN_FDS") == "" {
		return struct {
			io.Reader
			io.Writer
		}{a.stdin, a.screen}, nil
	}
	if n := a.getenv("LISTEN_FDS"); n != "1" || a.getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, errors.New("serve: want one socket that is passed to this process (LISTEN_FDS, LISTEN_PID)")
	}
	file := os.NewFile(passedFile, "the client's socket")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("serve: use the client's socket: %w", err)
	}
	return conn, nil
}
