package main

import (
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// tmux controls the script's terminal: a server of its own, without a configuration.
func tmux(ts *testscript.TestScript, args ...string) {
	ts.Check(ts.Exec("tmux", append([]string{"-S", ts.MkAbs("tmux"), "-f", "/dev/null"}, args...)...))
}

// startTerminal runs a shell command in a terminal of a size: `terminal 80 24 'helper networks --watch'`.
func startTerminal(ts *testscript.TestScript, _ bool, args []string) {
	tmux(ts, "new-session", "-d", "-s", "main", "-x", args[0], "-y", args[1], args[2])
	server := ts.MkAbs("tmux")
	ts.Defer(func() { _ = exec.Command("tmux", "-S", server, "kill-server").Run() }) // it may have ended by itself
}

// resizeTerminal gives the terminal another size: `resize 40 10`.
func resizeTerminal(ts *testscript.TestScript, _ bool, args []string) {
	tmux(ts, "resize-window", "-t", "main", "-x", args[0], "-y", args[1])
}

// typeKeys types: `type l`, `type Enter`.
func typeKeys(ts *testscript.TestScript, _ bool, args []string) {
	tmux(ts, append([]string{"send-keys", "-t", "main"}, args...)...)
}

// seesScreen waits until the terminal shows a pattern: `screen 'q quit'`. What it shows must be fit for people.
func seesScreen(ts *testscript.TestScript, isWithout bool, args []string) {
	pattern := regexp.MustCompile("(?m)" + args[0])
	seen := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		shown, err := exec.Command("tmux", "-S", ts.MkAbs("tmux"), "capture-pane", "-p", "-t", "main").Output()
		ts.Check(err)
		seen = strings.TrimRight(string(shown), "\n")
		ts.Check(unfit(seen))
		if pattern.MatchString(seen) != isWithout {
			return
		}
	}
	ts.Fatalf("%q, wanted %v, on the screen:\n%s", args[0], !isWithout, seen)
}
