package flow

import (
	"fmt"
	"slices"

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
		}
		if err := r.keep(c.name, value); err != nil {
			return err
		}
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
		if found && len(value) <= maxCapture {
			if err := r.keep(c.name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep stores a captured value.
func (r *run) keep(name, value string) error {
	r.captured += len(value) - len(r.captures[name].Reveal())
	if r.captured > maxCaptures {
		return fmt.Errorf("capture %s: the captures of a flow have at most %d bytes in all", name, maxCaptures)
	}
	if r.session.ContainsSecret(value) {
		r.captures[name] = portal.Secret(value) // the portal returned a secret
		return nil
	}
	if slices.Contains(r.env.SessionCaptures, name) {
		r.session.DeclareTokens(value)
	}
	r.captures[name] = portal.Plain(value)
	return nil
}
