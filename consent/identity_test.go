package consent_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/wifi"
)

// Consent that was given on one network holds on no other of the same name, at no other
// gateway, and on none of which something is not known.
func TestConsentIsForOneIdentity(t *testing.T) {
	gateway := func(mac string) wifi.Identity { return wifi.Identity{Wire: "ether", Gateway: mac} }
	b := newStore(t)
	cafe, wire := wifi.Identity{SSID: "Cafe", Security: wifi.SecurityPersonal}, gateway("02:00:00:00:00:01")
	for _, n := range []wifi.Identity{cafe, wire} {
		give(t, b, consent.Record{Helper: "a", Maker: maker.User, Kind: consent.KindCleartext, Network: &n.SSID, Identity: &n, Answer: consent.Always})
	}
	for _, n := range []wifi.Identity{cafe, wire} {
		if got, err := b.Given(maker.ID{Helper: "a", Maker: maker.User}, n); err != nil || !got.Cleartext {
			t.Errorf("on %s: %+v, %v", n, got, err)
		}
	}
	for _, n := range []wifi.Identity{
		open("Cafe"),
		{SSID: "Cafe"},
		{SSID: "Cafe", Wire: "ether", Gateway: "02:00:00:00:00:01"},
		{},
		gateway("02:00:00:00:00:02"), gateway(""),
		{Wire: "cellular", Gateway: "02:00:00:00:00:01"},
		{Wire: "cellular"},
	} {
		if got, err := b.Given(maker.ID{Helper: "a", Maker: maker.User}, n); err != nil || got.Cleartext {
			t.Errorf("on %s: %+v, %v", n, got, err)
		}
	}
	for name, r := range map[string]consent.Record{
		"of another name": {Network: on("Bar"), Identity: &cafe},
		"of no network":   {Identity: &cafe},
		"of a modem":      {Network: on(""), Identity: &wifi.Identity{Wire: "cellular"}},
		"not complete":    {Network: on("Cafe"), Identity: &wifi.Identity{SSID: "Cafe"}},
	} {
		r.Helper, r.Maker, r.Kind, r.Answer = "a", maker.User, consent.KindTerms, consent.Always
		if err := b.Give(r); err == nil {
			t.Errorf("an identity %s is recorded", name)
		}
	}
}

// A record of an earlier version knows the network by its name alone. It stays in the file;
// a refusal counts, an agreement does not until it is given again.
func TestConsentByNameAlone(t *testing.T) {
	b := consent.Store{File: filepath.Join(t.TempDir(), "consents.json")}
	old := `{"version": 1, "consents": [
		{"helper": "a", "maker": "user", "kind": "cleartext", "network": "Cafe", "answer": "always", "time": "2026-01-02T03:04:05Z"},
		{"helper": "a", "maker": "user", "kind": "terms", "network": "", "answer": "always", "time": "2026-01-02T03:04:05Z"},
		{"helper": "a", "maker": "user", "kind": "terms", "network": "Cafe", "answer": "never", "time": "2026-01-02T03:04:05Z"}]}`
	if err := os.WriteFile(b.File, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(n wifi.Identity, want consent.Given) {
		t.Helper()
		got, err := b.Given(maker.ID{Helper: "a", Maker: maker.User}, n)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("on %s: %v %s", n, err, diff)
		}
	}
	check(open("Cafe"), consent.Given{Terms: consent.Never, ByName: true})
	check(wifi.Identity{Wire: "ether", Gateway: "02:00:00:00:00:01"}, consent.Given{ByName: true})
	give(t, b, unprotected("a", "Cafe"))
	check(open("Cafe"), consent.Given{Terms: consent.Never, Cleartext: true})
	check(wifi.Identity{SSID: "Cafe", Security: wifi.SecurityPersonal}, consent.Given{Terms: consent.Never})
	if records, err := b.Records(); err != nil || len(records) != 3 {
		t.Errorf("%d records, %v", len(records), err)
	}
}
