package flow

import (
	"fmt"
	"slices"
	"strings"

	"hotspot-helper/portal"
)

// capture keeps the values of all captures.
func (r *run) capture(v *view, captures []capture) error {
	for _, c := range captures {
		value, found := c.query.first(v)
		switch {
		case v.err != nil:
			return fmt.Errorf("capture %s: %w", c.name, v.err)
		case !found && !c.optional:
			return fmt.Errorf("capture %s: want %s; %s", c.name, c.query, v.found(c.query))
		case len(value) > maxCapture:
			return fmt.Errorf("capture %s: %d bytes, at most %d", c.name, len(value), maxCapture)
		case !r.hasRoom(c.name, value):
			return fmt.Errorf("capture %s: all captures of the flow have more than %d bytes", c.name, maxCaptured)
		}
		r.keep(c.name, value)
	}
	return nil
}

// captures reports whether the case keeps captures: it does unless the login fails there for good.
func (b *branch) captures() bool {
	return b.outcome == OutcomeUnknown || b.outcome == Submitted || b.outcome == Later
}

// captureFound keeps the captures that have a value when a case decides: a later step may
// need them, and a session that exists already has a logoff URL, too.
func (r *run) captureFound(v *view, captures []capture) error {
	for _, c := range captures {
		value, found := c.query.first(v)
		if v.err != nil {
			return fmt.Errorf("capture %s: %w", c.name, v.err)
		}
		if found && len(value) <= maxCapture && r.hasRoom(c.name, value) {
			r.keep(c.name, value)
		}
	}
	return nil
}

// hasRoom reports whether a value can be kept besides the captures so far.
func (r *run) hasRoom(name, value string) bool {
	return r.captured-len(r.captures[name])+len(value) <= maxCaptured
}

// keep stores a copy of a captured value, since it may be a part of a long page.
func (r *run) keep(name, value string) {
	r.captured += len(value) - len(r.captures[name])
	r.captures[name] = strings.Clone(value)
	if kept, _ := r.kept(name); !kept.IsSecret() && slices.Contains(r.env.SessionCaptures, name) {
		r.session.DeclareTokens(value)
	}
}

// kept returns a capture. It is a secret if it contains one that is known by now: the flow may have read the
// input only after the portal returned its value.
func (r *run) kept(name string) (value portal.Value, ok bool) {
	text, ok := r.captures[name]
	if r.session.ContainsSecret(text) {
		return portal.Secret(text), ok
	}
	return portal.Plain(text), ok
}
