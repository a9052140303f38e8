// Package confinetest lets tests run confined programs.
package confinetest

import (
	"os"
	"testing"

	"hotspot-helper/internal/confine"
)

// Main is for TestMain: it lets the test be the process that confines itself and becomes a program, too.
func Main(m *testing.M) {
	if code, isCommand := confine.Main(os.Args[1:], os.Stderr); isCommand { //permit:os.Args
		os.Exit(code) //permit:os.Exit
	}
	m.Run()
}

// Needs skips the test where programs cannot be confined.
func Needs(t testing.TB) {
	t.Helper()
	if missing := confine.Missing(); len(missing) > 0 {
		t.Skipf("programs cannot be confined here: %v", missing)
	}
}
