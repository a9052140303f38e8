package plugins_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/plugins/pack"
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
	for _, name := range []string{"c", "nobody"} {
		if _, err := r.Helper(name); err == nil {
			t.Errorf("helper %s is found", name)
		}
	}
	want := []string{"a none", "b low 3", "c none", "click-through none"}
	var got []string
	for _, c := range r.Claims(claims.NewFacts(wifi.Network{SSID: "Cafe"}, nil)) {
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
	if heard := r.Heard(wifi.Network{SSID: "Cafe"}); len(heard) != 1 || heard[0].Helper != "b" {
		t.Errorf("heard: %+v", heard)
	}
}

// BenchmarkHeard offers a scan of 1,000 networks to 200 packs, of which every
// tenth has a glob instead of an exact name.
func BenchmarkHeard(b *testing.B) {
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
			claimed += len(r.Heard(n))
		}
		if claimed != 180 {
			b.Fatalf("%d claims, want 180", claimed)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/network")
}

// BenchmarkClaims is the same with every helper asked about every network, as
// when a claim is explained: the peer of BenchmarkHeard.
func BenchmarkClaims(b *testing.B) {
	var entries []plugins.Entry
	for i := range 200 {
		entries = append(entries, plugins.Entry{Helper: named(b, fmt.Sprintf("pack-%d", i), fmt.Sprintf("Operator %d", i))})
	}
	r := plugins.NewRegistry(entries)
	b.ReportAllocs()
	for b.Loop() {
		for i := range 1000 {
			r.Claims(claims.NewFacts(wifi.Network{SSID: wifi.SSID(fmt.Sprintf("Operator %d", i))}, nil))
		}
	}
}
