package record_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"flag"
	"html"
	"io/fs"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

var hars = flag.String("hars", "testdata", "directory of the captures; make har writes new ones")

// typed are the values typed during the captures, see test/har/har_test.go.
var typed = []string{"grace.hopper", "Grace Hopper", "grace.hopper@navy.test", `Nano 11.8"&é`, `oopsNano 11.8"&é`, "oops"}

// TestDrafts drafts a pack from each capture. Without changes it must be valid and log in to
// another portal of the kind with another account.
func TestDrafts(t *testing.T) {
	for _, test := range []struct {
		kind   portaltest.Kind
		inputs map[string]string
		wrong  string // input that may be wrong; empty: none
		terms  bool
	}{
		{kind: portaltest.KindOpenNDS, terms: true},
		{kind: portaltest.KindOpenNDSMail, inputs: map[string]string{"username": "Ada", "emailaddress": "ada@lovelace.test"}, terms: true},
		{kind: portaltest.KindPfSense, inputs: map[string]string{"auth_user": "ada", "auth_pass": "2718"}, wrong: "auth_pass"},
		{kind: portaltest.KindOPNsense, inputs: map[string]string{"user": "ada", "password": "2718"}, wrong: "password"},
		{kind: portaltest.KindMeraki, terms: true},
		{kind: portaltest.KindRuckus, inputs: map[string]string{"username": "ada", "password": "2718"}, wrong: "password"},
		{kind: portaltest.KindFortinet, inputs: map[string]string{"username": "ada", "password": "2718"}, wrong: "password"},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			dir, made := draft(t, string(test.kind))
			if !made.Online {
				t.Error("the draft does not know that the login worked")
			}
			p := load(t, dir)
			if got := p.Inputs(); len(got) != len(test.inputs) {
				t.Errorf("it asks for %v", got)
			}
			replays(t, dir, p)
			containsNoInput(t, dir)
			v := newVisitor(t, test.kind, p)
			if claim := p.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "Guest"}, &v.evidence)); claim.Confidence < claims.Medium {
				t.Errorf("it claims a %v by %s", claim.Confidence, claim.Rule)
			}
			if test.terms {
				v.run(test.inputs, consent.Given{Cleartext: true, SharedHosts: true}, flow.NeedsUser)
			}
			agreed := consent.Given{Cleartext: true, SharedHosts: true, Terms: consent.Always}
			if test.wrong != "" {
				wrong := maps.Clone(test.inputs)
				wrong[test.wrong] = "1828"
				v.run(wrong, agreed, flow.Denied)
			}
			v.run(test.inputs, agreed, flow.Submitted)
			if v.hotspot.Captive() {
				t.Errorf("it is not online\n%v", v.hotspot.Log())
			}
		})
	}
}

// draft drafts a pack from a capture.
func draft(t *testing.T, name string) (string, *record.PackDraft) {
	t.Helper()
	file, err := os.Open(filepath.Join(*hars, name+".har"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	capture, err := record.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "draft")
	made, err := capture.DraftPack(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() || testing.Verbose() {
			show(t, dir)
		}
	})
	return dir, made
}

// show logs the texts of a draft.
func show(t *testing.T, dir string) {
	for _, name := range []string{"pack.toml", "authenticate.toml", "tests/login.toml", "tests/login.trace"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		t.Logf("%s %v\n%s", name, err, text)
	}
}

func load(t *testing.T, dir string) *pack.Pack {
	t.Helper()
	p, err := pack.Load(os.DirFS(filepath.Dir(dir)), filepath.Base(dir), "drafts")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// replays replays the case of a draft, which must use all answers.
func replays(t *testing.T, dir string, p *pack.Pack) {
	t.Helper()
	cases := os.DirFS(filepath.Join(dir, replay.Dir))
	c, err := replay.Load(cases, "login", replay.Dir)
	if err != nil {
		t.Fatal(err)
	}
	outcome := c.Run(t.Context(), p)
	if outcome.Mismatch != nil || outcome.Outcome != flow.Submitted || outcome.Trace != c.Trace {
		t.Errorf("%v, %v\n%s", outcome.Outcome, outcome.Mismatch, outcome.Trace)
	}
	if strings.Contains(outcome.Trace, "never asked") {
		t.Errorf("unused answers:\n%s", outcome.Trace)
	}
}

// containsNoInput looks for typed values in all files, in all spellings.
func containsNoInput(t *testing.T, dir string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		for _, value := range typed {
			for _, spelled := range []string{
				value, html.EscapeString(value), url.QueryEscape(value), url.PathEscape(value), base64.StdEncoding.EncodeToString([]byte(value)),
			} {
				if bytes.Contains(text, []byte(spelled)) {
					t.Errorf("%s contains %q:\n%s", name, spelled, text)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// visitor is a client of another portal of a kind.
type visitor struct {
	t        *testing.T
	pack     *pack.Pack
	hotspot  *portaltest.Hotspot
	evidence probe.Evidence
}

func newVisitor(t *testing.T, kind portaltest.Kind, p *pack.Pack) *visitor {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, pack: p, hotspot: portaltest.New(portaltest.Options{Seed: 2026, Kind: kind, Authority: authority})}
	prober := probe.Prober{
		Endpoints: []probe.Endpoint{{Name: "check", Operator: "check", URL: "http://check.test/generate_204", Status: http.StatusNoContent}},
		Transport: func(probe.Family) http.RoundTripper { return v.hotspot.Transport() },
	}
	v.evidence = prober.Probe(t.Context(), probe.Link{
		Interface: "wlan0", Index: 3, Carrier: true, Gateways: []netip.Addr{v.hotspot.Gateway()},
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.50/24")},
	})
	if v.evidence.Verdict != probe.VerdictPortal {
		t.Fatalf("the verdict is %v: %s", v.evidence.Verdict, v.evidence.Reason)
	}
	return v
}

// run logs in and checks the outcome.
func (v *visitor) run(inputs map[string]string, given consent.Given, want flow.Outcome) {
	v.t.Helper()
	result, err := v.pack.Authenticate(context.WithoutCancel(v.t.Context()), plugins.Job{
		Network: wifi.Network{SSID: "Guest"}, Evidence: v.evidence, Consent: func() consent.Given { return given },
		Open: func(hosts, shared []string) (*portal.Session, error) {
			config := plugins.SessionConfig(v.evidence)
			config.Transport, config.Hosts, config.Shared = v.hotspot.Transport(), hosts, shared
			config.Permission = func() portal.Permission { return plugins.Permission(given) }
			return portal.New(config)
		},
		Inputs: func(name string) (portal.Value, bool, error) {
			value, ok := inputs[name]
			return portal.Plain(value), ok, nil
		},
	})
	if err != nil || result.Outcome != want {
		v.t.Errorf("%v at %s: %s, %v; want %v", result.Outcome, result.Step, result.Reason, err, want)
	}
}
