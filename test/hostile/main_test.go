package hostile

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program is the built command.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if os.Geteuid() != 0 || testing.Short() && os.Getenv("HELPER_REQUIRE") == "" {
		return m.Run() // each test is skipped with the reason
	}
	dir, err := os.MkdirTemp("", "hostile-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile: make a directory:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "helper")
	if output, err := exec.Command("go", "build", "-o", program, "hotspot-helper/cmd/helper").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "hostile: build helper: %v\n%s", err, output)
		return 1
	}
	return m.Run()
}
