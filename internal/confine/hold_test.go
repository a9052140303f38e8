package confine_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/confine"
)

// TestLimit lets a process wait until it is limited, and starts the program also if that fails.
func TestLimit(t *testing.T) {
	for _, want := range []error{nil, errors.New("there is no limit")} {
		program := confine.Program{Path: "/usr/bin/echo", Args: []string{"runs"}}
		waits := false
		program.Limit = func(pid int) error {
			waits = waitsFor(pid, 3)
			return want
		}
		if out, errs := output(t, program); out != "runs\n" || errs != "" {
			t.Errorf("says %q, %q", out, errs)
		}
		if !waits {
			t.Error("it does not wait")
		}
		if p := start(t, program); !errors.Is(p.Unlimited, want) {
			t.Errorf("unlimited: %v, want %v", p.Unlimited, want)
		}
	}
}

// waitsFor waits until a thread of a process reads from a file, and returns false if the process ends before.
func waitsFor(pid, file int) bool {
	want := fmt.Sprintf("%d %#x ", unix.SYS_READ, file) // proc_pid_syscall(5)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		calls, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
		for _, call := range calls {
			if text, err := os.ReadFile(call); err == nil && strings.HasPrefix(string(text), want) {
				return true
			}
		}
		if err := unix.Kill(pid, 0); err != nil {
			return false
		}
	}
	return false
}
