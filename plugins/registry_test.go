package plugins_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

func named(t testing.TB, name, ssid string) *pack.Pack {
	t.Helper()
	flow := []byte("format = 1\nhosts = [\"h.test\"]\n[[step]]\nid = \"a\"\nopen = \"http://h.test/\"\n")
	loaded, err := pack.Load(fstest.MapFS{
		name + "/pack.toml":         {Data: fmt.Appendf(nil, "format = 1\nname = %q\nversion = \"1.0.0\"\nlabel = %q\n[[claim]]\nconfidence = \"low\"\nssid = [%q]\n", name, name, ssid)},
		name + "/authenticate.toml": {Data: flow},
	}, name, "test")
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	users := named(t, "a", "Other")
	r := plugins.NewRegistry([]plugins.Entry{
		{Helper: named(t, "a", "Cafe")},
		{Helper: named(t, "b", "Cafe"), Priority: 3},
		{Helper: named(t, "c", "Cafe"), Disabled: true},
		{Helper: builtin.ClickThrough{}},
		{Helper: users},
	})
	if len(r.Entries()) != 4 {
		t.Errorf("%d entries, want 4: the later a replaces the first", len(r.Entries()))
	}
	if got, err := r.Helper("a"); err != nil || got != plugins.Helper(users) {
		t.Errorf("helper a: %v, %v", got, err)
	}
	for _, name := range []string{"c", "unknown"} {
		if _, err := r.Helper(name); err == nil {
			t.Errorf("helper %s is found", name)
		}
	}
	want := []string{"a none", "b low 3", "c none", "click-through none"}
	var got []string
	for _, c := range r.Explain(t.Context(), claims.NewFacts(wifi.Network{SSID: "Cafe"}, nil)) {
		text := c.Helper + " " + c.Confidence.String()
		if c.Confidence > claims.None {
			text += fmt.Sprint(" ", c.Priority)
		} else if c.Reason == "" {
			t.Errorf("%s gives no reason", c.Helper)
		}
		got = append(got, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if made := r.ClaimScanned(t.Context(), wifi.Network{SSID: "Cafe"}); len(made) != 1 || made[0].Helper != "b" {
		t.Errorf("scanned: %+v", made)
	}
}

// BenchmarkClaimScanned offers a scan of 1,000 networks to 200 packs, of which every
// tenth has a glob instead of an exact name.
func BenchmarkClaimScanned(b *testing.B) {
	var entries []plugins.Entry
	for i := range 200 {
		ssid := fmt.Sprintf("Operator %d", i)
		if i%10 == 0 {
			ssid += "-*"
		}
		entries = append(entries, plugins.Entry{Helper: named(b, fmt.Sprintf("pack-%d", i), ssid)})
	}
	r := plugins.NewRegistry(entries)
	networks := make([]wifi.Network, 1000)
	for i := range networks {
		networks[i] = wifi.Network{SSID: wifi.SSID(fmt.Sprintf("Operator %d", i)), BSSs: []wifi.BSS{{BSSID: wifi.BSSID{byte(i)}}}}
	}
	b.ReportAllocs()
	for b.Loop() {
		claimed := 0
		for _, n := range networks {
			claimed += len(r.ClaimScanned(b.Context(), n))
		}
		if claimed != 180 {
			b.Fatalf("%d claims, want 180", claimed)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/network")
}

// BenchmarkExplain is the peer of BenchmarkClaimScanned: it asks every helper about every
// network.
func BenchmarkExplain(b *testing.B) {
	var entries []plugins.Entry
	for i := range 200 {
		entries = append(entries, plugins.Entry{Helper: named(b, fmt.Sprintf("pack-%d", i), fmt.Sprintf("Operator %d", i))})
	}
	r := plugins.NewRegistry(entries)
	b.ReportAllocs()
	for b.Loop() {
		for i := range 1000 {
			r.Explain(b.Context(), claims.NewFacts(wifi.Network{SSID: wifi.SSID(fmt.Sprintf("Operator %d", i))}, nil))
		}
	}
}

// computed is a helper without rules.
type computed struct {
	plugins.Helper

	name  string
	claim func(context.Context) claims.Confidence
}

func (h computed) Name() string { return h.name }

func (h computed) Claim(ctx context.Context, _ *claims.Facts) claims.Claim {
	return claims.Claim{Helper: h.name, Confidence: h.claim(ctx)}
}

// A pack whose claims take all their time delays no other pack.
func TestCostlyClaims(t *testing.T) {
	t.Parallel()
	file := func(name, claim string) *fstest.MapFile {
		return &fstest.MapFile{Data: fmt.Appendf(nil, "format = 1\nname = %q\nversion = \"1.0.0\"\nlabel = \"x\"\n[[claim]]\nconfidence = \"high\"\n%s\n", name, claim)}
	}
	flow := &fstest.MapFile{Data: []byte("format = 1\nhosts = ['h.test']\n[[step]]\nid = 'a'\nopen = 'http://h.test/'\n")}
	dir := fstest.MapFS{
		"a/pack.toml": file("a", "portal_path = ["+strings.Repeat("'/^[^Z]*(a?b?c?d?){95}Q$/',", 60)+"]"), "a/authenticate.toml": flow,
		"b/pack.toml": file("b", "portal_host = ['login.cafe.test']"), "b/authenticate.toml": flow,
	}
	packs, err := pack.LoadAll(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	var entries []plugins.Entry
	for _, p := range packs {
		entries = append(entries, plugins.Entry{Helper: p})
	}
	address := "http://login.cafe.test/" + strings.Repeat("abcd", 2000)
	seen := &probe.Evidence{Verdict: probe.VerdictPortal, PortalURL: address, Hops: []probe.Hop{{URL: address, Status: 200, Body: "<form></form>"}}}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Second) // as the agent
	defer stop()
	made := plugins.NewRegistry(entries).Explain(ctx, claims.NewFacts(wifi.Network{SSID: "Cafe"}, seen))
	if len(made) != 2 || made[1].Confidence != claims.High || !made[0].IsUndecided() {
		t.Errorf("%+v", made)
	}
}

// A helper that answers too late declines, and does not delay others.
func TestLateHelpers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		defer close(never)
		after := func(wait time.Duration) func(context.Context) claims.Confidence {
			return func(context.Context) claims.Confidence {
				time.Sleep(wait)
				return claims.High
			}
		}
		r := plugins.NewRegistry([]plugins.Entry{
			{Helper: computed{name: "stuck", claim: func(context.Context) claims.Confidence {
				<-never
				return claims.High
			}}, Priority: 7},
			{Helper: computed{name: "prompt", claim: after(0)}},
			{Helper: computed{name: "slow", claim: after(1900 * time.Millisecond)}},
			{Helper: named(t, "by-name", "Cafe")},
			{Helper: computed{name: "no", claim: func(context.Context) claims.Confidence { return claims.None }}},
		})
		cafe := wifi.Network{SSID: "Cafe"}
		all := []string{"by-name low", "no none", "prompt high", "slow high", "stuck none: no answer in time"}
		made := slices.Delete(slices.Clone(all), 1, 2)
		for _, test := range []struct {
			name string
			ask  func(context.Context) []claims.Claim
			want []string
		}{
			{"scanned", func(ctx context.Context) []claims.Claim { return r.ClaimScanned(ctx, cafe) }, made},
			{"joined", func(ctx context.Context) []claims.Claim {
				return r.Claims(ctx, claims.NewFacts(cafe, &probe.Evidence{Verdict: probe.VerdictPortal}))
			}, made},
			{"explained", func(ctx context.Context) []claims.Claim { return r.Explain(ctx, claims.NewFacts(cafe, nil)) }, all},
		} {
			ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
			start := time.Now()
			var got []string
			for _, c := range test.ask(ctx) {
				text := c.Helper + " " + c.Confidence.String()
				if c.Reason != "" {
					text += ": " + c.Reason
				}
				got = append(got, text)
			}
			stop()
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s: %s", test.name, diff)
			}
			if took := time.Since(start); took != 2*time.Second {
				t.Errorf("%s took %v, want the 2 s of the context", test.name, took)
			}
		}
	})
}
