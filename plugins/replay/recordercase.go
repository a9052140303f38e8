package replay

import (
	"encoding/hex"
	"maps"
	"slices"

	"hotspot-helper/plugins"
)

// Case returns the recorded flow. Unless Simulated is set, it contains nothing that
// identifies the user: inputs are replaced by their fakes, session values and tokens by
// others of the same form, values derived from secrets by "[redacted]", hardware addresses
// and those of the client by made-up ones. Each is the same everywhere, in every spelling,
// so that the case can be replayed.
func (r *Recorder) Case(name, flowName, description string) *Case {
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
	if !r.Simulated {
		r.mask(c)
	}
	return c
}

// mask removes what identifies the user from a case.
func (r *Recorder) mask(c *Case) {
	m := newMasker()
	m.typed = r.Typed
	for _, input := range slices.Sorted(maps.Keys(r.inputs)) {
		c.Inputs[input] = m.input(input, r.inputs[input], r.Fakes[input])
	}
	for _, value := range c.Session {
		m.session(value)
	}
	r.masks = []func(string) string{m.replacer()}
	c.rewrite(r.masks[0])
	if r.session != nil { // remaining secrets are values that the flow derived
		r.masks = append(r.masks, r.session.Redact)
		c.rewrite(r.session.Redact)
	}
	m = newMasker()
	m.fakes = slices.Collect(maps.Values(c.Inputs))
	m.client(r.job.Evidence.Link.Addresses)
	m.scan(c)
	r.masks = append(r.masks, m.replacer())
	c.rewrite(m.replacer())
	c.Network.BSSID = ""
}
