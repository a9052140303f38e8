package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// prefix begins the name of every namespace and directory of these tests; the pid of the process follows it.
const prefix = "hhe2e"

var madeHere = regexp.MustCompile(`^` + prefix + `(\d+)-`)

// sweep removes what crashed runs left behind, and keeps what belongs to a running one.
func sweep() {
	for _, dir := range []string{netnsDir, netnsConfigDir, os.TempDir()} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // no run has made anything there
		}
		for _, e := range entries {
			if !stale(e.Name()) {
				continue
			}
			if dir == netnsDir {
				removeNetns(e.Name())
				continue
			}
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// stale reports whether name belongs to a process that has ended.
func stale(name string) bool {
	m := madeHere.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	pid, err := strconv.Atoi(m[1])
	return err == nil && syscall.Kill(pid, 0) == syscall.ESRCH
}

// removeNetns ends the processes in a namespace of these tests and deletes it.
func removeNetns(name string) {
	out, _ := exec.Command("ip", "netns", "pids", name).Output()
	for field := range strings.FieldsSeq(string(out)) {
		if pid, err := strconv.Atoi(field); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	_ = exec.Command("ip", "netns", "delete", name).Run()
	_ = os.RemoveAll(filepath.Join(netnsConfigDir, name))
}
