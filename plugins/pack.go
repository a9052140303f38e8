package plugins

import (
	"context"
	"net/url"

	"hotspot-helper/claims"
	"hotspot-helper/portal/flow"
)

// Pack is a helper made of data: a vendor's claims and flows.
type Pack struct {
	name        string
	Version     string // of the pack, the vendor's
	Label       string // for the network list: the operator or the product
	Description string // one sentence
	Origin      string // where it was loaded from

	rules        *claims.Rules
	authenticate *flow.Flow
	maintain     *flow.Flow // nil: nothing to do
	logoff       *flow.Flow // nil: cannot
}

// Name is the pack's name, which is that of its directory.
func (p *Pack) Name() string { return p.name }

// Inputs are what the login needs from the user.
func (p *Pack) Inputs() []flow.Input { return p.authenticate.Inputs() }

// Claim asks the pack's rules.
func (p *Pack) Claim(facts *claims.Facts) claims.Claim {
	claim := p.rules.Claim(facts)
	claim.Helper = p.name
	claim.Label = p.Label
	return claim
}

// Authenticate runs the flow authenticate.toml.
func (p *Pack) Authenticate(ctx context.Context, job Job) (flow.Result, error) {
	return run(ctx, p.authenticate, job)
}

// Maintain runs the flow maintain.toml, if there is one.
func (p *Pack) Maintain(ctx context.Context, job Job) (flow.Result, error) {
	if p.maintain == nil {
		return flow.Result{Outcome: flow.Submitted, Reason: "the portal needs no keepalive", Captures: job.Session}, nil
	}
	return run(ctx, p.maintain, job)
}

// Logoff runs the flow logoff.toml, if there is one.
func (p *Pack) Logoff(ctx context.Context, job Job) (flow.Result, error) {
	if p.logoff == nil {
		return flow.Result{Outcome: flow.Unsupported, Reason: "the pack has no logoff flow"}, nil
	}
	return run(ctx, p.logoff, job)
}

func run(ctx context.Context, f *flow.Flow, job Job) (flow.Result, error) {
	session, err := job.Open(f.Hosts())
	if err != nil {
		return flow.Result{}, err
	}
	return f.Run(ctx, session, flow.Env{
		Inputs:   job.Inputs,
		Probe:    probeFacts(job),
		Link:     linkFacts(job),
		Session:  job.Session,
		Progress: job.Progress,
	})
}

// probeFacts are the names that a flow's templates find under .probe.
func probeFacts(job Job) map[string]string {
	facts := map[string]string{"url": job.Evidence.PortalURL}
	if u, err := url.Parse(job.Evidence.PortalURL); err == nil {
		facts["host"] = u.Host
	}
	if api := job.Evidence.CAPPORT; api != nil {
		facts["api"] = api.URL
	}
	return facts
}

// linkFacts are the names that a flow's templates find under .link.
func linkFacts(job Job) map[string]string {
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
