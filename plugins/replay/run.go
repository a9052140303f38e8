package replay

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// Outcome is the result of a replay.
type Outcome struct {
	Case  string
	Claim claims.Claim
	flow.Result

	// Trace describes the replay: the claim, the exchanges of each step, cases, captures and
	// the outcome. It contains no secret.
	Trace string
	// Mismatch is the error of the first request that was not recorded.
	Mismatch error

	reached []position
	err     error  // of the flow
	unused  string // the first recorded request that was not made; empty: none
}

// Run replays the case to a helper: the claim on the evidence, then the flow with the
// recorded answers. It needs no network and does not wait. The user has agreed to
// everything.
func (c *Case) Run(ctx context.Context, helper plugins.Helper) Outcome {
	t := &trace{}
	p := &player{answers: c.Answers, used: make([]bool, len(c.Answers)), onExchange: t.addExchange}
	job, err := c.job(p, allGiven())
	if err != nil {
		return Outcome{Case: c.Name, Mismatch: err}
	}
	outcome := Outcome{Case: c.Name}
	if len(c.Hops) > 0 {
		outcome.Claim = helper.Claim(ctx, claims.NewFacts(job.Network, &job.Evidence))
		t.addClaim(outcome.Claim)
	}
	job.Progress = func(step string) { t.addStep(c.Flow, step) }
	job.Observe = func(d flow.Decision) { t.addDecision(c.Flow, d) }
	outcome.Result, err = plugins.RunFlow(ctx, helper, c.Flow, job)
	t.addResult(outcome.Result, err)
	for i, answer := range p.answers {
		if p.used[i] {
			continue
		}
		t.add("never asked: %s", answer.To)
		if outcome.unused == "" {
			outcome.unused = p.redact(answer.To)
		}
	}
	outcome.Trace, outcome.Mismatch, outcome.reached, outcome.err = t.text(p.redact), p.unexpected, t.reached, err
	return outcome
}

// NewJob returns a job with evidence and inputs that consents to everything and does not
// wait. Its sessions use the transport.
func NewJob(evidence probe.Evidence, transport http.RoundTripper, inputs map[string]portal.Value) plugins.Job {
	return newJob(evidence, transport, inputs, allGiven())
}

// allGiven is the consent to everything.
func allGiven() consent.Given {
	return consent.Given{Terms: consent.Always, Cleartext: true, SharedHosts: true}
}

// newJob is NewJob with what the user agreed to.
func newJob(evidence probe.Evidence, transport http.RoundTripper, inputs map[string]portal.Value, given consent.Given) plugins.Job {
	return plugins.Job{
		Evidence: evidence,
		Consent:  func() consent.Given { return given },
		Inputs: func(name string) (portal.Value, bool, error) {
			value, ok := inputs[name]
			return value, ok, nil
		},
		Open: func(hosts, shared []string) (*portal.Session, error) {
			config := plugins.SessionConfig(evidence)
			config.Transport, config.Hosts, config.Shared = transport, hosts, shared
			config.Permission = func() portal.Permission { return plugins.Permission(given) }
			return portal.New(config)
		},
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

// job returns the job of the case with what the user agreed to, and the player as transport.
func (c *Case) job(p *player, given consent.Given) (plugins.Job, error) {
	network, err := c.Network.network()
	if err != nil {
		return plugins.Job{}, fmt.Errorf("read network: %w", err)
	}
	random, err := hex.DecodeString(c.Random)
	if err != nil {
		return plugins.Job{}, fmt.Errorf("read random: %w", err)
	}
	inputs := map[string]portal.Value{}
	for name, text := range c.Inputs {
		inputs[name] = portal.Plain(text)
	}
	p.clock.now = c.Now
	now := &p.clock
	job := newJob(c.evidence(), p, inputs, given)
	job.Network, job.Session, job.Now, job.Sleep = network, c.Session, now.time, now.sleep
	job.Random = io.MultiReader(bytes.NewReader(random), zeros{})
	open := job.Open
	job.Open = func(hosts, shared []string) (*portal.Session, error) {
		session, err := open(hosts, shared)
		p.session = session
		return session, err
	}
	return job, nil
}

// evidence returns the evidence of the probe.
func (c *Case) evidence() probe.Evidence {
	e := probe.Evidence{
		Verdict: probe.VerdictFull, Reason: "recorded", Time: c.Now,
		Link: probe.Link{Interface: "wlan0", Index: 1, Carrier: true}, PortalURL: c.Portal, WISPr: c.WISPr,
	}
	if gateway, err := address(c.Link.Gateway); err == nil && gateway.IsValid() {
		e.Link.Gateways = []netip.Addr{gateway}
	}
	if own, err := address(c.Link.Address); err == nil && own.IsValid() {
		e.Link.Addresses = []netip.Prefix{netip.PrefixFrom(own, own.BitLen())}
	}
	if c.API != "" {
		e.CAPPORT = &probe.CAPPORT{URL: c.API, Captive: true}
	}
	for _, hop := range c.Hops {
		e.Verdict = probe.VerdictPortal
		e.Hops = append(e.Hops, probe.Hop{URL: hop.URL, Status: hop.Status, Header: hop.Header.http(), Body: string(hop.data), Error: hop.Error})
		if c.Portal == "" {
			e.PortalURL = hop.URL
		}
	}
	return e
}

// clock is the clock of a replay. It advances only when the flow waits.
type clock struct{ now time.Time }

func (c *clock) time() time.Time { return c.now }

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return ctx.Err()
}

// zeros is an endless reader of zeros.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
