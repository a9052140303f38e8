// Totals summarises the output of go test -json: one line for each package, the output of
// failures, the reasons of skipped tests, and a last line with the numbers. Tests and
// subtests count alike; a test that ran more than once counts with its last result. With -q
// it prints the last line only. It exits with 1 if anything failed, or nothing ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action     string
	Package    string
	Test       string
	Output     string
	ImportPath string // instead of Package in the output of a build
}

// name identifies the package, build or test of the event.
func (e event) name() string {
	if e.Test == "" {
		return e.Package + e.ImportPath
	}
	return e.Package + "." + e.Test
}

// report gathers events.
type report struct {
	out     io.Writer
	output  map[string][]string // by name, until the result is known
	results map[string]string   // of tests: pass, fail or skip
	broken  bool                // a package failed, with or without a failed test
	ran     bool
}

// add takes one event.
func (r *report) add(e event) {
	name := e.name()
	switch e.Action {
	case "output", "build-output":
		r.output[name] = append(r.output[name], e.Output)
		return
	case "pass", "fail", "skip", "build-fail":
		r.ran = true
	default:
		return
	}
	if e.Test != "" {
		r.results[name] = e.Action
	}
	failed := strings.HasSuffix(e.Action, "fail")
	r.broken = r.broken || failed
	r.show(e, failed)
	delete(r.output, name)
}

// show prints the relevant output of a finished test, package or build.
func (r *report) show(e event, failed bool) {
	lines := r.output[e.name()]
	switch {
	case failed:
		fmt.Fprint(r.out, strings.Join(lines, ""))
	case e.Test == "" && len(lines) > 0:
		fmt.Fprint(r.out, lines[len(lines)-1])
	case e.Action == "skip":
		fmt.Fprintf(r.out, "skip %s: %s\n", e.name(), reason(lines))
	}
}

// reason is the reason of a skipped test, in one line.
func reason(lines []string) string {
	var words []string
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			words = append(words, line)
		}
	}
	return strings.Join(words, " ")
}

// totals is the last line.
func (r *report) totals() string {
	count := map[string]int{}
	for _, result := range r.results {
		count[result]++
	}
	return fmt.Sprintf("%d passed, %d failed, %d skipped", count["pass"], count["fail"], count["skip"])
}

func main() {
	r := &report{out: os.Stdout, output: map[string][]string{}, results: map[string]string{}}
	if len(os.Args) > 1 && os.Args[1] == "-q" {
		r.out = io.Discard
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Println(lines.Text()) // a message of the go command itself
			continue
		}
		r.add(e)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "totals: read results:", err)
		os.Exit(1)
	}
	if r.broken {
		fmt.Fprintln(r.out, "FAILED")
	}
	fmt.Println(r.totals())
	if r.broken || !r.ran {
		os.Exit(1)
	}
}
