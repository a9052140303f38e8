package live_test

import (
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
)

// TestReplay records a login, as the agent does, and plays it again: with masked inputs, offline.
func TestReplay(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	helper := load(t, filepath.Join(examples, "srun"))
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	recorder := &replay.Recorder{Transport: c.wire, Simulated: true}
	c.wire = recorder
	job := recorder.Record(c.job())
	result, err := plugins.RunFlow(t.Context(), helper, plugins.FlowAuthenticate, job)
	if err != nil || result.Outcome != flow.Submitted {
		t.Fatalf("%+v, %v", result, err)
	}
	recorded, err := recorder.Case(t.Context(), "right", plugins.FlowAuthenticate, "a login")
	if err != nil {
		t.Fatal(err)
	}
	outcome := recorded.Run(t.Context(), helper)
	if outcome.Mismatch != nil || outcome.Outcome != flow.Submitted || strings.Contains(outcome.Trace, password) {
		t.Errorf("%v: %v\n%s", outcome.Outcome, outcome.Mismatch, outcome.Trace)
	}
	recorder.Simulated = false
	masked, err := recorder.Case(t.Context(), "right", plugins.FlowAuthenticate, "a login")
	if err != nil {
		t.Fatal(err)
	}
	if outcome := masked.Run(t.Context(), helper); outcome.Outcome != flow.Submitted && outcome.Mismatch == nil {
		t.Errorf("masked: %v\n%s", outcome.Outcome, outcome.Trace)
	}
}
