package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
)

// The values of status --format.
const (
	formatText   = "text"
	formatWaybar = "waybar"
)

// statusShown prints what changed of a status; nil: no agent answers, for a reason. It returns when to print again although
// nothing changed; 0: not at all.
type statusShown func(status *agent.Status, reason error, now time.Time) (again time.Duration, err error)

// statusFormat returns what prints changes in a format.
func (a *app) statusFormat(format string) (statusShown, error) {
	switch {
	case format != formatText && format != formatWaybar:
		return nil, fmt.Errorf("want --format text or waybar, not %q", format)
	case format == formatWaybar && a.asJSON:
		return nil, errors.New("want either --json or --format waybar")
	case format == formatWaybar:
		return (&bar{app: a}).show, nil
	default:
		return (&statusLines{app: a, shown: map[string]string{}}).show, nil
	}
}

// watchStatus prints changes until the command is interrupted.
func (a *app) watchStatus(ctx context.Context, show statusShown) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return a.watchAgent(ctx, watcher{
		read: func(ctx context.Context, c *bus.Client) (time.Duration, error) {
			status, err := c.Status(ctx)
			if err != nil {
				return 0, err
			}
			now := time.Now()
			again, err := show(&status, nil, now)
			if next := nextRead(status.Associations, now); again == 0 || next > 0 && next < again {
				again = next
			}
			return again, err
		},
		absent: func(reason error) error {
			_, err := show(nil, reason, time.Now())
			return err
		},
	})
}

// statusChange is what `helper status --watch --json` prints of a change.
type statusChange struct {
	Running     bool               `json:"running"`               // an agent answers
	Association *agent.Association `json:"association,omitempty"` // that changed, with the last transition only
}

// statusLines prints a line, or an object, for each association that changed.
type statusLines struct {
	app   *app
	shown map[string]string // what was printed last, by interface
	began bool              // something was printed since an agent came
}

func (s *statusLines) show(status *agent.Status, reason error, now time.Time) (time.Duration, error) {
	if status == nil {
		clear(s.shown)
		s.began = false
		return 0, s.print(statusChange{}, printable(reason.Error())+": waiting for an agent", now)
	}
	began := s.began
	s.began = true
	if !began && len(status.Associations) == 0 {
		return 0, s.print(statusChange{Running: true}, "no interface is watched", now)
	}
	var failed error
	there := map[string]bool{}
	for _, as := range status.Associations {
		there[as.Interface] = true
		failed = errors.Join(failed, s.association(as, now))
	}
	for iface := range s.shown {
		if !there[iface] {
			failed = errors.Join(failed, s.association(agent.Association{Interface: iface, Journal: []agent.Transition{}}, now))
			delete(s.shown, iface)
		}
	}
	return 0, failed
}

// association prints an association unless it was printed like this.
func (s *statusLines) association(as agent.Association, now time.Time) error {
	change := watched(as)
	line := s.app.watchedLine(change)
	key := line
	if s.app.asJSON {
		data, err := json.Marshal(change)
		if err != nil {
			return fmt.Errorf("encode JSON: %w", err)
		}
		key = string(data)
	}
	if s.shown[as.Interface] == key {
		return nil
	}
	s.shown[as.Interface] = key
	return s.print(statusChange{Running: true, Association: &change}, line, now)
}

// watched is what is shown of an association that is watched: neither what changes with each look, nor what
// came before.
func watched(as agent.Association) agent.Association {
	as.NextCheck, as.Claims = nil, nil
	as.Journal = as.Journal[max(0, len(as.Journal)-1):]
	return as
}

// watchedLine is an association in one line, without the time.
func (a *app) watchedLine(as agent.Association) string {
	name := as.Interface
	if as.SSID != "" {
		name += " " + describeNetwork(&as.SSID)
	}
	line := fmt.Sprintf("%s: %s, verdict %s", printable(name), as.Phase, as.Verdict)
	if as.Helper != "" {
		line += ", helper " + printable(as.Helper)
	}
	if as.Expires != nil {
		line += ", until " + clock(*as.Expires)
	}
	if len(as.Journal) > 0 {
		line += ": " + a.causeText(as.Journal[0])
	}
	return line
}

func (s *statusLines) print(change statusChange, line string, now time.Time) error {
	if s.app.asJSON {
		return s.app.printJSONLine(change)
	}
	_, err := fmt.Fprintf(s.app.stdout, "%s %s\n", clock(now), line)
	return err
}
