package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hotspot-helper/configs"
)

// The accounts that the page shows are right, and their helpers are there.
func TestDocumentedAccounts(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "helpers.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Fatal("docs/helpers.md shows no account")
	}
	for _, block := range blocks {
		file := filepath.Join(t.TempDir(), "helper.toml")
		if err := os.WriteFile(file, block[1], 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := invoke(t, "claim", "Work Guest", "--config", file)
		if code != exitNoClaim || stderr != "" || !strings.Contains(stdout, "wispr-telco") {
			t.Errorf("exit %d, %s%s", code, stdout, stderr)
		}
	}
}

// Every built-in helper stands in the page, and every mistake in an account's hosts is told.
func TestBuiltins(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "helpers.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, helper := range builtins(configs.Config{}) {
		if !strings.Contains(string(text), "| `"+helper.Name()+"`") {
			t.Errorf("docs/helpers.md does not list %s", helper.Name())
		}
	}
	for _, test := range []struct {
		name  string
		hosts []string
		want  string // "": right
	}{
		{"wispr", nil, ""},
		{"wispr", []string{"a.test"}, ""},
		{"wispr-op", []string{"*.op.example"}, ""},
		{"wispr-op", nil, "read configuration: helper.wispr-op.hosts: is missing: where the account's password may go"},
		{"opennds", nil, ""},
		{"opennds", []string{"a.test"}, "read configuration: helper.opennds.hosts: only helpers of WISPr accounts have hosts"},
		{"wispr", []string{"*.com"}, "anyone may own a name below it"},
	} {
		err := checkHosts(test.name, test.hosts)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s with %q: %v", test.name, test.hosts, err)
		}
	}
}
