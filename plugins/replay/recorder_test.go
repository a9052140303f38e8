package replay_test

import (
	"context"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/wifi"
)

// secret is an input. No case contains it.
const secret = "swordfish & <chips>"

// client is the client's own address.
const client = "10.23.42.99"

// visit is one client on one simulated hotspot.
type visit struct {
	hotspot *portaltest.Hotspot
	pack    *pack.Pack
	job     plugins.Job
}

func join(t *testing.T, kind portaltest.Kind, inputs map[string]portal.Value) *visit {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	hotspot := portaltest.New(portaltest.Options{
		Seed: 7, Kind: kind, User: "ada lovelace", PIN: secret, Internet: probetest.Internet(), Authority: authority,
	})
	files, err := hotspot.Pack("cafe", "Cafe")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(files, "cafe", "test")
	if kind == portaltest.KindOpenNDS {
		p, err = pack.Load(packs.FS(), "opennds", "built-in")
	}
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{hotspot: hotspot, pack: p, job: plugins.Job{
		Network:  wifi.Network{SSID: "Cafe", BSSs: []wifi.BSS{{BSSID: wifi.BSSID{0xac, 0x16, 0x2d, 1, 2, 3}, Security: wifi.SecurityOpen}}},
		Consent:  func() consent.Given { return consent.Given{Terms: consent.Always} },
		Evidence: look(t, hotspot),
		Inputs: func(name string) (portal.Value, bool, error) {
			value, ok := inputs[name]
			return value, ok, nil
		},
	}}
	if v.job.Evidence.Verdict != probe.VerdictPortal {
		t.Fatalf("verdict %v", v.job.Evidence.Verdict)
	}
	return v
}

func look(t *testing.T, hotspot *portaltest.Hotspot) probe.Evidence {
	t.Helper()
	prober := probe.Prober{Transport: func(probe.Family) http.RoundTripper { return hotspot.Transport() }}
	return prober.Probe(t.Context(), probe.Link{
		Interface: "wlan0", Index: 1, Carrier: true,
		Addresses: []netip.Prefix{netip.MustParsePrefix(client + "/24")}, Gateways: []netip.Addr{hotspot.Gateway()},
	})
}

// login logs in through the recorder.
func (v *visit) login(t *testing.T, r *replay.Recorder) (flow.Result, error) {
	t.Helper()
	return v.loginOver(t, r, v.hotspot.Transport())
}

// loginOver logs in through the recorder, over a transport.
func (v *visit) loginOver(t *testing.T, r *replay.Recorder, over http.RoundTripper) (flow.Result, error) {
	t.Helper()
	r.Transport = over
	v.job.Open = func(hosts, shared []string) (*portal.Session, error) {
		config := plugins.SessionConfig(v.job.Evidence)
		config.Hosts, config.Shared, config.Transport = hosts, shared, r
		config.Permission = func() portal.Permission { return portal.Permission{Cleartext: true, SharedHosts: true} }
		return portal.New(config)
	}
	return v.pack.Authenticate(t.Context(), r.Record(v.job))
}

// written writes a case and loads it again.
func written(t *testing.T, c *replay.Case) (*replay.Case, string) {
	t.Helper()
	dir := t.TempDir()
	if err := c.Write(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := replay.Load(os.DirFS(dir), c.Name, dir)
	if err != nil {
		t.Fatal(err)
	}
	return loaded, dir
}

// contents returns the text of all files below a directory.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		all.WriteString(name + "\n" + string(data) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestRecorded(t *testing.T) {
	t.Parallel()
	right := map[string]portal.Value{"user": portal.Plain("ada lovelace"), "pin": portal.Secret(secret)}
	wrong := map[string]portal.Value{"user": portal.Plain("ada lovelace"), "pin": portal.Secret("mistyped 27")}
	for _, test := range []struct {
		name      string
		kind      portaltest.Kind
		inputs    map[string]portal.Value
		simulated bool
		want      flow.Outcome
	}{
		{"right", portaltest.KindCredentials, right, false, flow.Submitted},
		{"wrong", portaltest.KindCredentials, wrong, false, flow.Denied},
		{"right, simulated", portaltest.KindCredentials, right, true, flow.Submitted},
		{"opennds", portaltest.KindOpenNDS, nil, false, flow.Submitted},
		{"opennds, simulated", portaltest.KindOpenNDS, nil, true, flow.Submitted},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := join(t, test.kind, test.inputs)
			recorder := &replay.Recorder{Simulated: test.simulated}
			live, err := v.login(t, recorder)
			if err != nil || live.Outcome != test.want {
				t.Fatalf("%v, %v", live, err)
			}
			recorded, err := recorder.Case(t.Context(), "case", plugins.FlowAuthenticate, "as it was")
			if err != nil {
				t.Fatal(err)
			}
			c, dir := written(t, recorded)
			outcome := c.Run(context.Background(), v.pack)
			if outcome.Mismatch != nil {
				t.Error(outcome.Mismatch)
			}
			if diff := cmp.Diff([]any{live.Outcome, live.Step}, []any{outcome.Outcome, outcome.Step}); diff != "" {
				t.Errorf("the replay ends differently: %s\n%s", diff, outcome.Trace)
			}
			if strings.Contains(outcome.Trace, "never asked") {
				t.Errorf("recorded answers were not used:\n%s", outcome.Trace)
			}
			if c.Network.SSID != "Cafe" || outcome.Claim.Confidence == 0 {
				t.Errorf("network %v, claim %v", c.Network, outcome.Claim)
			}
			if !test.simulated {
				private(t, contents(t, dir), test.inputs)
			}
		})
	}
}

// hardware is a hardware address that is not made up.
var hardware = regexp.MustCompile(`(?i)\b(?:[0-9a-f]{2}(?::|-|%3a|%2d)){5}[0-9a-f]{2}\b`)

// private checks that a text does not identify the user.
func private(t *testing.T, text string, inputs map[string]portal.Value) {
	t.Helper()
	for name, value := range inputs {
		if strings.Contains(text, value.Reveal()) {
			t.Errorf("input %s leaked", name)
		}
	}
	for _, part := range []string{"swordfish", "chips", "lovelace", "mistyped", client} {
		if strings.Contains(text, part) {
			t.Errorf("%q leaked", part)
		}
	}
	for _, found := range hardware.FindAllString(text, -1) {
		if !strings.HasPrefix(strings.ToLower(found), "02") || !strings.Contains(found, "00") {
			t.Errorf("a hardware address leaked: %s", found)
		}
	}
}
