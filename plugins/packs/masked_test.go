package packs_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"hotspot-helper/internal/redact"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
)

// Each flow of each pack, recorded with all that identifies the user replaced, replays as it ran.
func TestMaskedRecordings(t *testing.T) {
	for _, row := range standins() {
		t.Run(row.pack+"/"+row.name(), func(t *testing.T) {
			row.visit(t, portaltest.Options{Idle: row.idle}, func(v *visitor) {
				v.captured = v.masked(plugins.FlowAuthenticate, v.pack.Authenticate).Captures
				time.Sleep(time.Minute)
				if row.idle > 0 {
					v.captured = v.masked(plugins.FlowMaintain, v.pack.Maintain).Captures
				}
				if !row.stays {
					v.masked(plugins.FlowLogoff, v.pack.Logoff)
				}
			})
		})
	}
}

// masked runs and records a flow, and replays the case from its file.
func (v *visitor) masked(name string, run func(context.Context, plugins.Job) (flow.Result, error)) flow.Result {
	v.t.Helper()
	recorder, wire := &replay.Recorder{Transport: v.wire}, v.wire
	v.wire = recorder
	result, err := run(v.t.Context(), recorder.Record(v.job()))
	v.wire = wire
	if err != nil {
		v.t.Fatalf("%s: %v", name, err)
	}
	c, err := recorder.Case(v.t.Context(), name, name, "masked")
	if err != nil {
		v.t.Fatal(err)
	}
	dir := v.t.TempDir()
	if err := c.Write(dir); err != nil {
		v.t.Fatal(err)
	}
	loaded, err := replay.Load(os.DirFS(dir), name, dir)
	if err != nil {
		v.t.Fatal(err)
	}
	if outcome, err := recorder.Check(v.t.Context(), loaded, v.pack, result, nil); err != nil {
		v.t.Errorf("%v\n%s\n%s", err, c.Files()[name+".toml"], outcome.Trace)
	}
	needs, err := recorder.Needs(v.t.Context(), v.pack, name)
	if err != nil {
		v.t.Error(err)
	}
	if isLogin := name == plugins.FlowAuthenticate; isLogin && (len(needs.Terms) > 0) != v.row.terms || isLogin && (needs.Cleartext+needs.SharedHost != "") != v.row.clear {
		v.t.Errorf("%s needs %+v", name, needs)
	}
	if len(v.inputs) == 0 { // no secret is in it, and nothing is computed from one
		for file, data := range c.Files() {
			if !strings.HasSuffix(file, ".trace") && strings.Contains(string(data), redact.Mask) {
				v.t.Errorf("%s: a value has no stand-in:\n%s", file, data)
			}
		}
	}
	return result
}
