package trust_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"hotspot-helper/plugins/trust"
)

// Copies are bounded in size and number, and what the check refuses leaves the older one.
func TestCopiesAreBounded(t *testing.T) {
	from := fstest.MapFS{}
	add := func(name, list string) {
		text := fmt.Sprintf("format = 1\nname = %q\nversion = \"1.0.0\"\nlabel = \"Cafe\"\n[[claim]]\nconfidence = \"low\"\nssid_file = \"names.txt\"\n", name)
		for file, data := range map[string]string{
			"pack.toml": text, "names.txt": list, "README.md": "# Cafe\n", ".minisig": "a signature",
			"authenticate.toml": "format = 1\nhosts = [\"cafe.test\"]\n[[step]]\nid = \"go\"\nopen = \"https://cafe.test/\"\n",
		} {
			from[name+"/"+file] = &fstest.MapFile{Data: []byte(data)}
		}
	}
	add("cafe", "Cafe\n")
	add("large", strings.Repeat("Cafe of a long name\n", 1<<20))
	copies := trust.Copies{Dir: filepath.Join(t.TempDir(), "copies")}
	accept := func(fs.FS) error { return nil }
	if err := copies.Keep(from, "large", accept); !errors.Is(err, trust.ErrCopyLimit) || !strings.Contains(err.Error(), "more than 16777216 bytes") {
		t.Errorf("large: %v", err)
	}
	if err := copies.Keep(from, "cafe", accept); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	from["cafe/README.md"] = &fstest.MapFile{Data: []byte("# Other\n")}
	if err := copies.Keep(from, "cafe", func(fs.FS) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("refused: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(copies.Dir, "cafe", "README.md")); string(text) != "# Cafe\n" {
		t.Errorf("refused, and the copy has %q, %v", text, err)
	}
	for i := range 64 {
		if err := os.Mkdir(filepath.Join(copies.Dir, fmt.Sprint("other-", i)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := copies.Keep(from, "cafe", accept); !errors.Is(err, trust.ErrCopyLimit) || !strings.Contains(err.Error(), "64 copies of others") {
		t.Errorf("one too many: %v", err)
	}
	if err := copies.Remove("other-1"); err != nil {
		t.Fatal(err)
	}
	if err := copies.Keep(from, "cafe", accept); err != nil {
		t.Errorf("there is room: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(copies.Dir, "cafe", "README.md")); string(text) != "# Other\n" {
		t.Errorf("kept, and the copy has %q, %v", text, err)
	}
	for _, name := range []string{"../cafe", ".", ""} {
		if err := copies.Keep(from, name, accept); err == nil {
			t.Errorf("%q is kept", name)
		}
	}
}
