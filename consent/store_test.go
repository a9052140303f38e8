package consent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/wifi"
)

func on(ssid wifi.SSID) *wifi.SSID { return &ssid }

// open is the network of that name without encryption.
func open(ssid wifi.SSID) wifi.Identity {
	return wifi.Identity{SSID: ssid, Security: wifi.SecurityOpen}
}

// identified completes a record with the identity of its network.
func identified(r consent.Record) consent.Record {
	if r.Network != nil && *r.Network != "" {
		n := open(*r.Network)
		r.Identity = &n
	}
	return r
}

func newStore(t *testing.T) consent.Store {
	t.Helper()
	return consent.Store{File: filepath.Join(t.TempDir(), "state", "consents.json")}
}

func give(t *testing.T, b consent.Store, records ...consent.Record) {
	t.Helper()
	for _, r := range records {
		if err := b.Give(r); err != nil {
			t.Fatal(err)
		}
	}
}

func terms(helper string, network *wifi.SSID, answer consent.Answer) consent.Record {
	return identified(consent.Record{Helper: helper, Maker: maker.User, Kind: consent.KindTerms, Network: network, Answer: answer})
}

func unprotected(helper string, network wifi.SSID) consent.Record {
	return identified(consent.Record{Helper: helper, Maker: maker.User, Kind: consent.KindCleartext, Network: &network, Answer: consent.Always})
}

// Consent holds for the helper and the network that it was given for, and for no other.
func TestGiven(t *testing.T) {
	b := newStore(t)
	give(t, b,
		terms("a", on("Cafe"), consent.Never),
		terms("a", nil, consent.Always),
		terms("a", on(""), consent.Ask),
		terms("b", on("Cafe"), consent.Always),
		unprotected("a", "Cafe"),
		unprotected("c", "Caf\xe9"),
	)
	for _, test := range []struct {
		helper string
		ssid   wifi.SSID
		want   consent.Given
	}{
		{"a", "Cafe", consent.Given{Terms: consent.Never, Cleartext: true}},
		{"a", "Other", consent.Given{Terms: consent.Always, Texts: []string{}}},
		{"a", "cafe", consent.Given{Terms: consent.Always, Texts: []string{}}},
		{"a", "Cafe ", consent.Given{Terms: consent.Always, Texts: []string{}}},
		{"a", "", consent.Given{}},
		{"b", "Cafe", consent.Given{Terms: consent.Always, Texts: []string{}}},
		{"b", "Other", consent.Given{}},
		{"c", "Caf\xe9", consent.Given{Cleartext: true}},
		{"c", "Café", consent.Given{}},
		{"", "Cafe", consent.Given{}},
	} {
		got, err := b.Given(maker.ID{Helper: test.helper, Maker: maker.User}, open(test.ssid))
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s on %q: %v %s", test.helper, test.ssid, err, diff)
		}
	}
}

func TestRecordsAreReplacedAndRevoked(t *testing.T) {
	b := newStore(t)
	late := terms("a", on("Cafe"), consent.Always)
	late.Time = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	give(t, b, unprotected("b", "Cafe"), terms("a", nil, consent.Never), terms("a", on("Cafe"), consent.Never), late)
	want := []consent.Record{late, terms("a", nil, consent.Never), unprotected("b", "Cafe")}
	got, err := b.Records()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	gone, err := b.Revoke(func(r consent.Record) bool { return r.Helper == "a" })
	if diff := cmp.Diff(want[:2], gone); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if got, err := b.Records(); err != nil || len(got) != 1 {
		t.Errorf("left %+v, %v", got, err)
	}
	info, err := os.Stat(b.File)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// Where nobody is asked to sign in is one network's, of no helper, and agrees to nothing.
func TestMuted(t *testing.T) {
	b := newStore(t)
	cafe := open("Cafe")
	never := consent.Record{Maker: maker.User, Kind: consent.KindSignIn, Network: &cafe.SSID, Identity: &cafe, Answer: consent.Never, Source: consent.SourceNotification}
	give(t, b, never)
	for n, want := range map[wifi.Identity]bool{cafe: true, open("Bar"): false, {SSID: "Cafe", Security: wifi.SecurityPersonal}: false, {}: false} {
		if got, err := b.IsMuted(n); err != nil || got != want {
			t.Errorf("%s: %v, %v", n, got, err)
		}
	}
	if got, err := b.Given(maker.ID{Maker: maker.User}, cafe); err != nil || !cmp.Equal(got, consent.Given{}) {
		t.Errorf("it gives %+v, %v", got, err)
	}
	if records, err := b.Records(); err != nil || len(records) != 1 || records[0].Source != consent.SourceNotification {
		t.Errorf("%+v, %v", records, err)
	}
	for name, change := range map[string]func(*consent.Record){
		"of a helper":    func(r *consent.Record) { r.Helper = "a" },
		"everywhere":     func(r *consent.Record) { r.Network, r.Identity = nil, nil },
		"always":         func(r *consent.Record) { r.Answer = consent.Always },
		"not recognised": func(r *consent.Record) { r.Identity = &wifi.Identity{SSID: "Cafe"} },
	} {
		r := never
		if change(&r); b.Give(r) == nil {
			t.Errorf("an answer is recorded that is %s", name)
		}
	}
	ask := never
	ask.Answer = consent.Ask
	give(t, b, ask)
	if muted, err := b.IsMuted(cafe); err != nil || muted {
		t.Errorf("asked again: %v, %v", muted, err)
	}
}

// Two commands at the same time lose nothing.
func TestGiveTogether(t *testing.T) {
	b := newStore(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if err := b.Give(terms(fmt.Sprint(i), nil, consent.Always)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if records, err := b.Records(); err != nil || len(records) != 20 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// A file with a mistake agrees to nothing, and is not overwritten.
func TestStoreThatCannotBeRead(t *testing.T) {
	for name, test := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"torn":             {`{"version": 1, "conse`, 0o600, "unexpected EOF"},
		"empty":            {"", 0o600, "EOF"},
		"another version":  {`{"version": 2}`, 0o600, "version is 2, want 1"},
		"unknown key":      {`{"version": 1, "consents": [{"helper": "a", "kind": "terms", "answer": "always", "until": 1}]}`, 0o600, `unknown field "until"`},
		"unknown kind":     {`{"version": 1, "consents": [{"helper": "a", "kind": "all", "answer": "always"}]}`, 0o600, `consent 1: kind "all" is none of ["terms" "cleartext" "shared-host" "sign-in"]`},
		"unknown answer":   {`{"version": 1, "consents": [{"helper": "a", "kind": "terms", "answer": "yes"}]}`, 0o600, `parse answer "yes": want one of ["ask" "always" "never"]`},
		"no helper":        {`{"version": 1, "consents": [{"kind": "terms", "answer": "always"}]}`, 0o600, "helper is missing"},
		"cleartext at all": {`{"version": 1, "consents": [{"helper": "a", "kind": "cleartext", "answer": "always"}]}`, 0o600, "consent to cleartext is for one network"},
		"group may write":  {`{"version": 1}`, 0o620, "mode is 0620"},
		"others may read":  {`{"version": 1}`, 0o604, "mode is 0604"},
	} {
		t.Run(name, func(t *testing.T) {
			b := consent.Store{File: filepath.Join(t.TempDir(), "consents.json")}
			if err := os.WriteFile(b.File, []byte(test.content), test.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(b.File, test.mode); err != nil { // regardless of the umask
				t.Fatal(err)
			}
			given, err := b.Given(maker.ID{Helper: "a", Maker: maker.User}, open("Cafe"))
			if err == nil || !strings.HasPrefix(err.Error(), "read consents: ") || !strings.Contains(err.Error(), test.want) || !cmp.Equal(given, consent.Given{}) {
				t.Errorf("%+v, %v; want %q", given, err, test.want)
			}
			if err := b.Give(terms("a", nil, consent.Always)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("give: %v", err)
			}
			if _, err := b.Revoke(func(consent.Record) bool { return true }); err == nil {
				t.Error("revoke: no error")
			}
			if left, err := os.ReadFile(b.File); err != nil || string(left) != test.content {
				t.Errorf("the file was changed: %q, %v", left, err)
			}
		})
	}
}

func TestStoreWithoutFile(t *testing.T) {
	var b consent.Store
	if given, err := b.Given(maker.ID{Helper: "a", Maker: maker.User}, open("Cafe")); err != nil || !cmp.Equal(given, consent.Given{}) {
		t.Errorf("%+v, %v", given, err)
	}
	if err := b.Give(terms("a", nil, consent.Always)); err == nil || !strings.Contains(err.Error(), "there is no state directory") {
		t.Errorf("give: %v", err)
	}
	if err := newStore(t).Give(unprotected("", "Cafe")); err == nil || !strings.Contains(err.Error(), "helper is missing") {
		t.Errorf("give without a helper: %v", err)
	}
}

func FuzzStore(f *testing.F) {
	f.Add([]byte(`{"version": 1, "consents": [{"helper": "a", "kind": "terms", "network": "Caf\\xe9", "answer": "always", "time": "2026-01-02T03:04:05Z"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := consent.Store{File: filepath.Join(t.TempDir(), "consents.json")}
		if err := os.WriteFile(b.File, data, 0o600); err != nil {
			t.Fatal(err)
		}
		records, err := b.Records()
		if err != nil {
			return
		}
		for _, r := range records {
			if _, err := b.Given(maker.ID{Helper: r.Helper, Maker: r.Maker}, open("Cafe")); err != nil || r.Helper == "" {
				t.Errorf("%+v: %v", r, err)
			}
		}
	})
}
