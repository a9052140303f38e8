package archtest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestMethodsByName holds the command to code that finds no method by a name that is
// known at run time only, as text/template does where it executes. With it in, the
// linker keeps every exported method of every type: a sixth of the binary, most of
// which each `helper probe` would have in memory.
func TestMethodsByName(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w -dumpdep", "-o", os.DevNull, module+"/cmd/helper")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said[max(0, len(said)-1000):])
	}
	// Who uses what, with a mark behind who looks for methods: "text/template.(*state).evalField <ReflectMethod> -> …".
	var finders []string
	for line := range strings.Lines(string(said)) {
		user, _, _ := strings.Cut(line, " -> ")
		if finder, ok := strings.CutSuffix(user, " <ReflectMethod>"); ok && !slices.Contains(finders, finder) {
			finders = append(finders, finder)
		}
	}
	if len(finders) > 0 {
		t.Errorf("methods are found by name in %s", strings.Join(finders, ", "))
	}
	if !strings.Contains(string(said), "main.main -> ") {
		t.Errorf("the linker told nothing: %.200s", said)
	}
}
