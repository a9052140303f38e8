package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
)

// inner is another command, which has the terminal while the table waits.
type inner struct {
	ctx  context.Context
	env  env
	args []string
}

// SetStdin is part of [tea.ExecCommand].
func (c *inner) SetStdin(r io.Reader) { c.env.stdin = r }

// SetStdout is part of [tea.ExecCommand]. What the command prints is made safe, as outside of the table.
func (c *inner) SetStdout(w io.Writer) {
	c.env.stdout = &safeWriter{to: w, colour: c.env.colour()}
}

// SetStderr is part of [tea.ExecCommand]. Errors are shown where the table is.
func (c *inner) SetStderr(io.Writer) { c.env.stderr = c.env.stdout }

// Run runs the command, and waits until the person has read what it says. Ctrl+C ends the command alone.
func (c *inner) Run() error {
	ctx, stop := signal.NotifyContext(c.ctx, syscall.SIGINT)
	defer stop()
	c.env.args = c.args
	a := &app{env: c.env}
	code := a.report(newRoot(a).ExecuteContext(ctx))
	if c.ctx.Err() != nil {
		return nil
	}
	fmt.Fprintf(c.env.stdout, "\n(exit code %d) press Enter ", code)
	_, err := bufio.NewReader(c.env.stdin).ReadString('\n')
	return err
}

// run gives the terminal to another command of this program, with the same flags.
func (t *networkTable) run(args ...string) tea.Cmd {
	if t.app.system {
		args = append(args, "--system")
	}
	if t.app.configFile != "" {
		args = append(args, "--config", t.app.configFile)
	}
	return tea.Exec(&inner{ctx: t.ctx, env: t.app.env, args: args}, func(err error) tea.Msg {
		if err != nil {
			return requestDone{err.Error()}
		}
		return requestDone{}
	})
}
