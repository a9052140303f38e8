package window

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// shots is where screenshots are kept; empty: nowhere.
var shots = flag.String("shots", "", "keep screenshots in this directory")

// program is the built command.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if missing() != nil || testing.Short() && os.Getenv("HELPER_REQUIRE") == "" {
		return m.Run() // each test is skipped with the reason
	}
	dir, err := os.MkdirTemp("", "window-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "window: make a directory:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, "window: open the directory:", err)
		return 1
	}
	program = filepath.Join(dir, "helper")
	if output, err := exec.Command("go", "build", "-o", program, "hotspot-helper/cmd/helper").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "window: build helper: %v\n%s", err, output)
		return 1
	}
	return m.Run()
}

// require skips the test without root or a tool, or with -short. If HELPER_REQUIRE has browser, it fails.
func require(t testing.TB) {
	t.Helper()
	required := slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "browser")
	switch err := missing(); {
	case err != nil && required:
		t.Fatalf("required by HELPER_REQUIRE: %v", err)
	case err != nil:
		t.Skip(err)
	case testing.Short() && !required:
		t.Skip("starts browsers: not with -short")
	}
}

// missing returns what these tests need and the machine does not have.
var missing = sync.OnceValue(func() error {
	var errs []error
	if os.Geteuid() != 0 {
		errs = append(errs, errors.New("make network namespaces: not root"))
	}
	for _, tool := range []string{"ip", "curl", "chromium", "Xvfb", "xdotool", "xwd", "xwdtopnm", "pnmtopng", "dbus-daemon", "script", "setpriv"} {
		if _, err := exec.LookPath(tool); err != nil {
			errs = append(errs, fmt.Errorf("find %s: %w", tool, err))
		}
	}
	return errors.Join(errs...)
})
