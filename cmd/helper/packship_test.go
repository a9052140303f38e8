package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shop is a vendor's directory with a pack in it, and a machine to install it on.
type shop struct {
	t       *testing.T
	dir     string
	typed   []string // passwords to come from the terminal
	answers string   // lines to come from it
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, dir: t.TempDir()}
	for name, text := range map[string]string{
		"pack.toml":         "format = 1\nname = \"cafe\"\nversion = \"1.0.0\"\nlabel = \"Cafe\"\n[[claim]]\nconfidence = \"low\"\nssid = [\"Cafe\"]\n",
		"authenticate.toml": "format = 1\nhosts = [\"login.cafe.test\"]\n[[step]]\nid = \"a\"\nopen = \"{{.probe.url}}\"\n",
		"README.md":         "# cafe\n",
	} {
		file := s.path("cafe", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *shop) path(names ...string) string {
	return filepath.Join(append([]string{s.dir}, names...)...)
}

// run runs the command at a terminal where the passwords are typed.
func (s *shop) run(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	var out, errs bytes.Buffer
	e := env{
		args: args, stdin: strings.NewReader(s.answers), stdout: &out, stderr: &errs, systemData: s.path("system"),
		getenv: func(name string) string { return map[string]string{"HOME": s.path("home")}[name] },
	}
	if s.typed != nil {
		e.readPassword = func() ([]byte, error) {
			if len(s.typed) == 0 {
				return nil, errors.New("nothing more is typed")
			}
			word := s.typed[0]
			s.typed = s.typed[1:]
			return []byte(word), nil
		}
	}
	code = run(e)
	return code, out.String(), errs.String()
}

// must runs the command, which is to do its work.
func (s *shop) must(args ...string) (stdout, stderr string) {
	s.t.Helper()
	code, stdout, stderr := s.run(args...)
	if code != exitOK {
		s.t.Fatalf("helper %q: exit %d\n%s", args, code, stderr)
	}
	return stdout, stderr
}

// What everybody is to have can be read by everybody, and is beside the user's own.
func TestInstallForEverybody(t *testing.T) {
	s := newShop(t)
	s.must("pack", "build", s.path("cafe"), "-o", s.path("cafe.hpack"))
	s.must("pack", "key", "generate")
	s.must("pack", "sign", s.path("cafe.hpack"))
	s.must("pack", "install", "--system", s.path("cafe.hpack"))
	for name, want := range map[string]fs.FileMode{"system/pack-keys.json": 0o644, "system/packs/cafe": 0o755, "system/packs/cafe/pack.toml": 0o644} {
		if info, err := os.Stat(s.path(name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", name, info, err, want)
		}
	}
	s.must("pack", "verify", "--system", s.path("cafe.hpack"))
	s.must("pack", "verify", s.path("cafe.hpack")) // a key that one place remembers counts in all
	s.must("pack", "remove", "--system", "cafe")
	if _, err := os.Stat(s.path("home", ".local")); err == nil {
		t.Error("something was put among the user's packs")
	}
}

// Only root may install for everybody.
func TestInstallForEverybodyAsNobody(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	s := newShop(t)
	if err := os.Mkdir(s.path("system"), 0o555); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := s.run("pack", "install", "--system", "--unsigned", s.path("cafe"))
	if code != exitError || !strings.Contains(stderr, "helper: hint: packs for all users are installed by root") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

func TestKeyPassword(t *testing.T) {
	s := newShop(t)
	s.typed = []string{"one", "two"}
	if code, _, stderr := s.run("pack", "key", "generate"); code != exitError || !strings.Contains(stderr, "error: read password: the two passwords differ") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	s.typed = []string{"one"}
	if code, _, stderr := s.run("pack", "key", "generate"); code != exitError || !strings.Contains(stderr, "nothing more is typed") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	s.typed = []string{""}
	if _, stderr := s.must("pack", "key", "generate"); !strings.Contains(stderr, "new password (empty: none): ") {
		t.Errorf("it asked %q", stderr)
	}
	// A key that somebody made with minisign, and a password that costs little.
	text, err := os.ReadFile(filepath.Join("..", "..", "plugins", "trust", "testdata", "weak.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("weak.key"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	s.typed = []string{"swordfish"}
	public, stderr := s.must("pack", "key", "show", "--key-file", s.path("weak.key"))
	if !strings.HasPrefix(public, "RWR3V0z7YyPe") || !strings.Contains(stderr, "password of "+s.path("weak.key")+": ") {
		t.Errorf("shows %q, asked %q", public, stderr)
	}
	s.must("pack", "build", s.path("cafe"), "-o", s.path("cafe.hpack"))
	s.typed = []string{"tuna"}
	if code, _, stderr := s.run("pack", "sign", s.path("cafe.hpack"), "--key-file", s.path("weak.key")); code != exitError || !strings.Contains(stderr, "the password is wrong") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	s.typed = []string{"swordfish"}
	s.must("pack", "sign", s.path("cafe.hpack"), "--key-file", s.path("weak.key"))
	s.must("pack", "verify", s.path("cafe.hpack"), "--key", strings.TrimSpace(public))
}
