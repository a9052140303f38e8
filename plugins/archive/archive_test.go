package archive_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/archive/archivetest"
	"hotspot-helper/plugins/pack"
)

const packText = "format = 1\nname = \"cafe\"\nversion = \"1.2.0\"\nlabel = \"Cafe\"\n[[claim]]\nconfidence = \"low\"\nssid_file = \"names.list\"\n"

// cafe returns a pack with every kind of file. The files in more are added, or removed if nil.
func cafe(more fstest.MapFS) fstest.MapFS {
	files := fstest.MapFS{
		"cafe/pack.toml":              {Data: []byte(packText)},
		"cafe/authenticate.toml":      {Data: []byte("format = 1\n")},
		"cafe/README.md":              {Data: []byte("# cafe\n")},
		"cafe/names.list":             {Data: []byte("Cafe\n")},
		"cafe/tests/right.toml":       {Data: []byte("x")},
		"cafe/tests/right.trace":      {Data: []byte("y")},
		"cafe/tests/pages/login.html": {Data: []byte("<form>")},
	}
	for name, file := range more {
		if file == nil {
			delete(files, name)
		} else {
			files[name] = file
		}
	}
	return files
}

func encode(t *testing.T, a *archive.Archive) []byte {
	t.Helper()
	var data bytes.Buffer
	if err := a.Encode(&data); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func read(t *testing.T, dir fs.FS) *archive.Archive {
	t.Helper()
	a, err := archive.Read(dir, "cafe")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestRoundTrip(t *testing.T) {
	hidden := fstest.MapFS{"cafe/.git/config": {}, "cafe/.minisig": {}, "cafe/tests/.har": {}}
	built := read(t, cafe(hidden))
	if got := built.File(); got != "cafe-1.2.0.hpack" {
		t.Errorf("file is %q", got)
	}
	data := encode(t, built)
	parsed, err := archive.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"README.md", "authenticate.toml", "names.list", "pack.toml", "tests/pages/login.html", "tests/right.toml", "tests/right.trace"}
	if diff := cmp.Diff(want, parsed.Files()); diff != "" {
		t.Error(diff)
	}
	dir := t.TempDir()
	if err := parsed.Unpack(filepath.Join(dir, "cafe")); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, read(t, os.DirFS(dir))), data) {
		t.Error("the unpacked archive is different")
	}
	if err := parsed.Unpack(filepath.Join(dir, "cafe")); err == nil {
		t.Error("unpacked over an existing directory")
	}
}

// The bytes must not change: signatures of earlier versions depend on them.
func TestSameOctetsEverywhere(t *testing.T) {
	sum := sha256.Sum256(encode(t, read(t, cafe(nil))))
	if got := hex.EncodeToString(sum[:]); got != "59a829e5f239a66b6d2ac9dadd8ff495e2b6eda5af6c9231493e304703f99733" {
		t.Errorf("SHA-256 is %s", got)
	}
}

// The system's agent can read the pack regardless of the umask.
func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cafe")
	old := syscall.Umask(0o077)
	err := read(t, cafe(fstest.MapFS{"cafe/tests/right.toml": nil, "cafe/tests/right.trace": nil})).Unpack(dir)
	syscall.Umask(old)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{".": 0o755, "tests": 0o755, "tests/pages": 0o755, "pack.toml": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	many := fstest.MapFS{}
	for i := range 2000 {
		many["cafe/tests/pages/"+strings.Repeat("x", i%50+1)+hex.EncodeToString([]byte{byte(i >> 8), byte(i)})] = &fstest.MapFile{}
	}
	for _, test := range []struct {
		name string
		more fstest.MapFS
		want string
	}{
		{"capture", fstest.MapFS{"cafe/login.har": {}}, `"login.har": not a file of a pack: remove it, or begin its name with a dot`},
		{"capture among cases", fstest.MapFS{"cafe/tests/login.har": {}}, `"tests/login.har": not a file of a pack`},
		{"cases below cases", fstest.MapFS{"cafe/tests/more/a.toml": {}}, `"tests/more/a.toml": not a file of a pack`},
		{"link", fstest.MapFS{"cafe/README.md": {Mode: fs.ModeSymlink}}, `"README.md": not a regular file`},
		{"pipe", fstest.MapFS{"cafe/README.md": {Mode: fs.ModeNamedPipe}}, `"README.md": not a regular file`},
		{"name", fstest.MapFS{"cafe/tests/pages/a b": {}}, `"tests/pages/a b": want names of letters`},
		{"option", fstest.MapFS{"cafe/tests/pages/-rf": {}}, `"tests/pages/-rf": want names of letters`},
		{"long name", fstest.MapFS{"cafe/tests/pages/" + strings.Repeat("a", 80): {}}, "the path has more than 80 characters"},
		{"deep name", fstest.MapFS{"cafe/tests/pages/a/b/c/d": {}}, "or 5 names"},
		{"many", many, "more than 2000 files"},
		{"large", fstest.MapFS{"cafe/maintain.toml": {Data: make([]byte, 1<<20+1)}}, `"maintain.toml": 1048577 bytes, at most 1048576`},
		{"case", fstest.MapFS{"cafe/tests/pages/LOGIN.html": {}}, `"tests/pages/LOGIN.html" and "tests/pages/login.html" are the same path on some file systems`},
		{"case of directory", fstest.MapFS{"cafe/tests/pages/A/x": {}, "cafe/tests/pages/a/y": {}}, `"tests/pages/A" and "tests/pages/a" are the same`},
		{"no pack", fstest.MapFS{"cafe/pack.toml": nil}, "file does not exist"},
		{"other name", fstest.MapFS{"cafe/pack.toml": {Data: []byte(strings.Replace(packText, "cafe", "bar", 1))}}, `name: is "bar", but the directory is "cafe"`},
		{"wrong name", fstest.MapFS{"cafe/pack.toml": {Data: []byte(strings.Replace(packText, "cafe", "../x", 1))}}, `name: want lower-case letters`},
		{"no version", fstest.MapFS{"cafe/pack.toml": {Data: []byte(strings.Replace(packText, "version", "#", 1))}}, `version: want three numbers like 1.0.0, not ""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := archive.Read(cafe(test.more), "cafe")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

// All mistakes are reported together.
func TestReadTellsAll(t *testing.T) {
	_, err := archive.Read(cafe(fstest.MapFS{"cafe/a.har": {}, "cafe/b.har": {}}), "cafe")
	if err == nil || !strings.Contains(err.Error(), "a.har") || !strings.Contains(err.Error(), "b.har") {
		t.Error(err)
	}
}

// hostile returns an archive with a valid pack.toml before other entries.
func hostile(t *testing.T, more ...archivetest.Entry) []byte {
	t.Helper()
	return archivetest.Write(t, append([]archivetest.Entry{archivetest.File("cafe/pack.toml", packText)}, more...)...)
}

// longNamed returns an archive of a pack with a valid but long name.
func longNamed(t *testing.T) []byte {
	t.Helper()
	name := strings.Repeat("a", 70)
	return archivetest.Write(t, archivetest.File(name+"/pack.toml", strings.Replace(packText, "cafe", name, 1)))
}

func TestParseRefuses(t *testing.T) {
	file, right := archivetest.File, encode(t, read(t, cafe(nil)))
	special := func(kind byte) archivetest.Entry {
		return archivetest.Entry{Header: tar.Header{Typeflag: kind, Name: "cafe/tests", Linkname: "/etc", Format: tar.FormatUSTAR}}
	}
	pax := file("cafe/tests/pages/a", "")
	pax.Header.Format, pax.Header.PAXRecords = tar.FormatPAX, map[string]string{"HELPER.x": "y"}
	gnu := file("cafe/tests/pages/a", "")
	gnu.Header.Format = tar.FormatGNU
	mode := file("cafe/tests/pages/a", "")
	mode.Header.Mode = 0o4755
	owner := file("cafe/tests/pages/a", "")
	owner.Header.Uname = "root"
	many := make([]archivetest.Entry, 2000)
	for i := range many {
		many[i] = file("cafe/tests/pages/"+hex.EncodeToString([]byte{byte(i >> 8), byte(i)}), "")
	}
	changed := bytes.Clone(right)
	changed[512+100] = 1
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "it has no files"},
		{"text", []byte(strings.Repeat("x", 1024)), "archive/tar: invalid tar header"},
		{"gzip", append([]byte{0x1f, 0x8b, 8, 0}, make([]byte, 1020)...), "archive/tar: invalid tar header"},
		{"truncated", right[:512+3], "unexpected EOF"},
		{"end missing", right[:len(right)-1024], "not in canonical form"},
		{"something behind", append(bytes.Clone(right), right...), "not in canonical form"},
		{"something in the padding", changed, "not in canonical form"},
		{"order", hostile(t, file("cafe/README.md", "")), "not in canonical form"},
		{"mode", hostile(t, mode), "not in canonical form"},
		{"owner", hostile(t, owner), "not in canonical form"},
		{"link", hostile(t, special(tar.TypeSymlink)), "not a regular file"},
		{"hard link", hostile(t, special(tar.TypeLink)), "not a regular file"},
		{"directory", hostile(t, special(tar.TypeDir)), "not a regular file"},
		{"device", hostile(t, special(tar.TypeChar)), "not a regular file"},
		{"pipe", hostile(t, special(tar.TypeFifo)), "not a regular file"},
		{"PAX", hostile(t, pax), "not a regular file of a ustar archive"},
		{"GNU", hostile(t, gnu), "not a regular file of a ustar archive"},
		{"slip", hostile(t, file("cafe/../../etc/passwd", "")), "want names of letters"},
		{"slip at once", hostile(t, file("../x", "")), `not below "cafe"`},
		{"absolute", hostile(t, file("/etc/passwd", "")), `not below "cafe"`},
		{"absolute below", hostile(t, file("cafe//etc/passwd", "")), "want names of letters"},
		{"no name", hostile(t, file("cafe", "")), "want names of letters"},
		{"backslash", hostile(t, file(`cafe/..\x`, "")), "want names of letters"},
		{"hidden", hostile(t, file("cafe/.minisig", "")), "want names of letters"},
		{"two packs", hostile(t, file("bar/pack.toml", "")), `not below "cafe"`},
		{"twice", hostile(t, file("cafe/pack.toml", "")), "there twice"},
		{"case", hostile(t, file("cafe/PACK.toml", "")), "are the same path on some file systems"},
		{"file and directory", hostile(t, file("cafe/tests", ""), file("cafe/tests/a.toml", "")), "a file and a directory"},
		{"many", hostile(t, many...), "more than 2000 files"},
		{"large text", hostile(t, file("cafe/maintain.toml", strings.Repeat("#", 1<<20+1))), "at most 1048576"},
		{"no TOML", []byte(strings.Replace(string(hostile(t)), "format = 1", "format = [", 1)), "pack.toml:2: format: "},
		{"long pack name", longNamed(t), "name: 70 characters, at most 64"},
		{"wrong pack", hostile(t, file("cafe/tests/a.toml", ""))[1024:], "there is neither pack.toml nor cafe.toml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := archive.Parse(test.data)
			if err == nil || !strings.HasPrefix(err.Error(), "read archive: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := archive.Parse(make([]byte, archive.MaxSize+1)); err == nil || !strings.Contains(err.Error(), "more than 100663296 bytes") {
		t.Error(err)
	}
	half := &fstest.MapFile{Data: make([]byte, archive.MaxSize/2)}
	if _, err := archive.Read(cafe(fstest.MapFS{"cafe/tests/pages/a": half, "cafe/tests/pages/b": half}), "cafe"); err == nil || !strings.Contains(err.Error(), "bytes, at most 100663296") {
		t.Error(err)
	}
}

func TestVersion(t *testing.T) {
	for _, text := range []string{"", "1", "1.2", "1.2.3.4", "1.2.x", "1.-2.3", "1.2.99999999999999999999", "v1.2.3"} {
		if _, err := archive.ParseVersion(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	ordered := []string{"0.0.1", "0.1.0", "0.9.0", "0.10.0", "1.0.0", "1.0.1", "10.0.0"}
	for i, one := range ordered {
		for j, other := range ordered {
			a, err := archive.ParseVersion(one)
			if err != nil {
				t.Fatal(err)
			}
			b, err := archive.ParseVersion(other)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Compare(b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s to %s: %d", one, other, got)
			}
		}
	}
}

// FuzzParse checks that an accepted archive is safe to unpack and encodes to the same bytes.
func FuzzParse(f *testing.F) {
	a, err := archive.Read(cafe(nil), "cafe")
	if err != nil {
		f.Fatal(err)
	}
	var data bytes.Buffer
	if err := a.Encode(&data); err != nil {
		f.Fatal(err)
	}
	f.Add(data.Bytes())
	f.Add(packed(f, campus(nil)))
	f.Add(packed(f, script(nil)))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := archive.Parse(data)
		if err != nil {
			return
		}
		if !bytes.Equal(encode(t, a), data) {
			t.Error("encoded again it is different")
		}
		if err := pack.CheckName(a.Name); err != nil {
			t.Error(err)
		}
		for _, name := range a.Files() {
			if !filepath.IsLocal(name) || strings.HasPrefix(name, ".") {
				t.Errorf("it has %q", name)
			}
		}
	})
}

// Every shipped pack can be archived, and has a README.
func TestShippedPacks(t *testing.T) {
	dir := os.DirFS(filepath.Join("..", "packs"))
	packs, err := fs.Glob(dir, "*/pack.toml")
	if err != nil || len(packs) == 0 {
		t.Fatalf("%d packs, %v", len(packs), err)
	}
	for _, file := range packs {
		name := path.Dir(file)
		a, err := archive.Read(dir, name)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := archive.Parse(encode(t, a)); err != nil || !slices.Contains(a.Files(), archive.Readme) {
			t.Errorf("%s: %v, files %q", name, err, a.Files())
		}
	}
}
