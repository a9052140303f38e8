package trust_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/plugins/trust"
)

func noPassword() (string, error) { return "", errors.New("asked for a password") }

func typed(password string) func() (string, error) {
	return func() (string, error) { return password, nil }
}

func TestKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a", "pack.key")
	public, err := trust.GenerateKey(file, "")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	private, err := trust.ReadPrivateKey(file, noPassword)
	if err != nil || !public.Equal(private.Public()) {
		t.Errorf("another key, or none: %v", err)
	}
	for _, arg := range []string{file + trust.PublicSuffix, public.String(), " " + public.String() + "\n"} {
		if key, err := trust.ReadKey(arg); err != nil || !key.Equal(public) {
			t.Errorf("read %q: %v, %v", arg, key, err)
		}
	}
	if _, err := trust.GenerateKey(file, ""); !errors.Is(err, trust.ErrKeyExists) {
		t.Errorf("replaced another key: %v", err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = trust.ReadPrivateKey(file, noPassword)
	wants(t, err, "mode is 0640, so others than its owner may touch it")
}

// weakKey returns a key with a cheap password hash: the usual one takes 1 GiB and seconds.
func weakKey(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "weak.key"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "weak.key") // git keeps no mode 0600
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPassword(t *testing.T) {
	file := weakKey(t)
	public, err := trust.ReadKey(filepath.Join("testdata", "weak.pub"))
	if err != nil {
		t.Fatal(err)
	}
	if private, err := trust.ReadPrivateKey(file, typed("swordfish")); err != nil || !public.Equal(private.Public()) {
		t.Errorf("another key, or none: %v", err)
	}
	_, err = trust.ReadPrivateKey(file, typed("tuna"))
	wants(t, err, "the password is wrong, or the file is damaged")
	_, err = trust.ReadPrivateKey(file, noPassword)
	wants(t, err, "asked for a password")
}

func TestEncryptedKey(t *testing.T) {
	if testing.Short() {
		t.Skip("encrypting a key takes 1 GiB of memory and seconds")
	}
	file := filepath.Join(t.TempDir(), "pack.key")
	public, err := trust.GenerateKey(file, "swordfish")
	if err != nil {
		t.Fatal(err)
	}
	if private, err := trust.ReadPrivateKey(file, typed("swordfish")); err != nil || !public.Equal(private.Public()) {
		t.Errorf("another key, or none: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none"):               "no such file or directory",
		dir:                                      "not a private key",
		write("long", strings.Repeat("x", 5000)): "not a private key",
		write("text", "some text\n"):             "invalid private key",
	} {
		_, err := trust.ReadPrivateKey(file, noPassword)
		wants(t, err, want)
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none"): "not a key, and no file of that name",
		dir:                        "not a regular file",
		filepath.Join(dir, "long"): "more than 4096 bytes",
		filepath.Join(dir, "text"): "want a public key of minisign",
		"RWshort":                  "not a key, and no file of that name",
	} {
		_, err := trust.ReadKey(file)
		wants(t, err, want)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	cafe := newArchive(t, "cafe", "1.0.0")
	_, private := newKey(t)
	file := filepath.Join(dir, cafe.File())
	_, err := trust.OpenArchive(file)
	wants(t, err, "no such file or directory")
	if err := os.WriteFile(file, encode(t, cafe), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := trust.OpenArchive(file); err != nil || a.Version != "1.0.0" {
		t.Error(err)
	}
	if _, err := trust.OpenSignature(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no signature: %v", err)
	}
	if err := os.WriteFile(file+trust.Suffix, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = trust.OpenSignature(file)
	wants(t, err, "invalid signature")
	text, err := trust.Sign(cafe, private, day())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+trust.Suffix, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := trust.OpenSignature(file); err != nil || s.Key == nil {
		t.Error(err)
	}
	_, err = trust.OpenArchive(file + trust.Suffix)
	wants(t, err, "read archive")
}

// minisignTool runs the real minisign.
func minisignTool(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	tool := exec.CommandContext(t.Context(), "minisign", args...)
	tool.Stdin = strings.NewReader(stdin)
	out, err := tool.CombinedOutput()
	if err != nil {
		t.Fatalf("minisign %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// Each of the two verifies what the other signs, and reads its keys.
func TestMinisign(t *testing.T) {
	_, err := exec.LookPath("minisign")
	switch required := strings.Split(os.Getenv("HELPER_REQUIRE"), ","); {
	case err != nil && slices.Contains(required, "minisign"):
		t.Fatalf("required by HELPER_REQUIRE: find minisign: %v", err)
	case err != nil:
		t.Skipf("find minisign: %v", err)
	}
	dir := t.TempDir()
	cafe := newArchive(t, "cafe", "1.0.0")
	file := filepath.Join(dir, cafe.File())
	if err := os.WriteFile(file, encode(t, cafe), 0o600); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(dir, "own.key")
	if _, err := trust.GenerateKey(own, ""); err != nil {
		t.Fatal(err)
	}
	its := filepath.Join(dir, "its.key")
	minisignTool(t, "", "-G", "-W", "-s", its, "-p", its+trust.PublicSuffix)
	weak := weakKey(t)
	for _, test := range []struct {
		name, key, public, password string
		flags                       []string
	}{
		{"own key", own, own + trust.PublicSuffix, "", []string{"-W"}},
		{"its key", its, its + trust.PublicSuffix, "", []string{"-W"}},
		{"key with a password", weak, filepath.Join("testdata", "weak.pub"), "swordfish", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			private, err := trust.ReadPrivateKey(test.key, typed(test.password))
			if err != nil {
				t.Fatal(err)
			}
			text, err := trust.Sign(cafe, private, day())
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file+trust.Suffix, text, 0o600); err != nil {
				t.Fatal(err)
			}
			said := minisignTool(t, "", "-V", "-m", file, "-p", test.public)
			if !strings.Contains(said, "Trusted comment: timestamp:1767323045\tfile:cafe-1.0.0.hpack\thashed") {
				t.Errorf("minisign says %q", said)
			}
			minisignTool(t, test.password+"\n", append([]string{"-S", "-m", file, "-s", test.key}, test.flags...)...)
			public, err := trust.ReadKey(test.public)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := trust.OpenSignature(file)
			if err != nil {
				t.Fatal(err)
			}
			again, err := trust.OpenArchive(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := signed.Verify(again, public); err != nil || signed.Key != nil || signed.Time.IsZero() {
				t.Errorf("verify: %v, key %v, time %v", err, signed.Key, signed.Time)
			}
		})
	}
}
