package pack

import (
	"testing"
	"testing/fstest"
)

// FuzzLoad checks that any files are a pack or have mistakes, and that a pack describes itself.
func FuzzLoad(f *testing.F) {
	seed := pack()
	f.Add(seed["cafe/pack.toml"].Data, seed["cafe/authenticate.toml"].Data, []byte("Cafe\nHall\n"))
	f.Fuzz(func(t *testing.T, claims, flow, list []byte) {
		dir := fstest.MapFS{
			"cafe/pack.toml": {Data: claims}, "cafe/authenticate.toml": {Data: flow}, "cafe/maintain.toml": {Data: flow}, "cafe/list": {Data: list},
		}
		loaded, err := Load(dir, "cafe", "test")
		if err != nil {
			return
		}
		if _, err := loaded.Flows(); err != nil || loaded.Name() != "cafe" {
			t.Errorf("%q: %v", loaded.Name(), err)
		}
		if _, err := ReadClaims(dir, "cafe"); err != nil {
			t.Error(err)
		}
	})
}
