package archtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// initBudget is how many bytes the initialisation of a package of the project may allocate. Each
// command pays for it, and the agent keeps it: what few commands need is made on its first use.
const initBudget = 100_000

// initialised is a line of GODEBUG=inittrace=1 (package runtime).
var initialised = regexp.MustCompile(`(?m)^init (` + module + `/\S+) @.* ms clock, (\d+) bytes, `)

// TestInit requires that no package of the command allocates much before main.
func TestInit(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "helper")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, module+"/cmd/helper").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	cmd := exec.CommandContext(t.Context(), program, "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	lines := initialised.FindAllStringSubmatch(string(output), -1)
	if len(lines) == 0 {
		t.Errorf("the runtime tells of no package: %.200s", output)
	}
	for _, line := range lines {
		if bytes, err := strconv.Atoi(line[2]); err != nil || bytes > initBudget {
			t.Errorf("initialising %s allocates %s bytes, more than %d", line[1], line[2], initBudget)
		}
	}
}
