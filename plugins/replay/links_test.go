package replay_test

import (
	"os"
	"path/filepath"
	"testing"

	"hotspot-helper/plugins/replay"
)

// A pack from someone else may have links in place of what is recorded anew: no file behind them is written.
func TestLinksAreReplaced(t *testing.T) {
	t.Parallel()
	const content = "export IMPORTANT=1\n"
	around := t.TempDir()
	victim, dir, elsewhere := filepath.Join(around, "victim.rc"), filepath.Join(around, "tests"), filepath.Join(around, "elsewhere")
	for _, made := range []string{dir, elsewhere} {
		if err := os.Mkdir(made, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(victim, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &replay.Case{Name: "a", Trace: "b\n"}
	for _, name := range []string{"a.trace", "a.toml"} {
		if err := os.Symlink(victim, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.WriteTrace(dir); err != nil {
		t.Error(err)
	}
	if err := c.Write(dir); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(victim); err != nil || string(data) != content {
		t.Errorf("a file behind a link has %q, %v", data, err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "a.trace")); err != nil || string(data) != c.Trace {
		t.Errorf("the trace has %q, %v", data, err)
	}
	linked := filepath.Join(around, "linked")
	if err := os.Symlink(elsewhere, linked); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteTrace(linked); err == nil {
		t.Error("a directory behind a link is written to")
	}
	if err := c.Write(linked); err == nil {
		t.Error("a directory behind a link is written to")
	}
}
