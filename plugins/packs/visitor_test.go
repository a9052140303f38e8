package packs_test

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// shipped loads the shipped packs, once: nothing changes a loaded pack.
var shipped = sync.OnceValues(func() ([]*pack.Pack, error) { return pack.LoadAll(packs.FS(), "packs") })

// visitor is a client on a stand-in: its link, evidence and captures.
type visitor struct {
	t       *testing.T
	row     standin
	pack    *pack.Pack
	hotspot *portaltest.Hotspot
	wire    http.RoundTripper

	recording recording
	consent   consent.Given
	inputs    map[string]string
	evidence  probe.Evidence    // of the last probe that met the portal
	captured  map[string]string // by the login
}

// visit calls play with a client on a new hotspot and with all consents.
func (row standin) visit(t *testing.T, opts portaltest.Options, play func(*visitor)) {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	opts.Seed, opts.Kind, opts.Authority, opts.Internet = 1, row.kind, authority, http.HandlerFunc(online)
	all, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p *pack.Pack) bool { return p.Name() == row.pack })
	if i < 0 {
		t.Fatalf("no pack %q", row.pack)
	}
	synctest.Test(t, func(t *testing.T) {
		hotspot := portaltest.New(opts)
		v := &visitor{
			t: t, row: row, pack: all[i], hotspot: hotspot, wire: hotspot.Transport(), inputs: row.inputs,
			consent: consent.Given{Cleartext: row.clear, SharedHosts: row.clear},
		}
		if row.terms {
			v.consent.Terms = consent.Always
		}
		v.probe(probe.VerdictPortal)
		play(v)
	})
}

// online is the Internet for connectivity checks.
func online(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// probe probes like the agent, and expects a verdict.
func (v *visitor) probe(want probe.Verdict) {
	v.t.Helper()
	prober := probe.Prober{
		Endpoints: []probe.Endpoint{{Name: "check", Operator: "check", URL: "http://check.test/generate_204", Status: http.StatusNoContent}},
		Transport: func(probe.Family) http.RoundTripper { return v.wire },
	}
	gateway := v.hotspot.Gateway()
	evidence := prober.Probe(v.t.Context(), probe.Link{
		Interface: "wlan0", Index: 3, Carrier: true, Gateways: []netip.Addr{gateway},
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.50/24")},
	})
	if evidence.Verdict != want {
		v.t.Fatalf("the probe says %v, want %v: %s; %v", evidence.Verdict, want, evidence.Reason, v.hotspot)
	}
	if want == probe.VerdictPortal {
		v.evidence = evidence
	}
}

// job returns the job that the agent would make.
func (v *visitor) job() plugins.Job {
	return plugins.Job{
		Network: wifi.Network{SSID: "Guest"}, Evidence: v.evidence, Consent: func() consent.Given { return v.consent }, Session: v.captured,
		Open: func(hosts, shared []string) (*portal.Session, error) {
			config := plugins.SessionConfig(v.evidence)
			config.Transport, config.Hosts, config.Shared = v.wire, hosts, shared
			config.Permission = func() portal.Permission { return plugins.Permission(v.consent) }
			return portal.New(config)
		},
		Inputs: func(name string) (portal.Value, bool, error) {
			value, ok := v.inputs[name]
			return portal.Plain(value), ok, nil // the pack says what is secret
		},
	}
}

// run runs a flow of the pack, and expects an outcome.
func (v *visitor) run(run func(context.Context, plugins.Job) (flow.Result, error), want flow.Outcome) flow.Result {
	v.t.Helper()
	job, done := v.recorded(v.job())
	result, err := run(v.t.Context(), job)
	done()
	if err != nil || result.Outcome != want {
		v.t.Fatalf("%v at %s: %s, %v; want %v\n%v", result.Outcome, result.Step, result.Reason, err, want, v.hotspot.Log())
	}
	return result
}

// login logs in, and expects the probe to confirm it.
func (v *visitor) login() flow.Result {
	v.t.Helper()
	result := v.run(v.pack.Authenticate, flow.Submitted)
	v.captured = result.Captures
	v.probe(probe.VerdictFull)
	return result
}
