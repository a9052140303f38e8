package archive_test

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/archive/archivetest"
)

const described = `{
  "name": "campus",
  "version": "1.2.0",
  "label": "Campus",
  "inputs": [
    {
      "name": "pin",
      "prompt": "PIN",
      "secret": true
    }
  ],
  "hosts": [
    "login.campus.test"
  ]
}
`

// registers is the registration of a program and a module.
func registers(program, module string) string {
	return "api = 1\nexec = \"" + program + "\"\nfiles = [\"" + module + "\"]\n[[network]]\nconfidence = \"low\"\nssid = [\"Campus\"]\n"
}

// machine returns the beginning of a program for an architecture.
func machine(class elf.Class, of elf.Machine) string {
	header := make([]byte, 64)
	copy(header, elf.ELFMAG)
	header[elf.EI_CLASS], header[elf.EI_DATA], header[18], header[19] = byte(class), byte(elf.ELFDATA2LSB), byte(of), byte(of>>8)
	return string(header)
}

// campus are the files of a live helper with programs for two architectures, by their paths in the archive. Those in
// more are added, or removed if empty.
func campus(more map[string]string) map[string]string {
	files := map[string]string{
		"campus.toml":           registers("bin/{arch}/campus", "lib/words.txt"),
		"describe.json":         described,
		"bin/amd64/campus":      machine(elf.ELFCLASS64, elf.EM_X86_64),
		"bin/arm64/campus":      machine(elf.ELFCLASS64, elf.EM_AARCH64),
		"lib/words.txt":         "words\n",
		"README.md":             "# campus\n",
		"tests/right.toml":      "x",
		"tests/pages/main.html": "<form>",
	}
	for path, text := range more {
		if files[path] = text; text == "" {
			delete(files, path)
		}
	}
	return files
}

// script are the files of a live helper that is one script for all architectures.
func script(more map[string]string) map[string]string {
	files := campus(map[string]string{
		"campus.toml": registers("campus.py", "lib/words.txt"), "bin/amd64/campus": "", "bin/arm64/campus": "", "campus.py": "#!/usr/bin/python3\n",
	})
	maps.Copy(files, more)
	return files
}

// packed returns an archive of files below campus/, as the command writes them.
func packed(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var entries []archivetest.Entry
	for _, path := range slices.Sorted(maps.Keys(files)) {
		entries = append(entries, archivetest.File("campus/"+path, files[path]))
	}
	return archivetest.Write(t, entries...)
}

// TestPrograms packs a live helper, and unpacks what is for one architecture.
func TestPrograms(t *testing.T) {
	dir := fstest.MapFS{
		".git/config": {}, "main.go": {Data: []byte("package main")}, "portal.har": {Data: []byte("password: 2718")}, // no part of it
		"describe.json": {Data: []byte("{}")}, // written anew
	}
	for path, text := range campus(map[string]string{"describe.json": ""}) {
		dir[path] = &fstest.MapFile{Data: []byte(text)}
	}
	built, err := archive.ReadProgram(dir, "campus", []byte(described))
	if err != nil {
		t.Fatal(err)
	}
	data := encode(t, built)
	if !bytes.Equal(data, packed(t, campus(nil))) {
		t.Errorf("it has other files: %q", built.Files())
	}
	// The bytes must not change: signatures of earlier versions depend on them.
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != "6ae9c11f3cb63d978c14b702e793f8ef599ce3f1585e5c1d25aae5b99ceebd40" {
		t.Errorf("SHA-256 is %x", sum)
	}
	parsed, err := archive.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := parsed.File() + " " + strings.Join(parsed.Architectures(), " "); got != "campus-1.2.0.hpack amd64 arm64" {
		t.Errorf("it is %s", got)
	}
	own, err := parsed.For("arm64")
	if err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(t.TempDir(), "campus")
	if err := own.Unpack(target); err != nil {
		t.Fatal(err)
	}
	modes := map[string]fs.FileMode{}
	err = fs.WalkDir(os.DirFS(target), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			info, failed := entry.Info()
			modes[path], err = info.Mode(), failed
		}
		return err
	})
	want := map[string]fs.FileMode{
		"campus.toml": 0o644, "describe.json": 0o644, "bin/arm64/campus": 0o755, "lib/words.txt": 0o644,
		"README.md": 0o644, "tests/right.toml": 0o644, "tests/pages/main.html": 0o644,
	}
	if diff := cmp.Diff(want, modes); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if _, err := parsed.For("arm"); !errors.Is(err, archive.ErrArchitecture) || !strings.Contains(err.Error(), "it has programs for amd64, arm64, and this is arm") {
		t.Errorf("another architecture: %v", err)
	}
}

// TestScriptForAll packs a script, which runs everywhere.
func TestScriptForAll(t *testing.T) {
	a, err := archive.Parse(packed(t, script(nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range a.Architectures() {
		own, err := a.For(arch)
		if err != nil || !slices.Equal(own.Files(), a.Files()) {
			t.Errorf("%s: %q, %v", arch, own.Files(), err)
		}
	}
	if got := len(a.Architectures()); got != 4 {
		t.Errorf("it is for %d architectures", got)
	}
}

// TestHostilePrograms has archives of live helpers that are refused before anything of them is unpacked or run.
func TestHostilePrograms(t *testing.T) {
	amd64, arm64 := machine(elf.ELFCLASS64, elf.EM_X86_64), machine(elf.ELFCLASS64, elf.EM_AARCH64)
	with := func(old, now string) string {
		return strings.Replace(registers("bin/{arch}/campus", "lib/words.txt"), old, now, 1)
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a pack at once", campus(map[string]string{"pack.toml": "format = 1\n"}), "it is a pack and a live helper at once"},
		{"a flow", campus(map[string]string{"authenticate.toml": "format = 1\n"}), `"authenticate.toml": not a file of a live helper`},
		{"two registrations", campus(map[string]string{"other.toml": registers("bin/{arch}/campus", "lib/words.txt")}), `"other.toml": not a file of a live helper`},
		{"registration of another name", campus(map[string]string{"campus.toml": "", "other.toml": registers("bin/{arch}/campus", "lib/words.txt")}), "there is neither pack.toml nor campus.toml"},
		{"another program", campus(map[string]string{"bin/amd64/other": amd64}), `"bin/amd64/other": not a file of a live helper`},
		{"program for what is no architecture", campus(map[string]string{"bin/mips/campus": amd64}), `"bin/mips/campus": not a file of a live helper`},
		{"program named as another architecture", campus(map[string]string{"bin/amd64/campus": arm64}), "bin/amd64/campus: it is a program for arm64, not for amd64"},
		{"program for one architecture named as for all", script(map[string]string{"campus.py": amd64}), "it is a program for amd64 alone: want {arch} in its path"},
		{"program for a computer that nobody has", campus(map[string]string{"bin/amd64/campus": machine(elf.ELFCLASS64, elf.EM_S390)}), "an architecture that is none of"},
		{"32 bits as 64", campus(map[string]string{"bin/amd64/campus": machine(elf.ELFCLASS32, elf.EM_X86_64)}), "an architecture that is none of"},
		{"text as a program", script(map[string]string{"campus.py": "print()\n"}), "it is neither a script that begins with #! nor a program of Linux"},
		{"short program", script(map[string]string{"campus.py": elf.ELFMAG}), "it is neither a script"},
		{"empty program", packedEmpty("bin/amd64/campus"), "it is neither a script"},
		{"no program", campus(map[string]string{"bin/amd64/campus": "", "bin/arm64/campus": ""}), `there is no program "bin/{arch}/campus"`},
		{"no module", campus(map[string]string{"lib/words.txt": ""}), `there is no "lib/words.txt"`},
		{"module that is not named", campus(map[string]string{"lib/more.txt": "x"}), `"lib/more.txt": not a file of a live helper`},
		{"program above", campus(map[string]string{"campus.toml": with("bin/{arch}/campus", "../x")}), "exec: want a path below the directory of this file"},
		{"program in a roundabout way", campus(map[string]string{"campus.toml": with("bin/{arch}/campus", "bin/../bin/{arch}/campus")}), "exec: want a path below"},
		{"program of the system", campus(map[string]string{"campus.toml": with("exec = \"bin/{arch}/campus\"", "exec = \"/bin/sh\"\nargs = [\"-c\", \"id\"]")}), "exec: want a path below"},
		{"module above", campus(map[string]string{"campus.toml": with("lib/words.txt", "../../pack-keys.json")}), "files 1: want a path below"},
		{"module of the system", campus(map[string]string{"campus.toml": with("lib/words.txt", "/etc/passwd")}), "files 1: want a path below"},
		{"registration as program", script(map[string]string{"campus.toml": "#!/bin/sh\n" + registers("campus.toml", "lib/words.txt")}), `"campus.toml": not a file of a program`},
		{"page as program", script(map[string]string{"campus.toml": registers("tests/pages/main.html", "lib/words.txt"), "tests/pages/main.html": "#!/bin/sh"}), `"tests/pages/main.html": not a file of a program`},
		{"unconfined", campus(map[string]string{"campus.toml": "allow_unconfined = true\n" + registers("bin/{arch}/campus", "lib/words.txt")}), "allow_unconfined: only the user of a computer may allow that"},
		{"another protocol", campus(map[string]string{"campus.toml": with("api = 1", "api = 2")}), "api: this program speaks api = 1"},
		{"no network", campus(map[string]string{"campus.toml": "api = 1\nexec = \"bin/{arch}/campus\"\n"}), "no [[network]]"},
		{"unknown key", campus(map[string]string{"campus.toml": "setuid = true\n" + registers("bin/{arch}/campus", "lib/words.txt")}), "setuid"},
		{"no description", campus(map[string]string{"describe.json": ""}), "there is no describe.json"},
		{"description of another", campus(map[string]string{"describe.json": strings.Replace(described, "campus", "other", 1)}), `name: is "other", but it is registered as "campus"`},
		{"description with more", campus(map[string]string{"describe.json": strings.Replace(described, "{", "{\n  \"more\": 1,", 1)}), "describe.json: it is not as 'helper pack build' writes it"},
		{"description that says something twice", campus(map[string]string{"describe.json": strings.Replace(described, "{", "{\n  \"version\": \"9.0.0\",", 1)}), "describe.json: it is not as"},
		{"host that is a registry", campus(map[string]string{"describe.json": strings.Replace(described, "login.campus.test", "*.com", 1)}), "hosts: "},
		{"no version", campus(map[string]string{"describe.json": strings.Replace(described, "1.2.0", "new", 1)}), "version: want three numbers"},
		{"huge description", campus(map[string]string{"describe.json": described + strings.Repeat(" ", 64<<10)}), "bytes, at most 65536"},
		{"huge program", campus(map[string]string{"bin/amd64/campus": amd64 + strings.Repeat("x", 64<<20)}), `"bin/amd64/campus": 67108928 bytes, at most 67108864`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := archive.Parse(packed(t, test.files)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

// packedEmpty are the files of a live helper, one of which is empty.
func packedEmpty(path string) map[string]string {
	files := campus(nil)
	files[path] = ""
	return files
}

// TestProgramLinks refuses links in the directory of a live helper.
func TestProgramLinks(t *testing.T) {
	dir := fstest.MapFS{}
	for path, text := range script(nil) {
		dir[path] = &fstest.MapFile{Data: []byte(text)}
	}
	dir["campus.py"] = &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte("/bin/sh")}
	dir["tests/portal.har"] = &fstest.MapFile{Data: []byte("password: 2718")}
	_, err := archive.ReadProgram(dir, "campus", []byte(described))
	if err == nil || !strings.Contains(err.Error(), `"campus.py": not a regular file`) || !strings.Contains(err.Error(), `"tests/portal.har": not a file of a pack`) {
		t.Error(err)
	}
}
