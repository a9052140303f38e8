package desktop

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// maxSeats bounds the seats that are asked about.
const maxSeats = 16

// seats tells the agent of a user when another user sits at the computer: of their agents, only the one of
// the user in the foreground logs in.
type seats struct {
	agent  Agent
	bus    client
	logger *slog.Logger
	user   uint32

	why string // as the agent was told
}

func (s *seats) run(ctx context.Context) error {
	changed := newMailbox[struct{}]()
	note := func() { changed.put(struct{}{}) }
	defer s.bus.Subscribe(systembus.Subscription{
		Service: logindService,
		Rules: []systembus.Rule{
			propertiesOf(logindService + ".Seat"),
			{Path: logindPath, Interface: logindManager, Member: "SeatNew"},
			{Path: logindPath, Interface: logindManager, Member: "SeatRemoved"},
		},
		Present: func(bool) { note() },
		Heard:   func(*dbus.Signal) { note() },
	})()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
		why := ""
		if sitting, err := s.read(ctx); err != nil {
			s.logger.Debug("logind does not say who sits at the computer", "cause", err)
		} else {
			why = yields(s.user, sitting)
		}
		if why == s.why {
			continue
		}
		s.why = why
		if err := s.agent.Yield(ctx, why); err != nil && ctx.Err() == nil {
			s.logger.Debug("agent cannot be told who sits at the computer", "error", err)
		}
	}
}

// sitter is who has the active session of a seat.
type sitter struct {
	user  uint32
	name  string
	class string // user, greeter, lock-screen, …
}

// yields returns why the agent of a user leaves logins to another; empty: it does not. Login screens are
// nobody's.
func yields(user uint32, sitting []sitter) string {
	why := ""
	for _, s := range sitting {
		switch {
		case s.class != "user":
		case s.user == user:
			return ""
		default:
			why = fmt.Sprintf("%s sits at this computer, whose agent logs in", s.name)
		}
	}
	return why
}

// read returns who sits at the seats.
func (s *seats) read(ctx context.Context) ([]sitter, error) {
	ctx, stop := context.WithTimeout(ctx, newsTime)
	defer stop()
	type named struct {
		Name string
		Path dbus.ObjectPath
	}
	var list []named
	if err := s.bus.ask(ctx, logindService, logindPath, logindManager+".ListSeats", &list); err != nil {
		return nil, err
	}
	var sitting []sitter
	for _, seat := range list[:min(len(list), maxSeats)] {
		var session named
		if err := s.bus.get(ctx, logindService, seat.Path, logindService+".Seat", "ActiveSession", &session); err != nil {
			return nil, err
		}
		if session.Name == "" {
			continue
		}
		found, err := s.sitter(ctx, session.Path)
		if err != nil {
			return nil, err
		}
		sitting = append(sitting, found)
	}
	return sitting, nil
}

func (s *seats) sitter(ctx context.Context, session dbus.ObjectPath) (found sitter, err error) {
	var user struct {
		UID  uint32
		Path dbus.ObjectPath
	}
	for name, value := range map[string]any{"User": &user, "Name": &found.name, "Class": &found.class} {
		if err := s.bus.get(ctx, logindService, session, logindService+".Session", name, value); err != nil {
			return sitter{}, err
		}
	}
	found.user = user.UID
	return found, nil
}
