package trust_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"hotspot-helper/plugins/archive/archivetest"
	"hotspot-helper/plugins/trust"
)

// tarOf writes any files in canonical form.
func tarOf(t *testing.T, files fstest.MapFS) []byte {
	t.Helper()
	var entries []archivetest.Entry
	for _, name := range slices.Sorted(maps.Keys(files)) {
		entries = append(entries, archivetest.File(name, string(files[name].Data)))
	}
	return archivetest.Write(t, entries...)
}

func TestSigner(t *testing.T) {
	vendor := newMaker(t)
	for _, test := range []struct {
		name   string
		change func(root *os.Root) error // in the installed pack
		want   string                    // of the error
		signed bool
	}{
		{"as installed", func(*os.Root) error { return nil }, "", true},
		{"hidden file", func(r *os.Root) error { return r.WriteFile(".swp", nil, 0o600) }, "", true},
		{"time and mode", func(r *os.Root) error { return r.Chmod("pack.toml", 0o600) }, "", true},
		{"signature is gone", func(r *os.Root) error { return r.Remove(".minisig") }, "", false},
		{"edited", func(r *os.Root) error { return r.WriteFile("README.md", []byte("#"), 0o644) }, "pack cafe: changed since it was signed by RW", true},
		{"new version", func(r *os.Root) error { return r.WriteFile("pack.toml", []byte(packText("cafe", "1.0.1")), 0o644) }, "changed since it was signed by RW", true},
		{"file more", func(r *os.Root) error { return r.WriteFile("tests/b.toml", nil, 0o644) }, "changed since it was signed by RW", true},
		{"file that is none of a pack's", func(r *os.Root) error { return r.WriteFile("b.har", nil, 0o644) }, `changed since it was signed: read pack cafe: "b.har"`, true},
		{"file less", func(r *os.Root) error { return r.Remove("README.md") }, "changed since it was signed by RW", true},
		{"link", func(r *os.Root) error { return errors.Join(r.Remove("README.md"), r.Symlink("pack.toml", "README.md")) }, "not a regular file", true},
		{"not to be read", func(r *os.Root) error { return r.WriteFile("pack.toml", []byte("["), 0o644) }, "changed since it was signed: ", true},
		{"signature edited", func(r *os.Root) error { return r.WriteFile(".minisig", []byte("x"), 0o644) }, "changed since it was signed: its signature is damaged", false},
		{"signature is a directory", func(r *os.Root) error { return errors.Join(r.Remove(".minisig"), r.Mkdir(".minisig", 0o755)) }, "read signature of pack cafe: ", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			place := newPlace(t)
			if _, err := place.Install(vendor.request(t, "cafe", "1.0.0")); err != nil {
				t.Fatal(err)
			}
			root, err := os.OpenRoot(filepath.Join(place.Dir, "cafe"))
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			if err := test.change(root); err != nil {
				t.Fatal(err)
			}
			mark, err := trust.Signer(os.DirFS(place.Dir), "cafe")
			wants(t, err, test.want)
			if (mark.Key != nil) != test.signed || test.signed && (!mark.Key.Equal(vendor.public) || !mark.Time.Equal(day())) {
				t.Errorf("mark is %v", mark)
			}
		})
	}
}

// A valid signature of another pack does not count.
func TestSignerOfAnother(t *testing.T) {
	place := newPlace(t)
	vendor := newMaker(t)
	for _, name := range []string{"cafe", "bar"} {
		if _, err := place.Install(vendor.request(t, name, "1.0.0")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Join(place.Dir, "bar", ".minisig"), filepath.Join(place.Dir, "cafe", ".minisig")); err != nil {
		t.Fatal(err)
	}
	if _, err := trust.Signer(os.DirFS(place.Dir), "cafe"); !errors.Is(err, trust.ErrChanged) {
		t.Error(err)
	}
}

// BenchmarkSigner measures the cost of loading a signed pack.
func BenchmarkSigner(b *testing.B) {
	public, private := newKey(b)
	files := packFS("cafe", "1.0.0")
	text, err := trust.Sign(newArchive(b, "cafe", "1.0.0"), private, day())
	if err != nil {
		b.Fatal(err)
	}
	files["cafe/.minisig"] = &fstest.MapFile{Data: text}
	for b.Loop() {
		if mark, err := trust.Signer(files, "cafe"); err != nil || !mark.Key.Equal(public) {
			b.Fatal(err)
		}
	}
}
