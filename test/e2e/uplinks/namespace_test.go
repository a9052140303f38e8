package uplinks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inLaptop marks the process that a test has started in new namespaces.
const inLaptop = "UPLINKS_TEST_IN_LAPTOP"

// enterLaptop runs the test again in a process with new network and mount namespaces and
// returns false; within that process it returns true.
func enterLaptop(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inLaptop) != "" {
		return true
	}
	required := slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "netns")
	unable := t.Skip
	if required {
		unable = t.Fatal
	}
	for _, tool := range []string{"ip", "nft", "nsenter", "mount", "sleep"} {
		if _, err := exec.LookPath(tool); err != nil {
			unable(err)
		}
	}
	if os.Geteuid() != 0 {
		unable("make network namespaces: not root")
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), inLaptop+"="+helper(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		t.Errorf("in the laptop: %v\n%s", err, output)
	case err != nil:
		unable(fmt.Sprintf("make network namespaces: %v", err)) // such as in a container without the capability
	}
	return false
}

// helper builds the command and returns its path.
func helper(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "helper")
	cmd := exec.Command("go", "build", "-o", file, "hotspot-helper/cmd/helper")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build helper: %v\n%s", err, output)
	}
	return file
}

// sh runs a command, whose words are separated by spaces, and returns its output.
func sh(t *testing.T, line string, args ...any) string {
	t.Helper()
	words := strings.Fields(fmt.Sprintf(line, args...))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("run %q: %v\n%s", words, err, output)
	}
	return string(output)
}

// newNamespace returns the process that holds a new network namespace.
func newNamespace(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("sleep", "infinity")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	// The child dies with the thread that started it, so keep that thread.
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

// within runs a function on a thread in the namespace of a process. Its sockets stay in
// that namespace.
func within(t *testing.T, pid int, f func() error) {
	t.Helper()
	ended := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		namespace, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(namespace, unix.CLONE_NEWNET)
		}
		if err == nil {
			err = f()
		}
		ended <- err
	}()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
