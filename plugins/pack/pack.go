// Package pack reads packs: helpers that are made of data, a vendor's claims and flows.
package pack

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/url"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// Pack is a helper made of data: a vendor's claims and flows.
type Pack struct {
	name        string
	Version     string // of the pack, the vendor's
	Label       string // for the network list: the operator or the product
	Description string // one sentence
	Origin      string // where it was loaded from

	rules  *claims.Rules
	script *script
	digest [sha256.Size]byte // of its files
}

// Name is the pack's name, which is that of its directory.
func (p *Pack) Name() string { return p.name }

// Rules are what the pack claims networks by.
func (p *Pack) Rules() *claims.Rules { return p.rules }

// Flows compiles the pack's flows, once. The error is all mistakes in all of them;
// nil says that the pack is right from first to last.
func (p *Pack) Flows() (Flows, error) { return p.script.compile() }

// Inputs are what the login needs from the user; none where the flows are wrong.
func (p *Pack) Inputs() []flow.Input {
	flows, err := p.Flows()
	if err != nil {
		return nil
	}
	return flows.Authenticate.Inputs()
}

// Claim asks the pack's rules.
func (p *Pack) Claim(ctx context.Context, facts *claims.Facts) claims.Claim {
	claim := p.rules.Claim(ctx, facts)
	claim.Helper = p.name
	claim.Label = p.Label
	return claim
}

// Authenticate runs the flow authenticate.toml. A pack whose flows are wrong is
// unsupported, and the error says what is wrong.
func (p *Pack) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	flows, err := p.Flows()
	if err != nil {
		return p.unfit(err)
	}
	result, err := p.run(ctx, flows.Authenticate, flows.kept(), job)
	if flows.Maintain != nil {
		result.Every = flows.Maintain.Every()
	}
	return result, err
}

// Maintain runs the flow maintain.toml, if there is one.
func (p *Pack) Maintain(ctx context.Context, job plugins.Job) (flow.Result, error) {
	flows, err := p.Flows()
	switch {
	case err != nil:
		return p.unfit(err)
	case flows.Maintain == nil:
		return flow.Result{Outcome: flow.Submitted, Reason: "the portal needs no keepalive", Captures: job.Session}, nil
	}
	result, err := p.run(ctx, flows.Maintain, flows.kept(), job)
	result.Captures = merged(job.Session, result.Captures)
	result.Every = flows.Maintain.Every()
	return result, err
}

// merged returns the session with what a keepalive learned. What it did not find this
// time is as it was.
func merged(session, captures map[string]string) map[string]string {
	all := maps.Clone(session)
	if all == nil {
		all = map[string]string{}
	}
	for name, text := range captures {
		if text != "" {
			all[name] = text
		}
	}
	return all
}

// Logoff runs the flow logoff.toml, if there is one.
func (p *Pack) Logoff(ctx context.Context, job plugins.Job) (flow.Result, error) {
	flows, err := p.Flows()
	switch {
	case err != nil:
		return p.unfit(err)
	case flows.Logoff == nil:
		return flow.Result{Outcome: flow.Unsupported, Reason: "the pack has no logoff flow"}, nil
	}
	return p.run(ctx, flows.Logoff, flows.kept(), job)
}

// unfit is the end of a flow that cannot even be compiled: another helper is to be asked.
func (p *Pack) unfit(err error) (flow.Result, error) {
	return flow.Result{Outcome: flow.Unsupported}, fmt.Errorf("compile flows of pack %q: %w", p.name, err)
}

// run runs a flow. Kept are the captures that later flows read: who has them has the session.
func (p *Pack) run(ctx context.Context, f *flow.Flow, kept []string, job plugins.Job) (flow.Result, error) {
	session, err := job.Open(f.Hosts(), f.SharedHosts())
	if err != nil {
		return flow.Result{}, err
	}
	return f.Run(ctx, session, flow.Env{
		Inputs:          job.Inputs,
		Terms:           job.TermsRefusal,
		Probe:           probeFacts(job),
		Hops:            way(job),
		Link:            linkFacts(job),
		Session:         job.Session,
		SessionCaptures: kept,
		Progress:        job.Progress,
		Observe:         job.Observe,
		Now:             job.Now,
		Random:          job.Random,
		Sleep:           job.Sleep,
	})
}

// probeFacts are the names that a flow's templates find under .probe.
func probeFacts(job plugins.Job) map[string]string {
	facts := map[string]string{"url": job.Evidence.PortalURL}
	if u, err := url.Parse(job.Evidence.PortalURL); err == nil {
		facts["host"] = u.Host
	}
	if api := job.Evidence.CAPPORT; api != nil {
		facts["api"] = api.URL
	}
	return facts
}

// way is what led the probe to the portal's page: parameters of a redirect, and WISPr
// messages, stand nowhere else.
func way(job plugins.Job) []*portal.Page {
	var pages []*portal.Page
	for _, hop := range job.Evidence.Hops {
		if u, err := url.Parse(hop.URL); err == nil && hop.URL != job.Evidence.PortalURL {
			pages = append(pages, &portal.Page{URL: u, Status: hop.Status, Header: hop.Header, Body: hop.Body})
		}
	}
	return pages
}

// linkFacts are the names that a flow's templates find under .link.
func linkFacts(job plugins.Job) map[string]string {
	link := job.Evidence.Link
	facts := map[string]string{"interface": link.Interface}
	if len(link.Addresses) > 0 {
		facts["address"] = link.Addresses[0].Addr().String()
	}
	if len(link.Gateways) > 0 {
		facts["gateway"] = link.Gateways[0].String()
	}
	return facts
}
