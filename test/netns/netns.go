// Package netns makes network namespaces for the tests of rigs.
package netns

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Namespace is a thread with a network and mounts of its own. They end with the test.
type Namespace struct {
	Thread int // its number, by which others name the namespace

	t    testing.TB
	work chan func()
}

// New makes a namespace whose loopback interface is up. It skips the test where that is not allowed.
func New(t testing.TB) *Namespace {
	t.Helper()
	n := &Namespace{t: t, work: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		n.Thread = unix.Gettid()
		ready <- err
		for do := range n.work {
			do()
		}
	}()
	t.Cleanup(func() { close(n.work) })
	if err := <-ready; err != nil {
		t.Skipf("make namespaces: %v", err) // such as in a container without the capability
	}
	n.IP("link set lo up")
	return n
}

// Do runs a function in the namespace. Sockets that it makes belong there, and processes that it starts run there.
func (n *Namespace) Do(what func() error) {
	n.t.Helper()
	done := make(chan error)
	n.work <- func() { done <- what() }
	if err := <-done; err != nil {
		n.t.Fatal(err)
	}
}

// IP runs commands of ip(8) in the namespace.
func (n *Namespace) IP(commands ...string) {
	n.t.Helper()
	for _, command := range commands {
		n.Do(func() error {
			if output, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
				return fmt.Errorf("ip %s: %w: %s", command, err, output)
			}
			return nil
		})
	}
}
