package packs_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/replay"
)

// update makes the tests write the recorded cases PACK/tests.
var update = flag.Bool("update", false, "write the cases of the packs again")

// recordings are the cases that are recorded at each stand-in, by the end of their file names.
func recordings() map[string]recording {
	return map[string]recording{
		"login":        {flow: plugins.FlowAuthenticate, description: "all is right"},
		"refusal":      {flow: plugins.FlowAuthenticate, description: "what the user gave is wrong"},
		"already":      {flow: plugins.FlowAuthenticate, description: "the client is logged in already"},
		"expiry":       {flow: plugins.FlowAuthenticate, description: "the session of before has expired"},
		"keepalive":    {flow: plugins.FlowMaintain, description: "the session goes on"},
		"logoff":       {flow: plugins.FlowLogoff, description: "the client logs off"},
		"logoff-again": {flow: plugins.FlowLogoff, description: "the client is not logged in"},
	}
}

// recording is the case that the next flow of a visitor is recorded as; empty: none.
type recording struct{ name, flow, description string }

// record records the next flow if cases are written.
func (v *visitor) record(ending string) {
	if *update {
		v.recording = v.row.recording(ending)
	}
}

// recording returns one of [recordings] at the stand-in.
func (row standin) recording(ending string) recording {
	r := recordings()[ending]
	return recording{row.name() + "-" + ending, r.flow, row.name() + ": " + r.description}
}

// recorded returns the job with a recorder if cases are written, and a function that writes the
// case after the flow.
func (v *visitor) recorded(job plugins.Job) (plugins.Job, func()) {
	if v.recording.name == "" {
		return job, func() {}
	}
	recorder, wire := &replay.Recorder{Transport: v.wire, Simulated: true}, v.wire
	v.wire = recorder
	return recorder.Record(job), func() {
		c, err := recorder.Case(v.t.Context(), v.recording.name, v.recording.flow, v.recording.description)
		if err != nil {
			v.t.Fatal(err)
		}
		v.wire, v.recording = wire, recording{}
		outcome := c.Run(v.t.Context(), v.pack)
		if outcome.Mismatch != nil {
			v.t.Fatalf("replay %s: %v", c.Name, outcome.Mismatch)
		}
		c.Trace = outcome.Trace
		if err := c.Write(casesOf(v.row.pack)); err != nil {
			v.t.Fatal(err)
		}
	}
}

// casesOf returns the directory of a pack's cases.
func casesOf(name string) string { return filepath.Join(name, replay.Dir) }

// clearCases removes the recorded cases of the stand-in, so that no old one remains.
func (row standin) clearCases(t *testing.T) {
	t.Helper()
	for ending := range recordings() {
		for _, suffix := range []string{".toml", ".trace"} {
			err := os.Remove(filepath.Join(casesOf(row.pack), row.recording(ending).name+suffix))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
	}
}

// Each recorded case belongs to exactly one existing stand-in.
func TestRecordingsHaveOneStandin(t *testing.T) {
	of := map[string]string{}
	for _, row := range standins() {
		for ending := range recordings() {
			file := filepath.Join(casesOf(row.pack), row.recording(ending).name)
			if other, ok := of[file]; ok {
				t.Errorf("%s: recorded by %s and by %s", file, other, row.name())
			}
			of[file] = row.name()
		}
	}
	dirs, err := filepath.Glob(casesOf("*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("%d directories, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		for _, name := range recordedIn(t, dir) {
			if _, ok := of[filepath.Join(dir, name)]; !ok {
				t.Errorf("%s/%s: recorded, and there is no such stand-in", dir, name)
			}
		}
	}
}

// recordedIn returns the names of the recorded cases in a directory.
func recordedIn(t *testing.T, dir string) []string {
	t.Helper()
	names, err := replay.Names(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		c, err := replay.Load(os.DirFS(dir), name, dir)
		if err != nil {
			t.Fatal(err)
		}
		for ending, r := range recordings() {
			if standin, ok := strings.CutSuffix(name, "-"+ending); ok && c.Description == standin+": "+r.description {
				return false
			}
		}
		return true
	})
}

// TestRecordedCases replays the cases of every shipped pack: the traces match the golden ones,
// and each step has a case. It comes after TestStandins, which records.
func TestRecordedCases(t *testing.T) {
	all, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		t.Run(p.Name(), func(t *testing.T) {
			var outcomes []replay.Outcome
			cases := os.DirFS(casesOf(p.Name()))
			names, err := replay.Names(cases)
			if err != nil || len(names) == 0 {
				t.Fatalf("%d cases, %v", len(names), err)
			}
			for _, name := range names {
				c, err := replay.Load(cases, name, casesOf(p.Name()))
				if err != nil {
					t.Fatal(err)
				}
				outcome := c.Run(t.Context(), p)
				outcomes = append(outcomes, outcome)
				if *update {
					c.Trace = outcome.Trace
					if err := c.WriteTrace(casesOf(p.Name())); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(c.Trace, outcome.Trace); diff != "" || outcome.Mismatch != nil {
					t.Errorf("%s: %v\n%s", name, outcome.Mismatch, diff)
				}
			}
			unreached, err := replay.Uncovered(p, outcomes)
			if err != nil {
				t.Fatal(err)
			}
			for _, what := range unreached {
				t.Errorf("never reached: %s", what)
			}
		})
	}
}
