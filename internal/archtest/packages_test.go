package archtest

import (
	"slices"
	"strings"
	"testing"
)

// TestPackageComments requires one comment for each package, in one of its files.
func TestPackageComments(t *testing.T) {
	comments := map[string]int{}
	for _, s := range repository(t) {
		if s.isTest() {
			continue
		}
		comments[s.dir()] += 0
		if s.file.Doc != nil {
			comments[s.dir()]++
		}
	}
	for pkg, n := range comments {
		if n != 1 {
			t.Errorf("package %s: %d package comments, want one", pkg, n)
		}
	}
}

// TestProcesses requires that few packages start processes: internal/tunnel runs commands of the
// configuration, internal/confine confined programs, internal/browser a browser of the user's. The rigs below test/ are free to.
func TestProcesses(t *testing.T) {
	allowed := []string{"internal/browser", "internal/confine", "internal/tunnel"}
	var starters []string
	for _, s := range repository(t) {
		if !s.isTest() && !strings.HasPrefix(s.name, "test/") && slices.Contains(s.imports(), "os/exec") && !slices.Contains(starters, s.dir()) {
			starters = append(starters, s.dir())
		}
	}
	starters = slices.DeleteFunc(starters, func(pkg string) bool { return strings.HasSuffix(pkg, "test") })
	starters = slices.DeleteFunc(starters, func(pkg string) bool { return slices.Contains(allowed, pkg) })
	if len(starters) > 0 {
		t.Errorf("os/exec is imported by %q, which only %q may", starters, allowed)
	}
}
