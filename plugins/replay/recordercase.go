package replay

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"hotspot-helper/plugins"
)

// Case returns the recorded flow. Unless Simulated is set, it contains nothing that
// identifies the user: inputs are replaced by their fakes, session values and tokens by
// others of the same form, values derived from secrets by "[redacted]", hardware addresses
// and those of the client by made-up ones. Each is the same everywhere, in every spelling,
// so that the case can be replayed. A body with too much to mask is left out. The error says
// that the rest has too much, or that the context ended.
func (r *Recorder) Case(ctx context.Context, name, flowName, description string) (*Case, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &Case{
		Name: name, Description: description, Flow: flowName,
		Inputs: map[string]string{}, Session: map[string]string{},
		Now: r.started, Random: hex.EncodeToString(r.random.Bytes()),
	}
	c.setFacts(r.job)
	for _, answer := range r.answers {
		c.Answers = append(c.Answers, answer.clone())
	}
	if flowName != plugins.FlowAuthenticate {
		maps.Copy(c.Session, r.job.Session)
	}
	for input, value := range r.inputs {
		c.Inputs[input] = value.Reveal()
	}
	r.limitCase(c)
	if r.Simulated {
		return c, nil
	}
	return c, r.mask(ctx, c)
}

// limitCase applies the limit to the responses of the probe and the flow together.
func (r *Recorder) limitCase(c *Case) {
	if r.Limit == 0 {
		return
	}
	left := r.Limit
	for _, response := range c.responses() {
		left = response.limit(left)
	}
	if len(c.WISPr) > left {
		c.WISPr = ""
	}
}

// mask removes what identifies the user from a case.
func (r *Recorder) mask(ctx context.Context, c *Case) error {
	r.masks = nil
	m := newMasker()
	m.typed = r.Typed
	for _, input := range slices.Sorted(maps.Keys(r.inputs)) {
		c.Inputs[input] = m.input(input, r.inputs[input], r.Fakes[input])
	}
	for _, value := range c.Session {
		m.session(value)
	}
	if m.over {
		return errTooMuch
	}
	if err := r.apply(ctx, c, m.replacer()); err != nil {
		return err
	}
	if r.session != nil { // remaining secrets are values that the flow derived
		if err := r.apply(ctx, c, r.session.Redact); err != nil {
			return err
		}
	}
	m = newMasker()
	m.fakes = slices.Collect(maps.Values(c.Inputs))
	m.client(r.job.Evidence.Link.Addresses)
	if err := m.scan(ctx, c); err != nil {
		return err
	}
	c.Network.BSSID = ""
	return r.apply(ctx, c, m.replacer())
}

// apply masks a case until the context ends, and keeps the mask for [Recorder.Redact].
func (r *Recorder) apply(ctx context.Context, c *Case, mask func(string) string) error {
	r.masks = append(r.masks, mask)
	c.rewrite(func(text string) string {
		if ctx.Err() != nil {
			return ""
		}
		return mask(text)
	})
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("mask case: %w", err)
	}
	return nil
}
