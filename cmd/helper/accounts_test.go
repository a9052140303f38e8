package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The accounts in docs/helpers.md have no mistakes, and their helpers exist.
func TestDocumentedAccounts(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "helpers.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Fatal("docs/helpers.md shows no account")
	}
	helpers := 0
	for _, block := range blocks {
		file := filepath.Join(t.TempDir(), "helper.toml")
		if err := os.WriteFile(file, block[1], 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := invoke(t, "claim", "Work Guest", "--all", "--config", file)
		if code != exitNoClaim || stderr != "" {
			t.Errorf("exit %d, %s%s", code, stdout, stderr)
		}
		for _, helper := range regexp.MustCompile(`(?m)^\[helper\.(.+)\]`).FindAllSubmatch(block[1], -1) {
			helpers++
			if !strings.Contains(stdout, string(helper[1])) {
				t.Errorf("no helper %s: %s", helper[1], stdout)
			}
		}
	}
	if helpers < 2 {
		t.Errorf("docs/helpers.md shows %d accounts", helpers)
	}
}
