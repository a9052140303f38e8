package trust_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"aead.dev/minisign"

	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/trust"
)

// day is the time of all tests.
func day() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

const flowText = `format = 1
hosts = ["login.cafe.test"]
[[step]]
id = "landing"
open = "{{.probe.url}}"
`

func packText(name, version string) string {
	return "format = 1\nname = \"" + name + "\"\nversion = \"" + version + "\"\nlabel = \"Cafe\"\n[[claim]]\nconfidence = \"low\"\nssid = [\"Cafe\"]\n"
}

// packFS returns a directory with one valid pack.
func packFS(name, version string) fstest.MapFS {
	return fstest.MapFS{
		name + "/pack.toml":         {Data: []byte(packText(name, version))},
		name + "/authenticate.toml": {Data: []byte(flowText)},
		name + "/README.md":         {Data: []byte("# " + name + "\n")},
		name + "/tests/a.toml":      {Data: []byte("# a case\n")},
	}
}

func newArchive(t testing.TB, name, version string) *archive.Archive {
	t.Helper()
	return readArchive(t, packFS(name, version), name)
}

func readArchive(t testing.TB, dir fs.FS, name string) *archive.Archive {
	t.Helper()
	a, err := archive.Read(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func encode(t testing.TB, a *archive.Archive) []byte {
	t.Helper()
	var data bytes.Buffer
	if err := a.Encode(&data); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func newKey(t testing.TB) (minisign.PublicKey, minisign.PrivateKey) {
	t.Helper()
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return public, private
}

func sign(t testing.TB, a *archive.Archive, key minisign.PrivateKey) trust.Signature {
	t.Helper()
	text, err := trust.Sign(a, key, day())
	if err != nil {
		t.Fatal(err)
	}
	s, err := trust.ParseSignature(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wants fails if the error does not contain a text; empty: there must be no error.
func wants(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error is %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error is %v, want %q", err, want)
	}
}
