package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/configs"
)

// The documentation lists every built-in helper.
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
}
