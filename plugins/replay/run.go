package replay

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// Outcome is what came of a replay.
type Outcome struct {
	Case  string
	Claim claims.Claim
	flow.Result

	// Trace is what happened, for people and to compare: the claim, each exchange of
	// each step, the cases taken, the captures, the outcome. It holds no secret.
	Trace string
	// Mismatch says that the replay is not what the case wants: a request came that was
	// not recorded.
	Mismatch error

	marks []mark
}

// Run plays the case to a helper: the claim on what the probe met, then the flow
// against what was recorded. It needs no network and takes no time, whatever the flow
// waits for. The user is taken to have agreed to everything.
func (c *Case) Run(ctx context.Context, helper plugins.Helper) Outcome {
	job, err := c.job()
	if err != nil {
		return Outcome{Case: c.Name, Mismatch: err}
	}
	n := &notes{}
	outcome := Outcome{Case: c.Name}
	if len(c.Hops) > 0 {
		outcome.Claim = helper.Claim(ctx, claims.NewFacts(job.Network, &job.Evidence))
		n.claim(outcome.Claim)
	}
	p := &player{answers: c.Answers, used: make([]bool, len(c.Answers)), tell: n.exchange}
	hide := c.converse(&job, p)
	job.Progress = func(step string) { n.begin(c.Flow, step) }
	job.Observe = func(d flow.Decision) { n.decided(c.Flow, d) }
	outcome.Result, err = plugins.RunFlow(ctx, helper, c.Flow, job)
	n.end(outcome.Result, err)
	for i, answer := range p.answers {
		if !p.used[i] {
			n.add("never asked: %s", answer.To)
		}
	}
	outcome.Trace, outcome.Mismatch, outcome.marks = n.text(hide), p.strange, n.marks
	return outcome
}

// converse gives the job a session that leads to the player. It returns how to hide the
// secrets of that session.
func (c *Case) converse(job *plugins.Job, p *player) func(string) string {
	var session *portal.Session
	hide := func(text string) string {
		if session == nil {
			return text
		}
		return session.Redact(text)
	}
	p.redact = hide
	evidence := job.Evidence
	job.Open = func(hosts, shared []string) (*portal.Session, error) {
		config := plugins.SessionConfig(evidence)
		config.Transport, config.Hosts, config.Shared, config.Cleartext = p, hosts, shared, true
		var err error
		session, err = portal.New(config)
		return session, err
	}
	return hide
}

// job is what the helper works with, but for the session.
func (c *Case) job() (plugins.Job, error) {
	network, err := c.Network.network()
	if err != nil {
		return plugins.Job{}, fmt.Errorf("read network: %w", err)
	}
	random, err := hex.DecodeString(c.Random)
	if err != nil {
		return plugins.Job{}, fmt.Errorf("read random: %w", err)
	}
	now := &clock{now: c.Now}
	return plugins.Job{
		Network:  network,
		Evidence: c.evidence(),
		Inputs: func(name string) (portal.Value, bool, error) {
			value, ok := c.Inputs[name]
			return portal.Plain(value), ok, nil
		},
		Session: c.Session,
		Consent: consent.Given{Terms: consent.Always, Cleartext: true},
		Now:     now.time,
		Sleep:   now.sleep,
		Random:  io.MultiReader(bytes.NewReader(random), zeros{}),
	}, nil
}

// evidence is what the probe would have seen.
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

// clock is the time of a replay: it goes on where the flow waits, and only there.
type clock struct{ now time.Time }

func (c *clock) time() time.Time { return c.now }

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return ctx.Err()
}

// zeros reads zeros for ever.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
