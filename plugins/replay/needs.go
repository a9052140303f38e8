package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// Needs are the consents without which a flow would not have sent what it sent.
type Needs struct {
	Terms      []string // the texts that it accepts, in order
	Cleartext  string   // where a secret goes that others can read; empty: nowhere
	SharedHost string   // where one goes over TLS, to a host that does not identify the network; empty: nowhere
}

// Add adds the needs of another flow.
func (n *Needs) Add(other Needs) {
	for _, terms := range other.Terms {
		if !slices.Contains(n.Terms, terms) {
			n.Terms = append(n.Terms, terms)
		}
	}
	n.Cleartext, n.SharedHost = cmp.Or(n.Cleartext, other.Cleartext), cmp.Or(n.SharedHost, other.SharedHost)
}

// Needs replays the recorded flow of the helper, at first without any consent, and adds those that
// it waits for until it ends as it did. The error says that a replay asks for something else.
func (r *Recorder) Needs(ctx context.Context, helper plugins.Helper, flowName string) (Needs, error) {
	r.mu.Lock()
	c, inputs := r.unmasked("", flowName, ""), maps.Clone(r.inputs)
	r.mu.Unlock()
	return c.needs(ctx, helper, inputs)
}

// needs replays the case until it ends as it did, with what it waits for given.
func (c *Case) needs(ctx context.Context, helper plugins.Helper, inputs map[string]portal.Value) (Needs, error) {
	var needs Needs
	for {
		more, err := c.need(ctx, helper, inputs, &needs)
		if err != nil || !more {
			return needs, err
		}
	}
}

// need replays the case with consents, and adds the next one that the flow waits for. It reports
// whether there was one.
func (c *Case) need(ctx context.Context, helper plugins.Helper, inputs map[string]portal.Value, needs *Needs) (more bool, err error) {
	p := &player{answers: c.Answers, used: make([]bool, len(c.Answers)), onExchange: (&trace{}).addExchange}
	given := consent.Given{Cleartext: needs.Cleartext != "", SharedHosts: needs.SharedHost != ""}
	if len(needs.Terms) > 0 {
		given.Terms = consent.Always
		for _, terms := range needs.Terms {
			given.Texts = append(given.Texts, consent.Digest(terms))
		}
	}
	job, err := c.job(p, given)
	if err != nil {
		return false, err
	}
	job.Inputs = func(name string) (portal.Value, bool, error) {
		value, ok := inputs[name]
		return value, ok, nil
	}
	result, err := plugins.RunFlow(ctx, helper, c.Flow, job)
	if err == nil && p.session != nil && p.session.Page() != nil {
		err = p.session.Page().Refused
	}
	if needs.add(result, err) {
		return true, nil
	}
	if p.unexpected != nil {
		return false, fmt.Errorf("find needed consents: %w", p.unexpected)
	}
	return false, nil
}

// add adds what a flow waits for that ended with a result or an error, and reports whether that
// is new.
func (n *Needs) add(result flow.Result, err error) bool {
	refused, ok := errors.AsType[*portal.SecretError](err)
	switch {
	case result.Terms != "" && !slices.Contains(n.Terms, result.Terms):
		n.Terms = append(n.Terms, result.Terms)
	case ok && refused.SharedHost && n.SharedHost == "":
		n.SharedHost = refused.Host
	case ok && !refused.SharedHost && n.Cleartext == "":
		n.Cleartext = fmt.Sprintf("%s (%s)", refused.Host, refused.Reason)
	default:
		return false
	}
	return true
}
