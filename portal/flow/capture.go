package flow

import (
	"fmt"
	"slices"

	"hotspot-helper/portal"
)

func (r *run) capture(v *view, captures []capture) error {
	for _, c := range captures {
		value, found := c.query.first(v)
		switch {
		case !found && !c.optional:
			return fmt.Errorf("capture %s: want %s; %s", c.name, c.query, v.instead(c.query))
		case len(value) > maxCapture:
			return fmt.Errorf("capture %s: %d bytes, at most %d", c.name, len(value), maxCapture)
		}
		r.keep(c.name, value)
	}
	return nil
}

// captures says whether what is found counts where the case decides: it does unless the
// login ends there in vain.
func (b *branch) captures() bool { return b.outcome == OutcomeUnknown || b.outcome == Submitted }

// captureFound captures what is there, where a case decides: another way may need it, and a
// session that is won already, or by a click, has a logoff URL too.
func (r *run) captureFound(v *view, captures []capture) {
	for _, c := range captures {
		if value, found := c.query.first(v); found && len(value) <= maxCapture {
			r.keep(c.name, value)
		}
	}
}

func (r *run) keep(name, value string) {
	if r.session.ContainsSecret(value) {
		r.captures[name] = portal.Secret(value) // the portal gave a secret back
		return
	}
	if slices.Contains(r.env.SessionCaptures, name) {
		r.session.DeclareTokens(value)
	}
	r.captures[name] = portal.Plain(value)
}
