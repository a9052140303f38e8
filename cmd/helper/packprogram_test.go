package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/internal/confine/confinetest"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/plugins/archive/archivetest"
)

// example copies a live helper of the repository.
func (s *shop) example(name string) {
	s.t.Helper()
	if err := os.CopyFS(s.path(name), os.DirFS(filepath.Join("..", "..", "examples", name))); err != nil {
		s.t.Fatal(err)
	}
}

// ship builds, and signs what a registration names.
func (s *shop) ship(registration, file string) {
	s.t.Helper()
	s.must("pack", "build", registration, "-o", file)
	s.must("pack", "sign", file)
}

// TestShipGo ships a program for two architectures: it is installed for this one, and logs in. It writes a program, so no
// other process may be started meanwhile.
func TestShipGo(t *testing.T) {
	confinetest.Needs(t)
	s := newShop(t)
	s.example("omada")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", s.path("omada", "bin", runtime.GOARCH, "omada-go"), "hotspot-helper/examples/omada")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for arch, machine := range map[string]byte{"amd64": 0x3e, "arm64": 0xb7} {
		if arch == runtime.GOARCH {
			continue
		}
		file := s.path("omada", "bin", arch, "omada-go")
		header := append([]byte("\x7fELF\x02\x01\x01"), 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, machine, 0)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, header, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	s.must("pack", "key", "generate")
	s.ship(s.path("omada", "omada-go.toml"), s.path("omada-go.hpack"))
	stdout, _ := s.must("pack", "install", "--allow-program", s.path("omada-go.hpack"))
	if !strings.Contains(stdout, "  file        bin/"+runtime.GOARCH+"/omada-go, SHA-256 ") {
		t.Errorf("it says\n%s", stdout)
	}
	installed := s.path("home", ".local", "share", "hotspot-helper", "helpers.d", "omada-go")
	if bins, err := os.ReadDir(filepath.Join(installed, "bin")); err != nil || len(bins) != 1 || bins[0].Name() != runtime.GOARCH {
		t.Errorf("programs for %v, %v", bins, err)
	}
	address, log := simulate(t, "omada")
	if _, printed := runAgainst(t, s.path("home"), "", filepath.Join(installed, "omada-go.toml"), "--against", address); !strings.Contains(log.String(), "granted: click\n") || !strings.Contains(printed, " authenticated: ") {
		t.Errorf("%s\n%s", printed, log)
	}
}

// TestProgramAsks asks at a terminal: no is the answer unless the user says yes. The answer covers what is
// shown of an update, and nothing else.
func TestProgramAsks(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	confinetest.Needs(t)
	s := newShop(t)
	s.example("srun")
	s.must("pack", "key", "generate")
	s.ship(s.path("srun", "srun-python.toml"), s.path("one.hpack"))
	source, err := os.ReadFile(s.path("srun", "srun.py"))
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.NewReplacer(`"version": "1.0.0"`, `"version": "1.1.0"`, `"hosts": ["@start"]`, `"hosts": ["@start", "log.campus.test"]`).Replace(string(source))
	if err := os.WriteFile(s.path("srun", "srun.py"), []byte(newer), 0o700); err != nil {
		t.Fatal(err)
	}
	s.ship(s.path("srun", "srun-python.toml"), s.path("two.hpack"))
	s.must("pack", "key", "generate", "--key-file", s.path("thief.key"))
	s.must("pack", "build", s.path("srun", "srun-python.toml"), "-o", s.path("stolen.hpack"))
	s.must("pack", "sign", s.path("stolen.hpack"), "--key-file", s.path("thief.key"))

	s.typed = []string{} // a terminal
	for _, test := range []struct {
		name, file, answers string
		code                int
		stdout, stderr      string
	}{
		{"return", "one.hpack", "\n", exitError, "IS A PROGRAM", "Allow the program of srun-python-1.0.0.hpack? (yes, no) [no] "},
		{"no", "one.hpack", "no\n", exitError, "IS A PROGRAM", "you did not allow its program, and nothing is changed"},
		{"the end of the input", "one.hpack", "", exitError, "IS A PROGRAM", "read answer: the input ended, and nothing is changed"},
		{"yes", "one.hpack", "yes\n", exitOK, "srun-python 1.0.0 is installed", ""},
		{"no to an update", "two.hpack", "no\n", exitError, "it also talks to log.campus.test", "nothing is changed"},
		{"yes to another key", "stolen.hpack", "yes\n", exitError, "", "IT IS SIGNED BY ANOTHER KEY"},
		{"yes to an update", "two.hpack", "yes\n", exitOK, "in place of 1.0.0", ""},
		{"yes to an older one", "one.hpack", "yes\n", exitError, "", "it is older than 1.1.0"},
	} {
		s.answers = test.answers
		code, stdout, stderr := s.run("pack", "install", s.path(test.file))
		if code != test.code || !strings.Contains(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) {
			t.Errorf("%s: exit %d\n%s%s", test.name, code, stdout, stderr)
		}
		if asks := strings.Contains(stderr, "Allow the program"); asks != (test.stdout != "") {
			t.Errorf("%s: it asks: %v", test.name, asks)
		}
	}
}

// repacked returns an archive with other content, as the command writes archives.
func repacked(t *testing.T, data []byte, change func(files map[string][]byte)) []byte {
	t.Helper()
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			files[header.Name], err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	change(files)
	var entries []archivetest.Entry
	for _, name := range slices.Sorted(maps.Keys(files)) {
		entries = append(entries, archivetest.File(name, string(files[name])))
	}
	return archivetest.Write(t, entries...)
}

// TestHostilePrograms signs archives that no maker builds with the command, as a maker could: nothing of them is installed, and
// nothing of them runs that was not shown.
func TestHostilePrograms(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	confinetest.Needs(t)
	s := newShop(t)
	s.example("srun")
	s.must("pack", "key", "generate")
	s.must("pack", "build", s.path("srun", "srun-python.toml"), "-o", s.path("right.hpack"))
	right, err := os.ReadFile(s.path("right.hpack"))
	if err != nil {
		t.Fatal(err)
	}
	const registration, program = "srun-python/srun-python.toml", "srun-python/srun.py"
	replace := func(name, old, now string) func(map[string][]byte) {
		return func(files map[string][]byte) { files[name] = bytes.Replace(files[name], []byte(old), []byte(now), 1) }
	}
	for _, test := range []struct {
		name   string
		change func(files map[string][]byte)
		want   string
	}{
		{"says another host", replace(program, `"hosts": ["@start"]`, `"hosts": ["*.evil.test"]`), "says of itself something else than describe.json"},
		{"says another host than is shown", replace("srun-python/describe.json", "@start", "*.evil.test"), "says of itself something else than describe.json"},
		{"does something else", replace(program, `exchange("login"`, `exchange("logon"`), "play case right: its trace is"},
		{"does not answer", replace(program, "#!", "#!/bin/false\n#"), "use helper srun-python: "},
		{"program of the system", replace(registration, `exec = "srun.py"`, "exec = \"/bin/sh\"\nargs = [\"-c\", \"id\"]"), "exec: want a path below"},
		{"program above", replace(registration, `exec = "srun.py"`, `exec = "../x"`), "exec: want a path below"},
	} {
		file := s.path("hostile.hpack")
		if err := os.WriteFile(file, repacked(t, right, test.change), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := s.run("pack", "install", "--unsigned", "--allow-program", file)
		if code != exitError || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit %d, want %q\n%s%s", test.name, code, test.want, stdout, stderr)
		}
	}
	if left, err := os.ReadDir(s.path("home", ".local", "share", "hotspot-helper", "helpers.d")); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}
