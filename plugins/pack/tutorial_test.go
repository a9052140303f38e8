package pack

import (
	"os"
	"regexp"
	"testing"
	"testing/fstest"

	"hotspot-helper/claims"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// A reader can copy the pack of the tutorial.
func TestTutorialPackIsRight(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/pack-format.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) < 2 {
		t.Fatalf("%d blocks of TOML, want pack.toml and authenticate.toml first", len(blocks))
	}
	pack, err := Load(fstest.MapFS{
		"cafe-lumen/pack.toml":         {Data: blocks[0][1]},
		"cafe-lumen/authenticate.toml": {Data: blocks[1][1]},
	}, "cafe-lumen", "docs")
	if err != nil {
		t.Fatal(err)
	}
	page := regexp.MustCompile("(?s)```html\n(.*?)```").FindSubmatch(text)
	evidence := &probe.Evidence{Verdict: probe.VerdictPortal, Hops: []probe.Hop{{URL: "https://login.cafe.test/", Status: 200, Body: string(page[1])}}}
	if claim := pack.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "Cafe Lumen"}, evidence)); claim.Confidence != claims.High {
		t.Errorf("the tutorial's portal is claimed with %v: %s", claim.Confidence, claim.Reason)
	}
}
