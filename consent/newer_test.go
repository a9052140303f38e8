package consent_test

import (
	"encoding/json"
	"os"
	"testing"

	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/wifi"
)

// The newer answer for the name of a network counts, also in a file where an older version kept both.
func TestTheNewerAnswerForANameCounts(t *testing.T) {
	cafe, locked := open("Cafe"), wifi.Identity{SSID: "Cafe", Security: wifi.SecurityPersonal}
	id := maker.ID{Helper: "a", Maker: maker.User}
	record := func(kind consent.Kind, n *wifi.Identity, answer consent.Answer) consent.Record {
		return consent.Record{Helper: id.Helper, Maker: id.Maker, Kind: kind, Network: &cafe.SSID, Identity: n, Answer: answer}
	}
	agreed := func(t *testing.T, b consent.Store, n wifi.Identity) (terms consent.Answer, secrets bool) {
		t.Helper()
		given, err := b.Given(id, n)
		if err != nil {
			t.Fatal(err)
		}
		return given.Terms, given.Cleartext || given.SharedHosts
	}
	for _, answer := range []consent.Answer{consent.Never, consent.Ask} {
		b := newStore(t)
		for _, kind := range []consent.Kind{consent.KindTerms, consent.KindCleartext, consent.KindSharedHost} {
			give(t, b, record(kind, &cafe, consent.Always))
			give(t, b, record(kind, &locked, consent.Always))
			if kind == consent.KindTerms { // of every network
				give(t, b, consent.Record{Helper: id.Helper, Maker: id.Maker, Kind: kind, Answer: consent.Always})
			}
			give(t, b, record(kind, nil, answer))
		}
		for _, n := range []wifi.Identity{cafe, locked} {
			if terms, secrets := agreed(t, b, n); terms != answer || secrets {
				t.Errorf("%v after always, on %s: %v, secrets %t", answer, n, terms, secrets)
			}
		}
		give(t, b, record(consent.KindTerms, &cafe, consent.Always))
		if terms, _ := agreed(t, b, cafe); terms != consent.Always {
			t.Errorf("always after %v: %v", answer, terms)
		}
		both, err := json.Marshal(map[string]any{"version": 1, "consents": []consent.Record{
			record(consent.KindTerms, &cafe, consent.Always), record(consent.KindTerms, nil, answer),
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.File, both, 0o600); err != nil {
			t.Fatal(err)
		}
		if terms, _ := agreed(t, b, cafe); terms != answer {
			t.Errorf("%v beside always: %v", answer, terms)
		}
	}
}
