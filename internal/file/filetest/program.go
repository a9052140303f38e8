// Package filetest writes files for tests, and looks for those that they need.
package filetest

import (
	"os"
	"syscall"
	"testing"
)

// WriteProgram writes an executable file.
//
// No process is started meanwhile. A child inherits the open file until it runs its own program, and
// until then the kernel refuses to run the new one (ETXTBSY).
func WriteProgram(t testing.TB, path string, content []byte) {
	t.Helper()
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, content, 0o700)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
}

// NeedsPrograms skips the test where one of some programs is missing.
func NeedsPrograms(t testing.TB, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			t.Skipf("a program is missing here: %v", err)
		}
	}
}
