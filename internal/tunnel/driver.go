// Package tunnel starts and stops the tunnels of on-demand rules: connections of NetworkManager, and
// commands.
package tunnel

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"hotspot-helper/ondemand"
)

// tunnelTime bounds what is done with one tunnel at a time.
const tunnelTime = 2 * time.Minute

// Driver does what rules want of tunnels. Its methods are for one goroutine; they take as long as what
// they start, at most tunnelTime for each tunnel.
type Driver struct {
	Bus    Caller              // of NetworkManager
	Getenv func(string) string // nil: commands get no variable of the environment
	Logger *slog.Logger        // nil discards
	// Started remembers across restarts which tunnels were started by a rule.
	Started Memory

	states map[string]*state // by the ID of the tunnel
}

// handle starts, stops and looks at one tunnel. An instance tells one start of it from another; "" does
// not.
type handle interface {
	state(ctx context.Context) (instance string, isUp bool, err error)
	start(ctx context.Context) (instance string, err error)
	stop(ctx context.Context) error
}

// state is what is known of one tunnel.
type state struct {
	tunnel   ondemand.Tunnel
	report   ondemand.Report
	decided  string // the last decision
	done     string // the last one that was carried out
	failed   bool   // it could not be
	instance string // that a rule started
}

// Apply carries out what is wanted on the links that have joined a network, and returns the state of
// each tunnel. A decision that was carried out is not again until another one comes: a tunnel that the
// user stops meanwhile stays down.
func (d *Driver) Apply(ctx context.Context, rules []ondemand.Rule, links []ondemand.Situation) []ondemand.Report {
	d.prepare()
	tunnels := ondemand.Tunnels(rules)
	for id, s := range d.states { // a rule that is gone does not keep its tunnel up
		if s.report.Started && !slices.ContainsFunc(tunnels, func(t ondemand.Tunnel) bool { return t.ID() == id }) {
			tunnels = append(tunnels, s.tunnel)
		}
	}
	var decisions []ondemand.Decision
	for _, link := range links {
		decisions = append(decisions, ondemand.Decide(rules, link))
	}
	reports := []ondemand.Report{}
	for _, wanted := range ondemand.Combine(tunnels, decisions) {
		s := d.stateOf(wanted.Tunnel)
		if len(links) > 0 {
			d.carryOut(ctx, s, wanted)
		}
		reports = append(reports, s.report)
	}
	d.remember()
	return reports
}

func (d *Driver) prepare() {
	if d.states == nil {
		d.states = map[string]*state{}
	}
	d.Logger = cmp.Or(d.Logger, slog.New(slog.DiscardHandler))
}

// stateOf returns the state of a tunnel; of one that is new, what is remembered.
func (d *Driver) stateOf(t ondemand.Tunnel) *state {
	s, known := d.states[t.ID()]
	if !known {
		s = &state{report: ondemand.Report{Want: ondemand.WantLeave.String()}}
		s.instance, s.report.Started = d.Started.find(t.ID())
		d.states[t.ID()] = s
	}
	s.tunnel, s.report.Tunnel = t, t.String()
	return s
}

func (d *Driver) handleOf(t ondemand.Tunnel) handle {
	if t.Connection != "" {
		return connection{d.Bus, t.Connection}
	}
	getenv := d.Getenv
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	return commands{t, environment(getenv)}
}

// carryOut brings a tunnel into the state that is wanted, and logs each decision once.
func (d *Driver) carryOut(ctx context.Context, s *state, wanted ondemand.Wanted) {
	decision := wanted.Decision
	rule := ""
	if decision.Rule != nil {
		rule = decision.Rule.Name
	}
	joined := decision.Situation
	key := strings.Join([]string{wanted.Want.String(), rule, joined.Interface, joined.Network, joined.Joined.String()}, "\x00")
	isNew := key != s.decided
	if isNew {
		s.decided = key
		s.report.Want, s.report.Rule, s.report.Interface, s.report.Why = wanted.Want.String(), rule, decision.Situation.Interface, decision.Why
		s.report.Since = time.Now().UTC()
	}
	ctx, stop := context.WithTimeout(ctx, tunnelTime)
	defer stop()
	nothing := ""
	switch {
	case wanted.Want == ondemand.WantLeave:
		nothing = "left as it is"
	case key == s.done && !s.failed:
		nothing = "done before"
	}
	if nothing != "" {
		if isNew { // what was carried out before still is
			d.log(s, nothing, nil)
		}
		d.noticeStop(ctx, s)
		return
	}
	did, err := d.act(ctx, s, wanted.Want)
	s.done, s.failed, s.report.Error = key, err != nil, ""
	if err != nil {
		s.report.Error = err.Error()
	}
	d.log(s, did, err)
}

// act starts or stops a tunnel. A tunnel that was not started by a rule is stopped only by name.
func (d *Driver) act(ctx context.Context, s *state, want ondemand.Want) (did string, err error) {
	h := d.handleOf(s.tunnel)
	if want == ondemand.WantRelease && !s.report.Started {
		return "not touched: no rule started it", nil
	}
	isUp, err := d.look(ctx, s)
	if err != nil {
		return "not known whether it is up", err
	}
	switch {
	case want == ondemand.WantUp && isUp:
		return "up already", nil
	case want == ondemand.WantUp:
		if s.instance, err = h.start(ctx); err != nil {
			return "not started", err
		}
		s.report.Started, s.report.Up = true, true
		return "started", nil
	case !isUp:
		return "down already", nil
	case want == ondemand.WantRelease && !s.report.Started:
		return "not touched: no rule started it", nil
	}
	if err := h.stop(ctx); err != nil {
		return "not stopped", err
	}
	s.report.Started, s.instance, s.report.Up = false, "", false
	return "stopped", nil
}

// look finds out whether a tunnel is up, and whether somebody else stopped one that a rule had started.
func (d *Driver) look(ctx context.Context, s *state) (isUp bool, err error) {
	instance, isUp, err := d.handleOf(s.tunnel).state(ctx)
	if err != nil {
		return false, err
	}
	s.report.Up = isUp
	if s.report.Started && (!isUp || instance != s.instance) {
		s.report.Started, s.instance = false, ""
	}
	return isUp, nil
}

// noticeStop looks at a tunnel that a rule started: if the user stopped it meanwhile, the next start is his.
func (d *Driver) noticeStop(ctx context.Context, s *state) {
	if !s.report.Started {
		return
	}
	if _, err := d.look(ctx, s); err != nil {
		d.Logger.Debug("tunnel not looked at", "tunnel", s.report.Tunnel, "error", err)
	}
}

func (d *Driver) log(s *state, did string, err error) {
	r := s.report
	attrs := []any{"tunnel", r.Tunnel, "want", r.Want, "did", did, "rule", r.Rule, "interface", r.Interface, "why", r.Why}
	if err != nil {
		d.Logger.Warn("on demand", append(attrs, "error", err)...)
		return
	}
	d.Logger.Info("on demand", attrs...)
}
