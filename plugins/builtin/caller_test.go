package builtin_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// caller runs a built-in helper like the agent does.
type caller struct {
	t       *testing.T
	helper  plugins.Helper
	hotspot *portaltest.Hotspot // nil: a script answers
	wire    http.RoundTripper
	tap     *tap // on the wire, if it leads to a hotspot

	consent  consent.Given
	inputs   map[string]string
	stored   bool // they come from the store, so all of them are secrets
	before   func(portal.Destination) error
	evidence probe.Evidence    // of the last probe that met the portal
	captured map[string]string // by the login
}

// probe probes like the agent, and expects a verdict.
func (c *caller) probe(want probe.Verdict) {
	c.t.Helper()
	prober := probe.Prober{
		Endpoints: []probe.Endpoint{{Name: "check", Operator: "check", URL: "http://check.test/generate_204", Status: http.StatusNoContent}},
		Transport: func(probe.Family) http.RoundTripper { return c.wire },
	}
	evidence := prober.Probe(c.t.Context(), probe.Link{
		Interface: "wlan0", Index: 3, Carrier: true, Gateways: []netip.Addr{c.hotspot.Gateway()},
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.50/24")},
	})
	if evidence.Verdict != want {
		c.t.Fatalf("the probe says %v, want %v: %s; %v", evidence.Verdict, want, evidence.Reason, c.hotspot)
	}
	if want == probe.VerdictPortal {
		c.evidence = evidence
	}
}

// job returns the job that the agent would make.
func (c *caller) job() plugins.Job {
	config := portal.Config{Transport: c.wire, BeforeSecret: c.before, Permission: func() portal.Permission { return plugins.Permission(c.consent) }}
	if len(c.evidence.Link.Gateways) > 0 {
		config.Gateway = c.evidence.Link.Gateways[0]
	}
	if start, err := url.Parse(c.evidence.PortalURL); err == nil && start.Host != "" {
		config.Start = start
	}
	return plugins.Job{
		Network: wifi.Network{SSID: "Guest"}, Evidence: c.evidence, Consent: func() consent.Given { return c.consent }, Session: c.captured,
		Open: func(hosts, _ []string) (*portal.Session, error) {
			config.Hosts = hosts
			return portal.New(config)
		},
		Inputs: func(name string) (portal.Value, bool, error) {
			value, ok := c.inputs[name]
			if c.stored {
				return portal.Secret(value), ok, nil
			}
			return portal.Plain(value), ok, nil // the helper knows what is secret
		},
	}
}

// run runs a flow of the helper, and expects an outcome.
func (c *caller) run(do func(context.Context, plugins.Job) (flow.Result, error), want flow.Outcome) flow.Result {
	c.t.Helper()
	result, err := do(c.t.Context(), c.job())
	if err != nil || result.Outcome != want {
		c.t.Fatalf("%v at %s: %s, %v; want %v", result.Outcome, result.Step, result.Reason, err, want)
	}
	return result
}

func (c *caller) claimed() claims.Claim {
	return c.helper.Claim(c.t.Context(), claims.NewFacts(wifi.Network{SSID: "Guest"}, &c.evidence))
}

// enter logs in, and expects the probe to confirm it.
func (c *caller) enter() flow.Result {
	c.t.Helper()
	result := c.run(c.helper.Authenticate, flow.Submitted)
	c.captured = result.Captures
	c.probe(probe.VerdictFull)
	return result
}
