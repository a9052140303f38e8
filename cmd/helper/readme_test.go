package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedCommands checks that the commands and flags that the pages name exist.
func TestDocumentedCommands(t *testing.T) {
	quoted := regexp.MustCompile("(?m)(?:`|^    |^|; )helper ([a-z][^`#;\n]*)")
	flag := regexp.MustCompile(` --?([a-z][a-z-]*)`)
	for _, page := range []string{"README.md", "docs/json.md", "docs/architecture.md", "docs/security.md", "docs/helpers.md", "docs/packs.md", "docs/sign-in.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range quoted.FindAllStringSubmatch(string(text), -1) {
			cmd, _, err := newRoot(&app{env: env{stdout: io.Discard, stderr: io.Discard}}).Find(strings.Fields(found[1]))
			if err != nil || !cmd.HasParent() {
				t.Errorf("%s names %q: there is no such command", page, found[0])
				continue
			}
			for _, name := range flag.FindAllStringSubmatch(found[1], -1) {
				known := cmd.Flags().Lookup(name[1]) != nil || cmd.InheritedFlags().Lookup(name[1]) != nil
				if short := cmd.Flags().ShorthandLookup(name[1][:1]); !known && (len(name[1]) > 1 || short == nil) {
					t.Errorf("%s names %q: there is no such flag", page, found[0])
				}
			}
		}
	}
}

// TestDocumentedConfiguration checks that the documented configurations have no mistakes.
func TestDocumentedConfiguration(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```toml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("README.md shows no configuration")
	}
	template, err := os.ReadFile(filepath.Join("..", "..", "configs", "helper.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"README.md": example, "helper.toml": string(template)} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "helper.toml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, _, stderr := invoke(t, "claim", "Work Guest", "--config", file); code != exitNoClaim || stderr != "" {
				t.Errorf("exit %d, %s", code, stderr)
			}
		})
	}
}
