package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/width"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/consent"
	"hotspot-helper/internal/notify/notifytest"
	"hotspot-helper/probe"
	"hotspot-helper/secrets/secretstest"
)

// world is shared by the commands of one script.
type world struct {
	testing.TB

	bus      string    // address of the private bus
	stop     func()    // ends the agent of the script's hotspot
	signaled time.Time // the last signal
	keyring  *secretstest.Keyring
	people   *notifytest.Daemon
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// fakeSecret is part of every secret of every script. It must never be printed.
const fakeSecret = "swordfish"

// unfit returns what is wrong with text for people: control characters, or a secret.
func unfit(text string) error {
	for i, line := range strings.Split(text, "\n") {
		if strings.Contains(line, fakeSecret) {
			return fmt.Errorf("line %d contains a secret: %q", i+1, line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && isControl(r) }) || !utf8.ValidString(line) {
			return fmt.Errorf("line %d has control characters: %q", i+1, line)
		}
	}
	return nil
}

// exits runs a program that must exit with a code: `exit 3 helper claim x`. Its output must
// be fit for people.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		code = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
	ts.Check(unfit(ts.ReadFile("stdout")))
	ts.Check(unfit(ts.ReadFile("stderr")))
}

// printed returns a value of the type that a command prints as JSON.
func printed(command string) (any, error) {
	switch command {
	case "status":
		return &agent.Status{}, nil
	case "doctor":
		return &[]finding{}, nil
	case "login":
		return &agent.Association{}, nil
	case "networks":
		return &[]annotate.Network{}, nil
	case "claim":
		return &claimReport{}, nil
	case "on-demand explain":
		return &onDemandReport{}, nil
	case "probe":
		return &probe.Evidence{}, nil
	case "probe --list":
		return &[]listedEndpoint{}, nil
	case "pack lint":
		return &[]lintResult{}, nil
	case "consent list":
		return &[]consent.Record{}, nil
	case "pack test":
		return &[]testedPack{}, nil
	case "secret list":
		return &[]listedSecret{}, nil
	case "pack show":
		return &shownPack{}, nil
	case "report list":
		return &[]shownReport{}, nil
	case "report show":
		return &shownReport{}, nil
	case "pack list":
		return &[]listedHelper{}, nil
	}
	return nil, fmt.Errorf("find type: %q prints no JSON", command)
}

// decodes checks that standard output is the documented JSON of a command and nothing else:
// `decode claim`. TestDocumentedKeys compares the types with docs/json.md.
func decodes(ts *testscript.TestScript, _ bool, args []string) {
	value, err := printed(strings.Join(args, " "))
	ts.Check(err)
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	decoder.DisallowUnknownFields()
	ts.Check(decoder.Decode(value))
	if decoder.More() {
		ts.Fatalf("there is more than one value")
	}
}

// tooWide finds a line that is wider than a terminal, by the widths of Unicode.
func tooWide(text string) error {
	for i, line := range strings.Split(text, "\n") {
		columns := 0
		for _, r := range line {
			switch width.LookupRune(r).Kind() {
			case width.EastAsianWide, width.EastAsianFullwidth:
				columns += 2
			default:
				columns++
			}
		}
		if columns > 80 {
			return fmt.Errorf("line %d has %d columns: %q", i+1, columns, line)
		}
	}
	return nil
}

// patience bounds the wait for something that comes soon.
const patience = 20 * time.Second

// awaits waits for a pattern in a file that a background process writes, a number of times: `await log 'agent stopped' 2`.
func awaits(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[1])
	want := 1
	if len(args) > 2 {
		var err error
		want, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	file := ts.MkAbs(args[0])
	var seen []byte
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		seen, _ = os.ReadFile(file) // it comes when the process does
		if len(pattern.FindAll(seen, want)) == want {
			ts.Check(unfit(string(seen)))
			return
		}
	}
	ts.Fatalf("no %q in %s:\n%s", args[1], args[0], seen)
}

// background is the last background process of the script.
func background(ts *testscript.TestScript) *os.Process {
	all := ts.BackgroundCmds()
	if len(all) == 0 {
		ts.Fatalf("there is no background process")
	}
	return all[len(all)-1].Process
}

// signals sends a signal to the background process: `signal HUP`.
func signals(ts *testscript.TestScript, _ bool, args []string) {
	known := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT}
	worldOf(ts).signaled = time.Now()
	ts.Check(background(ts).Signal(known[args[0]]))
}

// within checks the time since the last signal: `within 2s`.
func within(ts *testscript.TestScript, _ bool, args []string) {
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	if took := time.Since(worldOf(ts).signaled); took > limit {
		ts.Fatalf("it took %v, want at most %v", took, limit)
	}
}

// childless checks that the background process has started no other.
func childless(ts *testscript.TestScript, _ bool, _ []string) {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", background(ts).Pid))
	if errors.Is(err, os.ErrNotExist) {
		ts.Logf("the kernel does not tell: %v", err)
		return
	}
	ts.Check(err)
	if len(bytes.TrimSpace(children)) > 0 {
		ts.Fatalf("it has children: %s", children)
	}
}
