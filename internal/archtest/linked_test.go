package archtest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestMethodsByName requires that no code of the command finds a method by a name
// known at run time only, as text/template does when it executes. With such code the
// linker keeps every exported method of every type: a sixth of the binary, and most of
// that in the memory of each `helper probe`.
func TestMethodsByName(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w -dumpdep", "-o", os.DevNull, module+"/cmd/helper")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output[max(0, len(output)-1000):])
	}
	// One dependency a line; the linker marks functions that look for methods: "text/template.(*state).evalField <ReflectMethod> -> …".
	var finders []string
	for line := range strings.Lines(string(output)) {
		user, _, _ := strings.Cut(line, " -> ")
		if finder, ok := strings.CutSuffix(user, " <ReflectMethod>"); ok && !slices.Contains(finders, finder) {
			finders = append(finders, finder)
		}
	}
	if len(finders) > 0 {
		t.Errorf("methods are looked up by name in %s", strings.Join(finders, ", "))
	}
	if !strings.Contains(string(output), "main.main -> ") {
		t.Errorf("the linker printed no dependency: %.200s", output)
	}
}
