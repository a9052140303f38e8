package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// blocks returns the blocks of TOML in the manual by their first line, which is a comment
// with the name of the file and, in the cookbook, of the recipe: "authenticate.toml: json".
func blocks(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, block := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(manual(t), -1) {
		first, _, _ := strings.Cut(block[1], "\n")
		name, named := strings.CutPrefix(first, "# ")
		if _, twice := found[name]; !named || twice {
			t.Errorf("a block of the manual begins with %q, which is no name of its own", first)
		}
		found[name] = block[1]
	}
	return found
}

// writePack writes a directory with files in it.
func writePack(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// writeManualPack writes the pack that the manual's first part makes.
func writeManualPack(t *testing.T, dir string) {
	t.Helper()
	files := blocks(t)
	writePack(t, dir, map[string]string{
		"pack.toml": files["pack.toml"], "authenticate.toml": files["authenticate.toml"], "logoff.toml": files["logoff.toml"],
	})
}

// recipes returns the packs of the cookbook, with the claim that each needs.
func recipes(t *testing.T) map[string]map[string]string {
	t.Helper()
	packs := map[string]map[string]string{}
	for name, text := range blocks(t) {
		file, recipe, ok := strings.Cut(name, ": ")
		if !ok {
			continue
		}
		if packs[recipe] == nil {
			packs[recipe] = map[string]string{
				"pack.toml": "format = 1\nname = 'recipe'\nversion = '1.0.0'\nlabel = 'Recipe'\n[[claim]]\nconfidence = 'low'\nportal_path = ['*']\n",
			}
		}
		packs[recipe][file] = text
	}
	return packs
}

// TestManualLinks checks that the targets of all links in the manual exist.
func TestManualLinks(t *testing.T) {
	t.Parallel()
	text := manual(t)
	anchors := map[string]bool{}
	for _, head := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		anchor := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(head[1]), "")
		anchors[strings.ReplaceAll(anchor, " ", "-")] = true
	}
	for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		anchor, inside := strings.CutPrefix(link[1], "#")
		if strings.Contains(link[1], "://") || inside && anchors[anchor] {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", "..", "docs", link[1])); inside || err != nil {
			t.Errorf("the manual leads to %s", link[1])
		}
	}
}

// TestManualBlocks checks that the packs in the manual have no mistakes.
func TestManualBlocks(t *testing.T) {
	t.Parallel()
	packs := recipes(t)
	if len(packs) < 10 {
		t.Fatalf("the cookbook has %d recipes", len(packs))
	}
	for recipe, files := range packs {
		dir := filepath.Join(t.TempDir(), "recipe")
		writePack(t, dir, files)
		if code, stdout, stderr := invoke(t, "pack", "lint", dir); code != exitOK {
			t.Errorf("%s: %s%s", recipe, stdout, stderr)
		}
	}
}

// TestCookbook runs recipes on their portals.
func TestCookbook(t *testing.T) {
	t.Parallel()
	account := []string{"--input", "user=" + demoUser, "--secret", "pass"}
	packs := recipes(t)
	for _, test := range []struct {
		recipe, kind string
		args         []string
		flow         string // empty: authenticate
		secret       string // empty: the one that is right
		code         int
		want         string // in what is printed
	}{
		{recipe: "click-through", kind: "nodogsplash"},
		{recipe: "account", kind: "pfsense", args: account},
		{recipe: "account", kind: "pfsense", args: account, secret: "1828", code: exitDenied},
		{recipe: "voucher", kind: "pfsense-voucher", args: []string{"--secret", "voucher"}, secret: demoVoucher},
		{recipe: "voucher", kind: "pfsense-voucher", args: []string{"--secret", "voucher"}, secret: "WX7Y-2025", code: exitDenied},
		{recipe: "voucher", kind: "pfsense-voucher", args: account},
		{recipe: "voucher", kind: "pfsense-voucher", code: exitNeedUser},
		{recipe: "challenge", kind: "mikrotik", args: account},
		{recipe: "challenge", kind: "mikrotik", args: account, secret: "1828", code: exitDenied},
		{recipe: "json", kind: "opnsense", args: account},
		{recipe: "json", kind: "opnsense", args: account, secret: "1828", code: exitDenied},
		{recipe: "next URL in a parameter", kind: "cisco-wlc", args: account},
		{recipe: "next URL in a parameter", kind: "cisco-wlc", args: account, secret: "1828", code: exitDenied},
		{recipe: "wispr", kind: "telekom", args: account},
		{recipe: "wispr", kind: "telekom", args: account, secret: "1828", code: exitDenied},
		{recipe: "keepalive", kind: "fortinet", args: account},
		{recipe: "keepalive", kind: "fortinet", args: account, flow: "maintain"},
		{recipe: "two pages", kind: "opennds"},
		{recipe: "realm", kind: "realm", args: account, want: "    Authorization: Basic [redacted]\n"},
		{recipe: "realm", kind: "realm", args: account, secret: "1828", code: exitDenied},
		{recipe: "json", kind: "pfsense", args: account, code: exitError, want: "helper: error: run pack: authenticate of recipe broke off: "},
	} {
		t.Run(test.recipe+" "+test.flow+test.secret, func(t *testing.T) {
			t.Parallel()
			address, log := simulate(t, test.kind)
			home := t.TempDir()
			dir := filepath.Join(home, "recipe")
			writePack(t, dir, packs[test.recipe])
			if test.flow != "" {
				test.args = append(slices.Clone(test.args), "--flow", test.flow)
			}
			if test.secret == "" {
				test.secret = demoPIN
			}
			code, printed := runAgainst(t, home, test.secret, append(slices.Clone(test.args), dir, "--against", address)...)
			if code != test.code || !strings.Contains(printed, test.want) {
				t.Errorf("exit %d, want %d\n%s\n%s", code, test.code, printed, log)
			}
		})
	}
}
