package agent

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMemorySurvives(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "memory.json")
	m, err := OpenStore(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.note("ssid:Cafe", outcomeLoggedIn, "vendor")
	m.note("ssid:Cafe", outcomeLoggedOff, "vendor")
	m.note("ssid:Bar", outcomeDenied, "vendor")
	m.note("wire:eth0/192.0.2.1", outcomeOnline, "")
	m.flush()

	again, err := OpenStore(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.LastHelper("Cafe"); got != "vendor" {
		t.Errorf("the helper that logged in is forgotten: %q", got)
	}
	if last := again.last("ssid:Cafe"); last == nil || last.Outcome != outcomeLoggedOff || last.Time.IsZero() {
		t.Errorf("last: %+v", last)
	}
	if !again.refused("ssid:Bar", "vendor") || again.refused("ssid:Cafe", "vendor") {
		t.Error("refusals are mixed up")
	}
	again.forgive("ssid:Bar")
	if again.refused("ssid:Bar", "vendor") {
		t.Error("not forgiven")
	}
	if again.last("ssid:New") != nil {
		t.Error("a network never joined has a history")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file: %v, %v", info.Mode(), err)
	}
}

func TestMemorySavesOnlyChanges(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "memory.json")
	m, err := OpenStore(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.note("ssid:Cafe", outcomeLoggedIn, "vendor")
	m.flush()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	m.note("ssid:Cafe", outcomeLoggedIn, "vendor")
	m.flush()
	if _, err := os.Stat(file); err == nil {
		t.Error("written again without a change")
	}
}

func TestCorruptMemoryIsMovedAside(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"cut off":       `{"version": 1, "netwo`,
		"other version": `{"version": 99}`,
		"wrong type":    `{"version": 1, "networks": []}`,
		"empty":         ``,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "memory.json")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			m, err := OpenStore(file, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "moved aside") {
				t.Errorf("no warning: %s", &log)
			}
			kept, _ := filepath.Glob(file + ".corrupt-*")
			if len(kept) != 1 {
				t.Fatalf("kept %q", kept)
			}
			if data, err := os.ReadFile(kept[0]); err != nil || string(data) != content {
				t.Errorf("what was kept: %q, %v", data, err)
			}
			m.note("ssid:Cafe", outcomeOnline, "")
			m.flush()
			if again, err := OpenStore(file, nil); err != nil || again.last("ssid:Cafe") == nil {
				t.Errorf("it does not work afterwards: %v", err)
			}
		})
	}
}

func TestMemoryThatCannotBeRead(t *testing.T) {
	t.Parallel()
	if _, err := OpenStore(t.TempDir(), nil); err == nil {
		t.Error("a directory is taken for a file")
	}
}
