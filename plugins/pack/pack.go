// Package pack reads packs: helpers that are data, not code.
package pack

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"hotspot-helper/claims"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// Pack is a helper made of data: the claims and flows of a vendor.
type Pack struct {
	name        string
	Version     string // given by the vendor
	Label       string // of its networks in lists: the operator or the product
	Description string // one sentence
	Origin      string // where it was loaded from

	// BeforeUse is asked before each request of a flow that comes from one of the portal's pages; nil: nobody is. See
	// [portal.Session.BeforeUse].
	BeforeUse func(context.Context, portal.Use) error

	rules  *claims.Rules
	files  *flowFiles
	digest [sha256.Size]byte // of its files
}

// Name is the pack's name, which is that of its directory.
func (p *Pack) Name() string { return p.name }

// Rules returns the compiled claims.
func (p *Pack) Rules() *claims.Rules { return p.rules }

// Flows compiles the pack's flows, once. The error joins all mistakes.
func (p *Pack) Flows() (Flows, error) { return p.files.compile() }

// Warnings returns what is no mistake in the pack, but may fail, or is left of an example: see
// [claims.Rules.Warnings] and [flow.Flow.Warnings].
func (p *Pack) Warnings() []string {
	var all []string
	for _, warning := range p.rules.Warnings() {
		all = append(all, fmt.Sprintf("%s: %s", path.Join(p.Origin, p.name, "pack.toml"), warning))
	}
	flows, _ := p.Flows()
	for _, f := range []*flow.Flow{flows.Authenticate, flows.Maintain, flows.Logoff} {
		if f != nil {
			all = append(all, f.Warnings()...)
		}
	}
	return append(all, p.exampleHosts(flows)...)
}

// exampleHosts warns of hosts that no portal has: those of examples (RFC 2606).
func (p *Pack) exampleHosts(flows Flows) []string {
	var warnings []string
	demands := flows.Demands()
	for _, host := range slices.Concat(demands.Hosts, demands.Shared) {
		if strings.HasSuffix(host, ".example") {
			warnings = append(warnings, fmt.Sprintf("%s: host %q is one of an example, and no portal has it: name the portal's own, and record cases there", path.Join(p.Origin, p.name), host))
		}
	}
	return warnings
}

// Maker returns who made the pack, not known if nothing checked it: see [Place.Check].
func (p *Pack) Maker() maker.Maker {
	if _, err := p.Flows(); err != nil {
		return ""
	}
	return p.files.maker
}

// Terms returns the terms that the login asks about; nothing if the flows have mistakes.
func (p *Pack) Terms() []string {
	flows, err := p.Flows()
	if err != nil {
		return nil
	}
	return flows.Authenticate.TermsTexts()
}

// Inputs returns what the login needs from the user; nothing if the flows have mistakes. What any flow declares secret is.
func (p *Pack) Inputs() []flow.Input {
	flows, err := p.Flows()
	if err != nil {
		return nil
	}
	inputs, secret := flows.Authenticate.Inputs(), flows.secretInputs()
	for i := range inputs {
		inputs[i].Secret = slices.Contains(secret, inputs[i].Name)
	}
	return inputs
}

// Claim evaluates the pack's rules.
func (p *Pack) Claim(ctx context.Context, facts *claims.Facts) claims.Claim {
	claim := p.rules.Claim(ctx, facts)
	claim.Helper = p.name
	claim.Label = p.Label
	return claim
}

// Authenticate runs the flow authenticate.toml. If the flows have mistakes, the outcome is
// unsupported, and the error joins the mistakes.
func (p *Pack) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	flows, err := p.Flows()
	if err != nil {
		return p.broken(err)
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
		return p.broken(err)
	case flows.Maintain == nil:
		return flow.Result{Outcome: flow.Submitted, Reason: "the portal needs no keepalive", Captures: job.Session}, nil
	}
	result, err := p.run(ctx, flows.Maintain, flows.kept(), job)
	result.Captures = merged(job.Session, result.Captures)
	result.Every = flows.Maintain.Every()
	return result, err
}

// merged returns the session with the captures of a keepalive. Empty captures change nothing.
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
		return p.broken(err)
	case flows.Logoff == nil:
		return flow.Result{Outcome: flow.Unsupported, Reason: "the pack has no logoff flow"}, nil
	}
	return p.run(ctx, flows.Logoff, flows.kept(), job)
}

// broken returns the result of flows that do not compile: another helper may log in.
func (p *Pack) broken(err error) (flow.Result, error) {
	return flow.Result{Outcome: flow.Unsupported}, fmt.Errorf("compile flows of pack %q: %w", p.name, err)
}

// run runs a flow. Kept are the captures that later flows read; they are as secret as the
// session.
func (p *Pack) run(ctx context.Context, f *flow.Flow, kept []string, job plugins.Job) (flow.Result, error) {
	session, err := job.Open(f.Hosts(), f.SharedHosts())
	if err != nil {
		return flow.Result{}, err
	}
	session.BeforeUse(p.BeforeUse)
	return f.Run(ctx, session, flow.Env{
		Inputs:          job.Inputs,
		Terms:           job.TermsRefusal,
		Probe:           probeFacts(job),
		Hops:            hops(job),
		Link:            linkFacts(job),
		Session:         job.Session,
		SessionLeftOut:  job.SessionLeftOut,
		SessionCaptures: kept,
		Progress:        job.Progress,
		Observe:         job.Observe,
		Now:             job.Now,
		Random:          job.Random,
		Sleep:           job.Sleep,
	})
}

// probeFacts returns the values of .probe in templates.
func probeFacts(job plugins.Job) map[string]string {
	facts := map[string]string{"url": job.Evidence.PortalURL}
	if u, err := url.Parse(job.Evidence.PortalURL); err == nil {
		facts["host"] = u.Host
	}
	if check := job.Evidence.CheckURL(); check != "" {
		facts["check"] = check
	}
	if api := job.Evidence.CAPPORT; api != nil {
		facts["api"] = api.URL
	}
	return facts
}

// hops returns the answers that led to the portal's page. Parameters of a redirect and WISPr
// messages are nowhere else.
func hops(job plugins.Job) []*portal.Page {
	var pages []*portal.Page
	for _, hop := range job.Evidence.Hops {
		if u, err := url.Parse(hop.URL); err == nil && hop.URL != job.Evidence.PortalURL {
			pages = append(pages, &portal.Page{URL: u, Status: hop.Status, Header: hop.Header, Body: hop.Body})
		}
	}
	return pages
}

// linkFacts returns the values of .link in templates.
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
