package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
)

// testOptions are the flags of `helper pack test`.
type testOptions struct {
	update bool
	strict bool
	only   string // the case to play; empty: all
	cases  string // where the cases are; empty: those of the pack
}

func (a *app) packTestCommand() *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test DIR|NAME.toml...",
		Short: "Replay the recorded cases of packs, offline",
		Long: `test replays each case in the tests directory of the packs: the claim on the recorded
evidence, and the flow against the recorded answers. It needs no network and does not
wait. It compares what happens with the trace beside the case and shows differences;
--update writes the traces again. It lists the steps, and the cases of steps, that no
recording reaches. Of a live helper it wants the registration, NAME.toml, beside which
the tests directory is: the program runs, and its exchanges get the recorded answers.

Exit codes: 0 every trace is the same, 1 one differs or a file is wrong, 2 wrong
usage.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, dirs []string) error { return a.testPacks(cmd.Context(), dirs, o) },
	}
	a.jsonFlag(cmd)
	cmd.Flags().BoolVar(&o.update, "update", false, "write the new traces")
	cmd.Flags().BoolVar(&o.strict, "strict", false, "make a step or a case that is never reached an error")
	cmd.Flags().StringVar(&o.only, "case", "", "replay only the case of this `NAME`")
	cmd.Flags().StringVar(&o.cases, "cases", "", "replay the cases in `DIR`, or in a report of 'helper report', instead of the pack's own")
	return cmd
}

// The results of a case.
const (
	caseSame    = "same"    // the trace is the same
	caseDiffers = "differs" // the trace differs
	caseNew     = "new"     // the case has no trace yet
	caseUpdated = "updated" // the trace was written
	caseBroken  = "broken"  // the case cannot be read, or has no answer to a request
)

// playedCase is what `helper pack test --json` prints of one case.
type playedCase struct {
	Case        string `json:"case"`
	Description string `json:"description,omitempty"`
	Result      string `json:"result"` // same, differs, new, updated or broken
	Error       string `json:"error,omitempty"`
	Diff        string `json:"diff,omitempty"` // of the traces, unified
	Trace       string `json:"trace,omitempty"`
}

// good reports whether the case passes.
func (p playedCase) good() bool { return p.Result == caseSame || p.Result == caseUpdated }

// testedPack is what `helper pack test --json` prints of one directory.
type testedPack struct {
	lintResult

	Cases     []playedCase `json:"cases"`
	Unreached []string     `json:"unreached"` // steps, and cases of theirs
}

// changed reports whether a trace differs, which may be intended.
func (p testedPack) changed() bool {
	return slices.ContainsFunc(p.Cases, func(c playedCase) bool { return c.Result == caseDiffers || c.Result == caseNew })
}

func (p testedPack) good(strict bool) bool {
	bad := slices.ContainsFunc(p.Cases, func(c playedCase) bool { return !c.good() })
	return len(p.Mistakes) == 0 && !bad && (!strict || len(p.Unreached) == 0)
}

func (a *app) testPacks(ctx context.Context, dirs []string, o testOptions) error {
	tested := make([]testedPack, 0, len(dirs))
	bad := 0
	for _, dir := range dirs {
		result := a.testPack(ctx, dir, o)
		tested = append(tested, result)
		if !result.good(o.strict) {
			bad++
		}
	}
	if a.asJSON {
		if err := a.printJSON(tested); err != nil {
			return err
		}
	} else {
		a.printTested(tested)
	}
	if bad == 0 {
		return nil
	}
	err := fmt.Errorf("test packs: %d of %d do not pass", bad, len(dirs))
	if slices.ContainsFunc(tested, testedPack.changed) {
		return hinted(err, "if the new traces are right, 'helper pack test --update' writes them")
	}
	if !slices.ContainsFunc(tested, func(p testedPack) bool { return !p.good(false) }) {
		return hinted(err, "every case is as recorded, but with --strict the cases must reach each step and each case of a step")
	}
	return err
}

func (a *app) testPack(ctx context.Context, dir string, o testOptions) testedPack {
	linted, helper := a.lintAny(ctx, dir)
	result := testedPack{lintResult: linted, Cases: []playedCase{}, Unreached: []string{}}
	if helper == nil {
		return result
	}
	where := o.cases
	if where == "" {
		where = casesOf(dir, replay.Dir)
	} else if _, err := os.Stat(where); err != nil {
		result.Mistakes = []string{fmt.Sprintf("find cases: %v", withoutCall(err))}
		return result
	}
	cases, names, err := openCases(where, o.only)
	if err != nil {
		result.Mistakes = flatten(err)
		return result
	}
	var outcomes []replay.Outcome
	for _, name := range names {
		played, outcome := playCase(ctx, helper, cases, name, where, o.update)
		result.Cases = append(result.Cases, played)
		outcomes = append(outcomes, outcome)
	}
	if h, isLive := helper.(*live.Helper); isLive { // what it said in the cases, too
		result.Warnings = slices.Compact(slices.Sorted(slices.Values(slices.Concat(result.Warnings, h.Warnings()))))
	}
	if p, isPack := helper.(*pack.Pack); isPack && o.only == "" && o.cases == "" {
		missing, err := replay.Uncovered(p, outcomes)
		if err != nil {
			result.Mistakes = flatten(err)
		}
		result.Unreached = append(result.Unreached, missing...)
	}
	return result
}

// openCases finds the cases in a directory, or in a report.
func openCases(where, only string) (fs.FS, []string, error) {
	var cases fs.FS = file.Dir{Path: where}
	if info, err := os.Stat(where); err == nil && !info.IsDir() {
		report, err := replay.OpenReport(where)
		if err != nil {
			return nil, nil, err
		}
		cases = report
	}
	names, err := replay.Names(cases)
	if err != nil {
		return nil, nil, err
	}
	if only == "" {
		return cases, names, nil
	}
	if !slices.Contains(names, only) {
		return nil, nil, fmt.Errorf("find case %q: there are %q in %s", only, names, where)
	}
	return cases, []string{only}, nil
}

func playCase(ctx context.Context, helper plugins.Helper, cases fs.FS, name, where string, update bool) (playedCase, replay.Outcome) {
	played := playedCase{Case: name}
	c, err := replay.Load(cases, name, where)
	if err != nil {
		played.Result, played.Error = caseBroken, err.Error()
		return played, replay.Outcome{}
	}
	outcome := c.Run(ctx, helper)
	played.Description, played.Trace = c.Description, outcome.Trace
	switch {
	case outcome.Mismatch != nil:
		played.Result, played.Error = caseBroken, outcome.Mismatch.Error()
	case outcome.Trace == c.Trace:
		played.Result = caseSame
		return played, outcome
	case update:
		c.Trace = outcome.Trace
		played.Result = caseUpdated
		if err := c.WriteTrace(where); err != nil {
			played.Result, played.Error = caseBroken, err.Error()
		}
		return played, outcome
	case c.Trace == "":
		played.Result = caseNew
	default:
		played.Result = caseDiffers
	}
	if c.Trace != "" {
		played.Diff = string(diff.Diff(name+".trace", []byte(c.Trace), "now", []byte(outcome.Trace)))
	}
	return played, outcome
}

// printTested prints the results of the cases.
func (a *app) printTested(tested []testedPack) {
	count, good := 0, 0
	for _, p := range tested {
		a.printPack(p)
		for _, c := range p.Cases {
			count++
			if c.good() {
				good++
			}
		}
	}
	fmt.Fprintf(a.stdout, "%d of %d cases are as recorded\n", good, count)
}

func (a *app) printPack(p testedPack) {
	if len(p.Mistakes) > 0 {
		fmt.Fprintf(a.stdout, "%s\n", printable(p.Directory))
	} else {
		fmt.Fprintf(a.stdout, "%s: %s %s\n", printable(p.Directory), p.Name, p.Version)
	}
	for _, mistake := range p.Mistakes {
		fmt.Fprintln(a.stdout, indent(mistake))
	}
	for _, warning := range p.Warnings {
		fmt.Fprintln(a.stdout, indent("warning: "+warning))
	}
	for _, c := range p.Cases {
		a.printPlayed(c)
	}
	if len(p.Cases) == 0 && len(p.Mistakes) == 0 {
		fmt.Fprintln(a.stdout, "  no cases: there is no tests/*.toml")
	}
	for _, missing := range p.Unreached {
		fmt.Fprintf(a.stdout, "  never reached: %s\n", printable(missing))
	}
}

func (a *app) printPlayed(c playedCase) {
	fmt.Fprintf(a.stdout, "  %-8s %s", c.Result, printable(c.Case))
	if c.Description != "" {
		fmt.Fprintf(a.stdout, ": %s", printable(c.Description))
	}
	fmt.Fprintln(a.stdout)
	if c.Error != "" {
		fmt.Fprintln(a.stdout, indent(c.Error))
	}
	switch {
	case c.Diff != "":
		fmt.Fprintln(a.stdout, indent(c.Diff))
	case c.Result == caseNew:
		fmt.Fprintln(a.stdout, indent(c.Trace))
	}
}

// indent indents foreign text of several lines.
func indent(text string) string {
	text = strings.TrimRight(printableLines(text), "\n")
	return "    " + strings.ReplaceAll(text, "\n", "\n    ")
}
