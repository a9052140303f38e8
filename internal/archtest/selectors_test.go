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
		for _, library := range []string{"github.com/andybalholm/cascadia", "github.com/PuerkitoBio/goquery"} {
			if slices.Contains(s.imports(), library) {
				t.Errorf("%s imports %s: use web.Search", s.name, library)
			}
		}
	}
}
