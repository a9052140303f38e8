package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSafeWriter(t *testing.T) {
	for _, test := range []struct {
		name   string
		pieces []string
		want   string
	}{
		{"text", []string{"a\tb\n", "é€😀\n"}, "a\tb\né€😀\n"},
		{"escapes", []string{"\x1b]0;x\x07\r\x7f\n"}, "�]0;x���\n"},
		{"bold", []string{"\n" + bold + "Title" + normal + "\n"}, "\n" + bold + "Title" + normal + "\n"},
		{"colour", []string{"\x1b[31mred" + normal}, "\x1b[31mred" + normal},
		{"other attributes", []string{"\x1b[8mx"}, "�[8mx"},
		{"in pieces", []string{"\xc2", "\x9b1mx", "\xe2\x80", "\xae", "é"[:1], "é"[1:]}, "�1mx�é"},
		{"no text", []string{"\x9b\xff\n"}, "��\n"},
	} {
		var out bytes.Buffer
		w := &safeWriter{to: &out, colour: true}
		for _, piece := range test.pieces {
			if n, err := io.WriteString(w, piece); n != len(piece) || err != nil {
				t.Errorf("%s: %d, %v", test.name, n, err)
			}
		}
		if out.String() != test.want {
			t.Errorf("%s: %q, want %q", test.name, out.String(), test.want)
		}
	}
	var out bytes.Buffer
	if _, err := io.WriteString(&safeWriter{to: &out}, bold+"a"); err != nil || out.String() != "�[1ma" {
		t.Errorf("without colours: %q, %v", out.String(), err)
	}
}

// A directory's name controls no terminal, whatever command prints it.
func TestNamesControlNoTerminal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a\x1b]0;owned\x07\u202eb")
	if err := os.CopyFS(filepath.Join(dir, "opennds"), os.DirFS("../../plugins/packs/opennds")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "broken"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"pack", "test", filepath.Join(dir, "opennds")},
		{"pack", "test", filepath.Join(dir, "broken")},
		{"pack", "lint", filepath.Join(dir, "opennds"), filepath.Join(dir, "broken")},
		{"pack", "show", filepath.Join(dir, "opennds")},
		{"pack", "new", "cafe", "--dir", dir},
		{"pack", "list"},
		{"claim", "Cafe", "--evidence", filepath.Join(dir, "e.json")},
		{"--config", filepath.Join(dir, "helper.toml"), "status"},
	} {
		var stdout, stderr bytes.Buffer
		run(env{
			args: args, stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
			getenv: func(name string) string {
				return map[string]string{"HOME": dir, "XDG_STATE_HOME": dir, "XDG_DATA_HOME": dir, "DBUS_SESSION_BUS_ADDRESS": "unix:path=" + dir, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=" + dir}[name]
			},
		})
		for name, text := range map[string]string{"stdout": stdout.String(), "stderr": stderr.String()} {
			if strings.ContainsFunc(strings.NewReplacer("\n", "", "\t", "").Replace(text), isControl) {
				t.Errorf("%v: %s has %q", args, name, text)
			}
		}
	}
}
