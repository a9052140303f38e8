package daemon

import (
	"context"
	"log/slog"
	"path/filepath"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/desktop"
)

// Session is the desktop session of the agent's user. A nil session is that of the machine's agent, which has none.
type Session struct{ session *desktop.Session }

// Session returns the desktop session that shows an agent; nil: there is none. The command is what a person can type about
// a need; nil: nothing.
func (r *Runtime) Session(e Env, ag *agent.Agent, command func(agent.Need) string, logger *slog.Logger) *Session {
	address := e.sessionBus()
	if e.System || address == "" {
		return nil
	}
	if command == nil {
		command = func(agent.Need) string { return "" }
	}
	s := &Session{&desktop.Session{
		Agent: ag, Address: address, System: r.systemBus(logger), Logger: logger,
		Decisions: decisions{e.Consents(), ag, logger}, Command: command, Window: e.windowCommand(),
	}}
	s.follow(r.Config)
	return s
}

// windowCommand opens a sign-in window, with the configuration of this agent; nil: nothing does.
func (e Env) windowCommand() []string {
	if e.Program == "" {
		return nil
	}
	command := []string{e.Program}
	if file, err := filepath.Abs(e.ConfigFile); err == nil && e.ConfigFile != "" {
		command = append(command, "--config", file)
	}
	return append(command, "open", "--window-only")
}

// follow takes the user's decisions from a configuration.
func (s *Session) follow(config configs.Config) {
	if s != nil {
		s.session.SetMode(desktop.Mode(config.Notify))
	}
}

// Run shows the agent until the context ends, which is no error.
func (s *Session) Run(ctx context.Context) error {
	if s == nil {
		return nil
	}
	return s.session.Run(ctx)
}
