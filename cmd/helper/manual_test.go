package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// manual reads docs/pack-format.md.
func manual(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "pack-format.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks returns the blocks of TOML in the manual that name a file in their first line,
// by that name.
func blocks(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, block := range regexp.MustCompile("(?s)```toml\n(# (\\S+\\.toml)\n.*?)```").FindAllStringSubmatch(manual(t), -1) {
		if found[block[2]] == "" {
			found[block[2]] = block[1]
		}
	}
	return found
}

// writeManualPack writes the pack that the manual's first part makes.
func writeManualPack(t *testing.T, dir string) {
	t.Helper()
	files := blocks(t)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pack.toml", "authenticate.toml", "logoff.toml"} {
		if files[name] == "" {
			t.Fatalf("the manual has no %s", name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(files[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
