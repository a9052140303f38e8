package replay

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
)

// Case returns the recorded flow. Unless Simulated is set, it contains nothing that
// identifies the user: inputs are replaced by their fakes, session values, what the flow captured
// for later flows, and tokens by others of the same form, values derived from secrets and what Known masks by "[redacted]", hardware addresses
// and those of the client by made-up ones. Each is the same everywhere, in every spelling,
// so that the case can be replayed. A body with too much to mask is left out. The error says
// that the rest has too much, or that the context ended.
func (r *Recorder) Case(ctx context.Context, name, flowName, description string) (*Case, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.unmasked(name, flowName, description)
	if r.Simulated {
		return c, nil
	}
	return c, r.mask(ctx, c)
}

// unmasked returns the recorded flow with all that identifies the user.
func (r *Recorder) unmasked(name, flowName, description string) *Case {
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
	return c
}

// limitCase applies the limit to the responses of the probe and the flow together.
func (r *Recorder) limitCase(c *Case) {
	if r.Limit == 0 {
		return
	}
	left := r.Limit
	for i := range c.Answers {
		left = c.Answers[i].limitSent(left)
	}
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
	if r.session != nil {
		for _, token := range r.session.Tokens() { // captures of this flow, too, that later flows read
			m.session(token)
		}
	}
	if m.over {
		return errTooMuch
	}
	if err := r.apply(ctx, c, m.replacer()); err != nil {
		return err
	}
	if r.session != nil { // remaining secrets are values that the flow derived
		if err := r.apply(ctx, c, r.session.MaskSecrets); err != nil {
			return err
		}
	}
	if r.Known != nil {
		if err := r.apply(ctx, c, r.Known); err != nil {
			return err
		}
	}
	m = newMasker()
	m.fakes = slices.Collect(maps.Values(c.Inputs))
	m.made = r.isMade
	m.client(r.job.Evidence.Link.Addresses)
	if err := m.scan(ctx, c); err != nil {
		return err
	}
	c.Network.BSSID = ""
	return r.apply(ctx, c, m.replacer())
}

// isMade reports whether the flow itself made a text, of the time or of random bytes. A replay
// makes the same, and it identifies nobody.
func (r *Recorder) isMade(text string) bool {
	if milliseconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		if age := time.UnixMilli(milliseconds).Sub(r.started); age >= 0 && age <= portal.FlowTimeout {
			return true
		}
	}
	return len(text) >= minToken && strings.Contains(hex.EncodeToString(r.random.Bytes()), strings.ToLower(text))
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
