package trust_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/trust"
)

// flowMore talks to a host more than flowText.
const flowMore = `format = 1
hosts = ["login.cafe.test", "more.test"]
[[step]]
id = "landing"
open = "{{.probe.url}}"
`

// archiveMore is a version that wants more.
func archiveMore(t *testing.T, version string) *archive.Archive {
	t.Helper()
	files := packFS("cafe", version)
	files["cafe/authenticate.toml"].Data = []byte(flowMore)
	return readArchive(t, files, "cafe")
}

// The pack of another maker is compared with the pack that it replaces, in an installation as
// in a directory under a running program. What was accepted of its own maker comes first.
func TestGrowthAcrossMakers(t *testing.T) {
	vendor, heir := newMaker(t), newMaker(t)
	for _, test := range []struct {
		name   string
		before trust.Request
		known  bool // what the second maker's pack wants was accepted once
	}{
		{"signed before", vendor.request(t, "cafe", "1.0.0"), false},
		{"unsigned before", trust.Request{Archive: newArchive(t, "cafe", "1.0.0"), Now: day()}, false},
		{"same maker before", heir.request(t, "cafe", "1.0.0"), false},
		{"accepted before", vendor.request(t, "cafe", "1.0.0"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			update := trust.Request{Archive: archiveMore(t, "1.1.0"), Key: &heir.public, AcceptKey: true, Downgrade: true, Now: day()}
			signature := sign(t, update.Archive, heir.private)
			update.Signature = &signature
			place := newPlace(t)
			if test.known {
				first := update
				first.AcceptMore = true
				if _, err := place.Install(first); err != nil {
					t.Fatal(err)
				}
			}
			test.before.AcceptKey, test.before.Downgrade = true, true
			if _, err := place.Install(test.before); err != nil {
				t.Fatal(err)
			}
			before, err := pack.Load(os.DirFS(place.Dir), "cafe", place.Dir)
			if err != nil {
				t.Fatal(err)
			}
			_, err = place.Install(update)
			if _, growth := errors.AsType[*trust.GrowthError](err); growth == test.known || !growth && err != nil {
				t.Errorf("install: %v", err)
			}

			elsewhere := newPlace(t)
			update.AcceptMore = true
			if _, err := elsewhere.Install(update); err != nil {
				t.Fatal(err)
			}
			after, err := pack.Load(os.DirFS(elsewhere.Dir), "cafe", elsewhere.Dir)
			if err != nil {
				t.Fatal(err)
			}
			flows, err := after.Flows()
			if err != nil {
				t.Fatal(err)
			}
			ring := trust.KnownPacks{}
			if test.known {
				ring.Files = []string{elsewhere.Keys}
			}
			keys := filepath.Join(t.TempDir(), "keys.json")
			_, err = ring.Check(os.DirFS(elsewhere.Dir), keys, pack.Candidate{Name: "cafe", Demands: flows.Demands(), Before: before}, false)
			if _, growth := errors.AsType[*trust.GrowthError](err); growth == test.known || !growth && err != nil {
				t.Errorf("check: %v", err)
			}
		})
	}
}
