package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hotspot-helper/configs"
)

// writePack makes the smallest pack.
func writePack(t *testing.T, dir, name string) {
	t.Helper()
	const flow = "format = 1\nhosts = [\"cafe.test\"]\n[[step]]\nopen = \"https://cafe.test/\"\n"
	pack := "format = 1\nname = \"" + name + "\"\nversion = \"1.0.0\"\nlabel = \"Cafe\"\n[[claim]]\nssid = [\"Cafe\"]\nconfidence = \"low\"\n"
	at := filepath.Join(dir, name)
	if err := errors.Join(
		os.MkdirAll(at, 0o755),
		os.WriteFile(filepath.Join(at, "pack.toml"), []byte(pack), 0o644),
		os.WriteFile(filepath.Join(at, "authenticate.toml"), []byte(flow), 0o644),
	); err != nil {
		t.Fatal(err)
	}
}

// A pack that others could have written does not count, and neither does what is no file. The
// other packs do.
func TestPacksOfOthers(t *testing.T) {
	dir, open := t.TempDir(), t.TempDir()
	writePack(t, dir, "own")
	writePack(t, dir, "writable")
	writePack(t, dir, "inside")
	writePack(t, dir, "pipe")
	writePack(t, dir, "list")
	writePack(t, open, "anyone")
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	if err := errors.Join(
		os.Chmod(at("writable"), 0o777),
		os.Chmod(at("inside", "authenticate.toml"), 0o666),
		os.Remove(at("pipe", "pack.toml")),
		syscall.Mkfifo(at("pipe", "pack.toml"), 0o644),
		os.Remove(at("list", "authenticate.toml")),
		os.Symlink("/dev/zero", at("list", "authenticate.toml")),
		os.Chmod(open, 0o777),
	); err != nil {
		t.Fatal(err)
	}
	for _, system := range []bool{false, true} {
		env := Env{Getenv: func(string) string { return "" }, System: system}
		library, err := env.LoadLibrary(configs.Config{Packs: []string{dir, open}})
		var loaded []string
		for _, p := range library.Packs() {
			if p.Origin != BuiltinOrigin {
				loaded = append(loaded, p.Name())
			}
		}
		if strings.Join(loaded, " ") != "own" {
			t.Errorf("system %t: loaded %q, %v", system, loaded, err)
		}
		for _, want := range []string{"/writable: others could have written it", "inside/authenticate.toml: others", "pipe/pack.toml: not a regular file", "list/authenticate.toml: not a regular file", open + ": open .: others"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("system %t: %q is missing in %v", system, want, err)
			}
		}
	}
}
