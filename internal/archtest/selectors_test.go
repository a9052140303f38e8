package archtest

import (
	"slices"
	"strings"
	"testing"
)

// TestSelectors requires that one package alone matches selectors, because it bounds the work.
// The tests compare with the library, and the rigs below test/ are free to.
func TestSelectors(t *testing.T) {
	for _, s := range repository(t) {
		if s.isTest() || s.dir() == "internal/web" || strings.HasPrefix(s.name, "test/") {
			continue
		}
		if slices.Contains(s.imports(), "github.com/andybalholm/cascadia") {
			t.Errorf("%s imports cascadia: use web.Search", s.name)
		}
	}
}
