package consent_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
)

// What was given to the helper of one maker does not count for that of another, regardless
// of the name.
func TestGivenToOneMaker(t *testing.T) {
	b := newStore(t)
	shipped := unprotected("mikrotik", "Cafe")
	shipped.Maker = maker.Program
	agreed := terms("mikrotik", nil, consent.Always)
	agreed.Maker, agreed.Texts = maker.Program, []string{consent.Digest("the old terms")}
	give(t, b, shipped, agreed)
	foreign := maker.ID{Helper: "mikrotik", Maker: "RWQxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}
	for _, id := range []maker.ID{foreign, {Helper: "mikrotik", Maker: maker.User}, {Helper: "mikrotik"}} {
		if given, err := b.Given(id, open("Cafe")); err != nil || !cmp.Equal(given, consent.Given{}) {
			t.Errorf("%+v got %+v, %v", id, given, err)
		}
	}
	given, err := b.Given(maker.ID{Helper: "mikrotik", Maker: maker.Program}, open("Cafe"))
	if err != nil || !given.Cleartext || given.SharedHosts || given.Accepts("the old terms") != consent.Always || given.Accepts("other terms") != consent.Ask {
		t.Errorf("%+v, %v", given, err)
	}
}

// Records of older versions count only once it is decided whose they are. Consent to clear
// text then covers shared hosts, as it did when it was given.
func TestAdopt(t *testing.T) {
	b := newStore(t)
	old := `{"version": 1, "consents": [
	  {"helper": "a", "kind": "cleartext", "network": "Cafe", "answer": "always", "time": "2026-01-02T03:04:05Z"},
	  {"helper": "a", "kind": "terms", "answer": "always", "time": "2026-01-02T03:04:05Z"},
	  {"helper": "b", "kind": "terms", "answer": "never", "time": "2026-01-02T03:04:05Z"}]}`
	if err := os.MkdirAll(filepath.Dir(b.File), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.File, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, m := range []maker.Maker{"", maker.User, maker.Program} {
		if given, err := b.Given(maker.ID{Helper: "a", Maker: m}, open("Cafe")); err != nil || !cmp.Equal(given, consent.Given{}) {
			t.Errorf("before, for %q: %+v, %v", m, given, err)
		}
	}
	owner := func(helper string) (maker.Maker, []string) {
		return map[string]maker.Maker{"a": maker.Program, "b": maker.User}[helper], []string{consent.Digest("terms of " + helper)}
	}
	if adopted, err := b.Adopt(owner); err != nil || len(adopted) != 4 {
		t.Errorf("adopted %+v, %v", adopted, err)
	}
	given, err := b.Given(maker.ID{Helper: "a", Maker: maker.Program}, open("Cafe"))
	want := consent.Given{Terms: consent.Always, Texts: []string{consent.Digest("terms of a")}, ByName: true} // the network is not known by more than its name
	if diff := cmp.Diff(want, given); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if given, err := b.Given(maker.ID{Helper: "b", Maker: maker.User}, open("Cafe")); err != nil || given.Terms != consent.Never {
		t.Errorf("%+v, %v", given, err)
	}
	// A new consent to cleartext covers only what it says.
	late := unprotected("b", "Cafe")
	give(t, b, late)
	if given, err := b.Given(maker.ID{Helper: "b", Maker: maker.User}, open("Cafe")); err != nil || !given.Cleartext || given.SharedHosts {
		t.Errorf("%+v, %v", given, err)
	}
	if adopted, err := b.Adopt(owner); err != nil || len(adopted) != 0 {
		t.Errorf("adopted again: %+v, %v", adopted, err)
	}
}
