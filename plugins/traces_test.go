package plugins_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/replay"
)

// update records what the stand-ins answer as the cases of the packs.
var update = flag.Bool("update", false, "record the cases of the packs in packs/NAME/tests again")

// recording is the case that the next flow of a visitor becomes; empty: none.
type recording struct{ name, flow, description string }

// record has the next flow recorded, if cases are to be written.
func (v *visitor) record(name, flow, description string) {
	if *update {
		v.recording = recording{v.row.name() + "-" + name, flow, v.row.name() + ": " + description}
	}
}

// recorded returns the job with all that it does taken down, where it is to be, and
// what writes the case once the flow has ended.
func (v *visitor) recorded(job plugins.Job) (plugins.Job, func()) {
	if v.recording.name == "" {
		return job, func() {}
	}
	recorder, wire := &replay.Recorder{Transport: v.wire, Simulated: true}, v.wire
	v.wire = recorder
	return recorder.Watch(job), func() {
		c := recorder.Case(v.recording.name, v.recording.flow, v.recording.description)
		v.wire, v.recording = wire, recording{}
		outcome := c.Run(v.t.Context(), v.pack)
		if outcome.Broken != nil {
			v.t.Fatalf("replay %s: %v", c.Name, outcome.Broken)
		}
		c.Trace = outcome.Trace
		if err := c.Write(casesOf(v.row.pack)); err != nil {
			v.t.Fatal(err)
		}
	}
}

// casesOf is the directory of a pack's cases.
func casesOf(pack string) string { return filepath.Join("packs", pack, replay.Dir) }

// clearCases removes the recorded cases of all stand-ins, so that none stays whose
// stand-in is gone.
func clearCases(t *testing.T) {
	t.Helper()
	for _, row := range standins() {
		for _, pattern := range []string{row.kind.String() + "-*.toml", row.kind.String() + "-*.trace"} {
			files, err := filepath.Glob(filepath.Join(casesOf("*"), pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestRecordedCases plays the cases of every shipped pack: what the pack does is what
// its golden traces say, and no step of it is without a case. It stands behind
// TestStandins, which records.
func TestRecordedCases(t *testing.T) {
	packs, err := plugins.Load(plugins.Builtin(), "packs")
	if err != nil {
		t.Fatal(err)
	}
	for _, pack := range packs {
		t.Run(pack.Name(), func(t *testing.T) {
			var outcomes []replay.Outcome
			cases := os.DirFS(casesOf(pack.Name()))
			names, err := replay.Names(cases)
			if err != nil || len(names) == 0 {
				t.Fatalf("%d cases, %v", len(names), err)
			}
			for _, name := range names {
				c, err := replay.Load(cases, name, casesOf(pack.Name()))
				if err != nil {
					t.Fatal(err)
				}
				outcome := c.Run(t.Context(), pack)
				outcomes = append(outcomes, outcome)
				if *update {
					c.Trace = outcome.Trace
					if err := c.WriteTrace(casesOf(pack.Name())); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(c.Trace, outcome.Trace); diff != "" || outcome.Broken != nil {
					t.Errorf("%s: %v\n%s", name, outcome.Broken, diff)
				}
			}
			unreached, err := replay.Unreached(pack, outcomes)
			if err != nil {
				t.Fatal(err)
			}
			for _, what := range unreached {
				t.Errorf("never reached: %s", what)
			}
		})
	}
}
