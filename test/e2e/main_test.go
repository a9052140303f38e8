package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// programs are the built commands, of the helper and of the lab.
type programs struct {
	dir  string
	errs map[string]error // why one could not be built
}

var built programs

// program returns the path of a command built for these tests.
func program(t testing.TB, name string) string {
	t.Helper()
	if err := built.errs[name]; err != nil {
		t.Fatal(err)
	}
	return filepath.Join(built.dir, name)
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if err := missing(); err != nil {
		return m.Run() // each test is skipped with the reason
	}
	sweep()
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-bin-", prefix, os.Getpid()))
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e: make a directory:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if built, err = build(dir); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: build programs:", err)
		return 1
	}
	parallelByDefault("4")
	return m.Run()
}

// build compiles what runs in the namespaces, without cgo, into a directory that the unprivileged user can read.
func build(dir string) (programs, error) {
	p := programs{dir: dir, errs: map[string]error{}}
	if err := os.Chmod(dir, 0o755); err != nil {
		return p, fmt.Errorf("open directory: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for name, pkg := range map[string]string{"helper": "hotspot-helper/cmd/helper", "fakenet": "hotspot-helper/test/lab/fakenet"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, name), pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			p.errs[name] = fmt.Errorf("build %s: %w\n%s", pkg, err, out)
		}
	}
	return p, nil
}

// parallelByDefault raises the number of parallel tests, unless the caller chose one, because these tests mostly wait.
func parallelByDefault(n string) {
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		_ = flag.Set("test.parallel", n) // the flag exists and n is a number
	}
}
