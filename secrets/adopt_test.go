package secrets_test

import (
	"os"
	"strings"
	"testing"

	"hotspot-helper/internal/maker"
	"hotspot-helper/secrets/secretstest"
)

const foreignKey = maker.Maker("RWQxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")

// A secret that was given to one maker's helper is not that of another maker's helper of the
// same name, in the file and in the keyring.
func TestSecretOfOneMaker(t *testing.T) {
	address := newBus(t)
	secretstest.Serve(t, address, &secretstest.Keyring{})
	for _, inFile := range []bool{false, true} {
		s := newStore(t, address)
		set(t, s, "mikrotik", "pass", word, inFile)
		for _, m := range []maker.Maker{foreignKey, maker.Program, ""} {
			if value, ok, err := s.Get(t.Context(), maker.ID{Helper: "mikrotik", Maker: m}, "pass"); value != "" || ok || err != nil {
				t.Errorf("maker %q got %q, %v, %v", m, value, ok, err)
			}
		}
		other := maker.ID{Helper: "mikrotik", Maker: foreignKey}
		if _, err := s.Set(t.Context(), other, "pass", "tuna", inFile); err != nil {
			t.Fatal(err)
		}
		want(t, s, "mikrotik", "pass", word, nil)
		if value, _, err := s.Get(t.Context(), other, "pass"); value != "tuna" || err != nil {
			t.Errorf("the other maker has %q, %v", value, err)
		}
		if _, err := s.Set(t.Context(), maker.ID{Helper: "mikrotik"}, "pass", word, inFile); err == nil {
			t.Error("a secret without a maker is stored")
		}
		if _, ok, err := s.Remove(t.Context(), "mikrotik", "pass"); !ok || err != nil {
			t.Errorf("removed: %v, %v", ok, err)
		}
		want(t, s, "mikrotik", "pass", "", nil)
	}
}

// The secrets of older versions have no maker. They count only once it is decided whose they
// are, and for no one else.
func TestAdopt(t *testing.T) {
	address := newBus(t)
	k := &secretstest.Keyring{}
	secretstest.Serve(t, address, k)
	s := newStore(t, address)
	set(t, s, "cafe", "pin", word, false)
	k.SetAttribute("helper", "cafe") // as an older version stored it
	old := `{"version": 1, "file_chosen": true, "secrets": [
	  {"helper": "cafe", "field": "pin", "place": "keyring", "time": "2026-01-02T03:04:05Z"},
	  {"helper": "bar", "field": "pin", "place": "file", "time": "2026-01-02T03:04:05Z", "value": "4711"}]}`
	if err := os.WriteFile(s.File, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, s, "cafe", "pin", "", nil)
	want(t, s, "bar", "pin", "", nil)
	owner := func(string) maker.Maker { return maker.User }
	if adopted, err := s.Adopt(owner); err != nil || len(adopted) != 2 {
		t.Errorf("adopted %+v, %v", adopted, err)
	}
	want(t, s, "cafe", "pin", word, nil)
	want(t, s, "bar", "pin", "4711", nil)
	for _, helper := range []string{"cafe", "bar"} {
		if value, ok, err := s.Get(t.Context(), maker.ID{Helper: helper, Maker: foreignKey}, "pin"); value != "" || ok || err != nil {
			t.Errorf("another maker got %q, %v, %v", value, ok, err)
		}
	}
	if adopted, err := s.Adopt(owner); err != nil || len(adopted) != 0 {
		t.Errorf("adopted again: %+v, %v", adopted, err)
	}
	// A new value replaces that of the older version.
	set(t, s, "cafe", "pin", "new", false)
	want(t, s, "cafe", "pin", "new", nil)
	if values := k.Values(); len(values) != 1 {
		t.Errorf("the keyring has %v", values)
	}
	if text, err := os.ReadFile(s.File); err != nil || strings.Contains(string(text), `"item"`) {
		t.Errorf("%s, %v", text, err)
	}
}
