package notify

import (
	"context"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// heard is a signal about a notification, and what that was about when it came.
type heard struct {
	*dbus.Signal

	about string
}

// rule is the match rule of a signal of the service.
func rule(member string) systembus.Rule {
	return systembus.Rule{Path: path, Interface: service, Member: member}
}

// aboutOf returns what the notification of a signal is about, if it is one of this program, or may be.
func (c *Client) aboutOf(signal *dbus.Signal) (about string, ok bool) {
	if len(signal.Body) == 0 {
		return "", false
	}
	id, ok := signal.Body[0].(uint32)
	if !ok {
		return "", false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	about, ok = c.stands[id]
	if !ok && c.showing != nil {
		return c.showing.About, true
	}
	return about, ok
}

// maxToken bounds an activation token, in bytes.
const maxToken = 256

// wants returns what is to be shown by that name.
func (r *run) wants(name string) Notification {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wanted[name]
}

// take takes a signal about a notification of this program.
func (r *run) take(ctx context.Context, signal heard) {
	id, _ := signal.Body[0].(uint32) // aboutOf has looked
	for name, s := range r.shown {
		if s.id != id {
			continue
		}
		text := ""
		if len(signal.Body) > 1 {
			text, _ = signal.Body[1].(string)
		}
		switch signal.Name {
		case service + ".NotificationClosed":
			s.isClosed = true
			r.forget(s)
			r.Chosen(Choice{Name: name, About: signal.about})
		case service + ".ActivationToken":
			if len(text) <= maxToken && text == line(text, maxToken) {
				s.token = text
			}
		case service + ".ActionInvoked":
			if key, ok := s.chosen(text); ok {
				r.Chosen(Choice{Name: name, About: signal.about, Action: key, Token: s.token})
				r.withdraw(ctx, s)                               // some services leave it there
				s.isClosed = r.wants(name).About == signal.about // else it is shown: the person chose about something else
			}
			s.token = ""
		}
		return
	}
}
