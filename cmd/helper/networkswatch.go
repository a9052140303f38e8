package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/internal/bus"
)

// Messages to the table.
type (
	// agentSeen is what the agent says.
	agentSeen struct {
		status   agent.Status
		networks []annotate.Network
	}
	// agentAbsent says why no agent answers.
	agentAbsent struct{ reason error }
	// requestDone is what came of a key.
	requestDone struct{ text string }
	// timePassed makes the table show the time that is left.
	timePassed struct{}
)

const (
	// scanEvery is how often the networks in range are read: no signal tells of a scan.
	scanEvery = 3 * time.Second
	// minuteEvery is how often the time that is left is shown anew.
	minuteEvery = 20 * time.Second
)

// watchNetworks shows a live table until the user quits.
func (a *app) watchNetworks(ctx context.Context) error {
	if !a.terminal || a.readPassword == nil || a.asJSON {
		return &failure{code: exitUsage, err: errors.New("watch the networks: this needs a terminal"), hint: "'helper status --watch --json' is for programs"}
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	program := tea.NewProgram(newNetworkTable(ctx, a), tea.WithContext(ctx), tea.WithInput(a.stdin), tea.WithOutput(a.screen), tea.WithEnvironment(a.terminalVariables()))
	watching, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		err := a.watchAgent(watching, a.tableWatcher(program.Send))
		program.Quit() // no agent may be asked
		ended <- err
	}()
	_, err := program.Run()
	end()
	if denied := <-ended; denied != nil {
		return denied
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, tea.ErrInterrupted) {
		return fmt.Errorf("show the networks: %w", err)
	}
	return nil
}

// terminalVariables are what of the environment says what the terminal can do.
func (a *app) terminalVariables() []string {
	var list []string
	for _, name := range []string{"TERM", "COLORTERM", "NO_COLOR", "TERM_PROGRAM", "TMUX", "STY"} {
		if value := a.getenv(name); value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// tableWatcher sends what the agent says.
func (a *app) tableWatcher(send func(tea.Msg)) watcher {
	return watcher{
		read: func(ctx context.Context, c *bus.Client) (time.Duration, error) {
			status, err := c.Status(ctx)
			if err != nil {
				return 0, err
			}
			networks, err := c.Networks(ctx)
			if err != nil {
				return 0, err
			}
			send(agentSeen{status, networks})
			next := scanEvery
			if busy := nextRead(status.Associations, time.Now()); busy > 0 {
				next = min(next, busy)
			}
			return next, nil
		},
		absent: func(reason error) error {
			send(agentAbsent{reason})
			return nil
		},
	}
}

// passTime makes the table show the time anew.
func passTime() tea.Cmd {
	return tea.Tick(minuteEvery, func(time.Time) tea.Msg { return timePassed{} })
}

// Init is the first command of the table.
func (t *networkTable) Init() tea.Cmd { return passTime() }

// Update changes the table by a message.
func (t *networkTable) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch m := message.(type) {
	case tea.WindowSizeMsg:
		t.width, t.height = m.Width, m.Height
	case agentSeen:
		t.absent, t.began = nil, true
		t.show(t.app.tableRows(m.status, m.networks))
	case agentAbsent:
		t.absent = m.reason
		t.show(nil)
	case requestDone:
		t.message = m.text
	case timePassed:
		return t, passTime()
	case tea.KeyPressMsg:
		return t, t.press(m.String())
	}
	return t, nil
}

// press carries out a key.
func (t *networkTable) press(key string) tea.Cmd {
	t.message = ""
	wasHelp := t.help
	t.help = false
	switch key {
	case "q", "ctrl+c":
		return tea.Quit
	case "?":
		t.help = !wasHelp
	case "up", "k":
		t.move(-1)
	case "down", "j":
		t.move(1)
	case "l", "f", "o", "p":
		return t.act(key)
	}
	return nil
}

// act asks for something on the interface that has joined the selected network.
func (t *networkTable) act(key string) tea.Cmd {
	row := t.selected()
	iface := row.iface
	if iface == "" {
		t.message = "join this network first"
		return nil
	}
	switch key {
	case "p":
		if row.phase == agent.OnRequest || row.phase == agent.LoggedOff {
			t.message = "nothing is sent there before you log in: l"
			return nil
		}
		return t.request("looking again at "+iface, func(ctx context.Context, c *bus.Client) error { return c.Probe(ctx, iface) })
	case "l":
		return t.request("login requested on "+iface, func(ctx context.Context, c *bus.Client) error { return c.Login(ctx, iface) })
	case "f":
		return t.request("logoff requested on "+iface, func(ctx context.Context, c *bus.Client) error { return c.Logoff(ctx, iface) })
	default:
		return t.run("open", "--interface", iface)
	}
}

// request asks the agent, off the table's loop.
func (t *networkTable) request(done string, ask func(context.Context, *bus.Client) error) tea.Cmd {
	return func() tea.Msg {
		if err := t.app.withAgent(t.ctx, ask); err != nil {
			return requestDone{err.Error()}
		}
		return requestDone{done}
	}
}
