package live_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/internal/confine/confinetest"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// examples are the helpers of the repository.
const examples = "../../examples"

// load loads the one helper that is registered in a directory.
func load(t testing.TB, dir string) *live.Helper {
	t.Helper()
	helpers, err := loadAll(t, dir)
	if err != nil || len(helpers) != 1 {
		t.Fatalf("loads %d helpers: %v", len(helpers), err)
	}
	helpers[0].Patience(time.Minute)
	return helpers[0]
}

func loadAll(t testing.TB, dir string) ([]*live.Helper, error) {
	t.Helper()
	confinetest.Needs(t)
	absolute, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return live.Load(t.Context(), []live.Place{{Dir: absolute, Maker: func(c live.Candidate) (maker.Maker, error) {
		if c.Name == "srun" {
			return "", errors.New("a helper of this name comes with the program")
		}
		return c.Program, nil
	}}}, live.NewCapacity(), nil)
}

// client is a user at a simulated hotspot.
type client struct {
	helper   plugins.Helper
	wire     http.RoundTripper
	gateway  netip.Addr
	inputs   map[string]string
	consent  consent.Given
	evidence probe.Evidence
	session  map[string]string
	bound    *portal.Session // of the last flow
}

// meet probes a hotspot.
func meet(t testing.TB, helper plugins.Helper, hotspot *portaltest.Hotspot) *client {
	t.Helper()
	c := &client{
		helper: helper, wire: hotspot.Transport(), gateway: hotspot.Gateway(),
		inputs:  map[string]string{"user": user, "password": password},
		consent: consent.Given{Cleartext: true, SharedHosts: true},
	}
	c.probe(t, probe.VerdictPortal)
	return c
}

// probe expects a verdict.
func (c *client) probe(t testing.TB, want probe.Verdict) {
	t.Helper()
	prober := probe.Prober{
		Endpoints: []probe.Endpoint{{Name: "check", Operator: "check", URL: "http://check.test/generate_204", Status: http.StatusNoContent}},
		Transport: func(probe.Family) http.RoundTripper { return c.wire },
	}
	evidence := prober.Probe(t.Context(), probe.Link{
		Interface: "wlan0", Index: 3, Carrier: true, Gateways: []netip.Addr{c.gateway},
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.50/24")},
	})
	if evidence.Verdict != want {
		t.Fatalf("the probe says %v, want %v: %s", evidence.Verdict, want, evidence.Reason)
	}
	if want == probe.VerdictPortal {
		c.evidence = evidence
	}
}

func (c *client) job() plugins.Job {
	return plugins.Job{
		Network: wifi.Network{SSID: "Guest"}, Evidence: c.evidence, Session: c.session,
		Consent: func() consent.Given { return c.consent },
		Open: func(hosts, shared []string) (session *portal.Session, err error) {
			config := plugins.SessionConfig(c.evidence)
			config.Transport, config.Hosts, config.Shared = c.wire, hosts, shared
			config.Permission = func() portal.Permission { return plugins.Permission(c.consent) }
			c.bound, err = portal.New(config)
			return c.bound, err
		},
		Inputs: func(name string) (portal.Value, bool, error) {
			value, ok := c.inputs[name]
			return portal.Plain(value), ok, nil
		},
	}
}

// run expects an outcome of a flow.
func (c *client) run(t testing.TB, do func(context.Context, plugins.Job) (flow.Result, error), want flow.Outcome) flow.Result {
	t.Helper()
	result, err := do(t.Context(), c.job())
	if err != nil || result.Outcome != want {
		t.Fatalf("%v: %s, %v; want %v", result.Outcome, result.Reason, err, want)
	}
	return result
}

func (c *client) claim(t testing.TB) claims.Claim {
	t.Helper()
	return c.helper.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "Guest"}, &c.evidence))
}

// The account at hotspots.
const (
	user     = "ada@campus"
	password = "2718281828"
)

// hotspot makes a simulated one.
func hotspot(t testing.TB, kind portaltest.Kind, seed uint64) *portaltest.Hotspot {
	t.Helper()
	return portaltest.New(portaltest.Options{
		Kind: kind, Seed: seed, User: user, PIN: password,
		Internet: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }),
	})
}

// TestSrunPython logs in and off with the example in Python.
func TestSrunPython(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	helper := load(t, filepath.Join(examples, "srun"))
	for seed := range uint64(4) {
		c := meet(t, helper, hotspot(t, portaltest.KindSrun, seed+1))
		if claim := c.claim(t); claim.Confidence != claims.High || claim.Label == "" || claim.Rule == "" {
			t.Fatalf("claims %+v", claim)
		}
		c.session = c.run(t, helper.Authenticate, flow.Submitted).Captures
		c.probe(t, probe.VerdictFull)
		c.run(t, helper.Maintain, flow.Submitted)
		c.run(t, helper.Logoff, flow.Submitted)
		c.probe(t, probe.VerdictPortal)
	}
}

// TestSrunPythonRules keeps to the rules for secrets, consents and inputs.
func TestSrunPythonRules(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	helper := load(t, filepath.Join(examples, "srun"))
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	c.inputs["password"] += "x"
	if result := c.run(t, helper.Authenticate, flow.Denied); result.Reason == "" {
		t.Error("the refusal has no reason")
	}
	c.consent = consent.Given{}
	if _, err := helper.Authenticate(t.Context(), c.job()); !errors.As(err, new(*portal.SecretError)) {
		t.Errorf("without consent to cleartext: %v", err)
	}
	delete(c.inputs, "password")
	if result := c.run(t, helper.Authenticate, flow.NeedsUser); result.Missing != "password" {
		t.Errorf("%+v", result)
	}
}
