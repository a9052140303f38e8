package trust_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"aead.dev/minisign"
	"github.com/google/go-cmp/cmp"

	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/trust"
)

func newPlace(t *testing.T) trust.Place {
	t.Helper()
	base := filepath.Join(t.TempDir(), "data")
	return trust.Place{Dir: filepath.Join(base, "packs"), Keys: filepath.Join(base, "keys.json")}
}

// maker signs packs.
type maker struct {
	public  minisign.PublicKey
	private minisign.PrivateKey
}

func newMaker(t *testing.T) maker {
	t.Helper()
	public, private := newKey(t)
	return maker{public, private}
}

// request returns a request to install a pack that the maker signed.
func (m maker) request(t *testing.T, name, version string) trust.Request {
	t.Helper()
	a := newArchive(t, name, version)
	s := sign(t, a, m.private)
	return trust.Request{Archive: a, Signature: &s, Now: day()}
}

// anonymous returns the request with a signature of minisign, which does not name its key.
func (m maker) anonymous(t *testing.T, name, version string) trust.Request {
	t.Helper()
	r := m.request(t, name, version)
	s, err := trust.ParseSignature(signWith(t, encode(t, r.Archive), m.private, "timestamp:1767323045\tfile:"+r.Archive.File()))
	if err != nil {
		t.Fatal(err)
	}
	r.Signature = &s
	return r
}

// installed lists the packs in the place with their versions and signers.
func installed(t *testing.T, p trust.Place) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(p.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, entry := range entries {
		dir := os.DirFS(p.Dir)
		mark, err := trust.Signer(dir, entry.Name())
		word := "none"
		if mark.Key != nil {
			word = mark.Key.String()
		}
		if err != nil {
			word = err.Error()
		}
		found[entry.Name()] = readArchive(t, dir, entry.Name()).Version + " " + word
	}
	return found
}

// step is one of several requests, with its result.
type step struct {
	request trust.Request
	want    string // in the error; empty: it is installed
}

func TestInstall(t *testing.T) {
	vendor, thief := newMaker(t), newMaker(t)
	with := func(r trust.Request, changes ...func(*trust.Request)) trust.Request {
		for _, change := range changes {
			change(&r)
		}
		return r
	}
	key := func(m maker) func(*trust.Request) { return func(r *trust.Request) { r.Key = &m.public } }
	accept := func(r *trust.Request) { r.AcceptKey = true }
	downgrade := func(r *trust.Request) { r.Downgrade = true }
	unsigned := func(r *trust.Request) { r.Signature = nil }
	mixed := func(r *trust.Request) { r.Archive = newArchive(t, "cafe", "9.0.0") }
	bad := func(r *trust.Request) { r.Check = func(string) error { return errors.New("it is bad") } }
	one := vendor.request(t, "cafe", "1.0.0")
	two := vendor.request(t, "cafe", "1.1.0")
	v1, v2 := map[string]string{"cafe": "1.0.0 " + vendor.public.String()}, map[string]string{"cafe": "1.1.0 " + vendor.public.String()}
	stolen := map[string]string{"cafe": "1.1.0 " + thief.public.String()}
	const other = "IT IS SIGNED BY ANOTHER KEY THAN BEFORE"
	for _, test := range []struct {
		name  string
		steps []step
		want  map[string]string
	}{
		{"first", []step{{one, ""}}, v1},
		{"first, with its key", []step{{with(one, key(vendor)), ""}}, v1},
		{"first, with another key", []step{{with(one, key(thief)), "it is signed by the key"}}, map[string]string{}},
		{"first that does not name its key", []step{{vendor.anonymous(t, "cafe", "1.0.0"), "does not name the public key, and none is remembered"}}, map[string]string{}},
		{"first that does not name its key, with it", []step{{with(vendor.anonymous(t, "cafe", "1.0.0"), key(vendor)), ""}}, v1},
		{"again", []step{{one, ""}, {one, ""}}, v1},
		{"newer", []step{{one, ""}, {two, ""}}, v2},
		{"newer that does not name its key", []step{{one, ""}, {vendor.anonymous(t, "cafe", "1.1.0"), ""}}, v2},
		{"older", []step{{two, ""}, {one, "it is older than 1.1.0, which was installed last"}}, v2},
		{"older, wanted", []step{{two, ""}, {with(one, downgrade), ""}}, v1},
		{"older, wanted, and again", []step{{two, ""}, {with(one, downgrade), ""}, {one, ""}}, v1},
		{"another key", []step{{one, ""}, {thief.request(t, "cafe", "1.1.0"), other}}, v1},
		{"another key, given", []step{{one, ""}, {with(thief.request(t, "cafe", "1.1.0"), key(thief)), other}}, v1},
		{"another key that it does not name", []step{{one, ""}, {thief.anonymous(t, "cafe", "1.1.0"), "a key that it does not name, number "}}, v1},
		{"another key that it does not name, accepted", []step{{one, ""}, {with(thief.anonymous(t, "cafe", "1.1.0"), accept), "does not name the public key"}}, v1},
		{"another key, accepted", []step{{one, ""}, {with(thief.request(t, "cafe", "1.1.0"), accept), ""}}, stolen},
		{"another key that it does not name, given and accepted", []step{{one, ""}, {with(thief.anonymous(t, "cafe", "1.1.0"), accept, key(thief)), ""}}, stolen},
		{"the first key after another", []step{{one, ""}, {with(thief.request(t, "cafe", "1.1.0"), accept), ""}, {two, other}}, stolen},
		{"same key, accepted needlessly", []step{{one, ""}, {with(two, accept), ""}}, v2},
		{"another key for another pack", []step{{one, ""}, {thief.request(t, "bar", "1.0.0"), ""}}, map[string]string{"cafe": v1["cafe"], "bar": "1.0.0 " + thief.public.String()}},
		{"mixed-up files are reported as such, not as another key", []step{{one, ""}, {with(thief.request(t, "cafe", "1.1.0"), mixed), "the signature does not fit"}}, v1},
		{"files that are mixed up", []step{{one, ""}, {with(two, mixed), "the signature does not fit"}}, v1},
		{"accepted files that are mixed up", []step{{one, ""}, {with(thief.request(t, "cafe", "1.1.0"), mixed, accept), "the signature does not fit"}}, v1},
		{"unsigned", []step{{with(one, unsigned), ""}}, map[string]string{"cafe": "1.0.0 none"}},
		{"unsigned after signed", []step{{one, ""}, {with(two, unsigned), ""}}, map[string]string{"cafe": "1.1.0 none"}},
		{"unsigned and older", []step{{with(two, unsigned), ""}, {with(one, unsigned), "it is older than 1.1.0, which is installed"}}, map[string]string{"cafe": "1.1.0 none"}},
		{"signed after unsigned", []step{{with(one, unsigned), ""}, {two, ""}}, v2},
		{"signed after unsigned and signed by another", []step{{one, ""}, {with(two, unsigned), ""}, {thief.request(t, "cafe", "1.2.0"), other}}, map[string]string{"cafe": "1.1.0 none"}},
		{"bad", []step{{with(one, bad), "install cafe 1.0.0: it is bad"}}, map[string]string{}},
		{"bad in the place of good", []step{{one, ""}, {with(two, bad), "it is bad"}}, v1},
		{"bad teaches no key", []step{{with(thief.request(t, "cafe", "1.0.0"), bad), "it is bad"}, {one, ""}}, v1},
	} {
		t.Run(test.name, func(t *testing.T) {
			place := newPlace(t)
			for _, step := range test.steps {
				_, err := place.Install(step.request)
				wants(t, err, step.want)
			}
			if diff := cmp.Diff(test.want, installed(t, place)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The result of Install.
func TestInstalled(t *testing.T) {
	place := newPlace(t)
	vendor, heir := newMaker(t), newMaker(t)
	tell := func(r trust.Request) string {
		done, err := place.Install(r)
		if err != nil {
			t.Fatal(err)
		}
		other := "none"
		if done.Other != nil {
			other = done.Other.Key
		}
		return fmt.Sprintf("before %q, key %v, first %v, other %s", done.Before, done.Key, done.First, other)
	}
	handed := heir.request(t, "cafe", "1.2.0")
	handed.AcceptKey = true
	unsigned := heir.request(t, "cafe", "1.2.0")
	unsigned.Signature = nil
	for _, test := range []struct {
		request trust.Request
		want    string
	}{
		{vendor.request(t, "cafe", "1.0.0"), fmt.Sprintf(`before "", key %v, first true, other none`, vendor.public)},
		{vendor.request(t, "cafe", "1.1.0"), fmt.Sprintf(`before "1.0.0", key %v, first false, other none`, vendor.public)},
		{handed, fmt.Sprintf(`before "1.1.0", key %v, first true, other %v`, heir.public, vendor.public)},
		{unsigned, `before "1.2.0", key <nil>, first false, other none`},
	} {
		if got := tell(test.request); got != test.want {
			t.Errorf("result %s, want %s", got, test.want)
		}
	}
	known, err := place.KnownKey("cafe")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&trust.Known{Pack: "cafe", Key: heir.public.String(), Since: day(), Version: "1.2.0"}, known); diff != "" {
		t.Error(diff)
	}
}

// The error about another key names both, and how long the first was remembered.
func TestOtherKey(t *testing.T) {
	place := newPlace(t)
	vendor, thief := newMaker(t), newMaker(t)
	if _, err := place.Install(vendor.request(t, "cafe", "1.0.0")); err != nil {
		t.Fatal(err)
	}
	_, err := place.Install(thief.request(t, "cafe", "1.1.0"))
	for _, want := range []string{
		"install cafe 1.1.0: ", vendor.public.String() + ", remembered since 2026-01-02, last for version 1.0.0", thief.public.String() + ", on 2026-01-02",
	} {
		wants(t, err, want)
	}
	if _, ok := errors.AsType[*trust.OtherKeyError](err); !ok {
		t.Errorf("error is a %T", err)
	}
}

// A signature does not replace the checks of a pack.
func TestInstallChecks(t *testing.T) {
	vendor := newMaker(t)
	for _, test := range []struct {
		name string
		file string
		text string
		want string
	}{
		{"flow", "cafe/authenticate.toml", "format = 1\n", "cafe/authenticate.toml:"},
		{"pack", "cafe/pack.toml", strings.Replace(packText("cafe", "1.0.0"), "label", "lable", 1), "cafe/pack.toml:"},
		{"two versions", "cafe/pack.toml", "Version = \"1.0.0\"\n" + packText("cafe", "2.0.0"), `keys "version" and "Version" differ only in case`},
	} {
		t.Run(test.name, func(t *testing.T) {
			place := newPlace(t)
			r := vendor.request(t, "cafe", "1.0.0")
			files := packFS("cafe", "1.0.0")
			files[test.file] = &fstest.MapFile{Data: []byte(test.text)}
			r.Archive = foreign(t, files)
			s := sign(t, r.Archive, vendor.private)
			r.Signature = &s
			_, err := place.Install(r)
			wants(t, err, test.want)
			if diff := cmp.Diff(map[string]string{}, installed(t, place)); diff != "" {
				t.Error(diff)
			}
		})
	}
	// A foreign archive may have files that 'helper pack build' refuses.
	files := packFS("cafe", "1.0.0")
	files["cafe/tool.sh"] = &fstest.MapFile{}
	r := vendor.request(t, "cafe", "1.0.0")
	r.Archive = foreign(t, files)
	s := sign(t, r.Archive, vendor.private)
	r.Signature = &s
	_, err := newPlace(t).Install(r)
	wants(t, err, `"tool.sh": not a file of a pack`)
}

// foreign makes an archive of unchecked files.
func foreign(t *testing.T, files fstest.MapFS) *archive.Archive {
	t.Helper()
	a, err := archive.Parse(tarOf(t, files))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What an interrupted process leaves is removed, and never counts as a pack.
func TestCrash(t *testing.T) {
	place := newPlace(t)
	vendor := newMaker(t)
	left := filepath.Join(place.Dir, ".staging-1", "cafe")
	if err := os.MkdirAll(left, 0o755); err != nil {
		t.Fatal(err)
	}
	r := vendor.request(t, "cafe", "1.0.0")
	r.Check = func(dir string) error {
		if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("what was left is still there: %v", err)
		}
		if filepath.Dir(filepath.Dir(dir)) != place.Dir {
			t.Errorf("checked in %s, which may be another file system", dir)
		}
		return nil
	}
	if _, err := place.Install(r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"cafe": "1.0.0 " + vendor.public.String()}, installed(t, place)); diff != "" {
		t.Error(diff)
	}
}

// Concurrent installations run in turn, and a reader always finds a complete pack.
func TestAtOnce(t *testing.T) {
	place := newPlace(t)
	vendor := newMaker(t)
	first := vendor.request(t, "cafe", "1.0.0")
	if _, err := place.Install(first); err != nil {
		t.Fatal(err)
	}
	var requests []trust.Request
	for range 8 {
		r := vendor.request(t, "cafe", "1.0.0")
		requests = append(requests, r)
	}
	var writers, reader sync.WaitGroup
	done := make(chan struct{})
	reader.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := os.Stat(filepath.Join(place.Dir, "cafe", "pack.toml")); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for _, r := range requests {
		writers.Go(func() {
			if _, err := place.Install(r); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	close(done)
	reader.Wait()
	if diff := cmp.Diff(map[string]string{"cafe": "1.0.0 " + vendor.public.String()}, installed(t, place)); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenBefore(t *testing.T) {
	place := newPlace(t)
	vendor := newMaker(t)
	if err := os.MkdirAll(filepath.Join(place.Dir, "cafe"), 0o755); err != nil {
		t.Fatal(err)
	}
	done, err := place.Install(vendor.request(t, "cafe", "1.0.0"))
	if err != nil || done.Before != "" || !done.BeforeBroken {
		t.Errorf("before %q, broken %v, %v", done.Before, done.BeforeBroken, err)
	}
}

func TestRemove(t *testing.T) {
	place := newPlace(t)
	vendor, thief := newMaker(t), newMaker(t)
	if _, _, err := place.Remove("cafe"); !errors.Is(err, trust.ErrNotInstalled) {
		t.Errorf("nothing to remove: %v", err)
	}
	_, _, err := place.Remove("../packs")
	wants(t, err, "want lower-case letters")
	unsigned := vendor.request(t, "bar", "1.0.0")
	unsigned.Signature = nil
	for _, r := range []trust.Request{vendor.request(t, "cafe", "1.1.0"), unsigned} {
		if _, err := place.Install(r); err != nil {
			t.Fatal(err)
		}
	}
	if known, _, err := place.Remove("bar"); err != nil || known != nil {
		t.Errorf("unsigned: %v, %v", known, err)
	}
	known, _, err := place.Remove("cafe")
	if err != nil || known == nil || known.Key != vendor.public.String() {
		t.Errorf("signed: %v, %v", known, err)
	}
	if diff := cmp.Diff(map[string]string{}, installed(t, place)); diff != "" {
		t.Error(diff)
	}
	_, err = place.Install(thief.request(t, "cafe", "2.0.0"))
	wants(t, err, "ANOTHER KEY")
	_, err = place.Install(vendor.request(t, "cafe", "1.0.0"))
	wants(t, err, "it is older than 1.1.0, which was installed last")
}

// All users can read a shared place regardless of root's umask. A user's keys are private.
func TestShared(t *testing.T) {
	vendor := newMaker(t)
	for shared, want := range map[bool]fs.FileMode{true: 0o644, false: 0o600} {
		place := newPlace(t)
		place.Shared = shared
		old := syscall.Umask(0o077)
		_, err := place.Install(vendor.request(t, "cafe", "1.0.0"))
		syscall.Umask(old)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(place.Keys); err != nil || info.Mode().Perm() != want {
			t.Errorf("shared %v: keys are %v, %v", shared, info.Mode(), err)
		}
		if !shared {
			continue
		}
		for name, want := range map[string]fs.FileMode{"..": 0o755, ".": 0o755, "cafe": 0o755, "cafe/pack.toml": 0o644, "cafe/.minisig": 0o644} {
			if info, err := os.Stat(filepath.Join(place.Dir, name)); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s is %v, %v", name, info.Mode(), err)
			}
		}
	}
}

func TestKnownRefuses(t *testing.T) {
	public, _ := newKey(t)
	for text, want := range map[string]string{
		"x":             "invalid character",
		`{"version":2}`: "version is 2, want 1",
		`{"version":1,"keys":[{"pack":"../x","key":"` + public.String() + `","version":"1.0.0"}]}`:    "want lower-case letters",
		`{"version":1,"keys":[{"pack":"cafe","key":"RW","version":"1.0.0"}]}`:                         "want a public key",
		`{"version":1,"keys":[{"pack":"cafe","key":"` + public.String() + `","version":"1"}]}`:        "want three numbers",
		`{"version":1,"keys":[{"pack":"cafe","key":"` + public.String() + `","until":"2026-01-01"}]}`: "unknown field",
	} {
		place := newPlace(t)
		if err := os.MkdirAll(filepath.Dir(place.Keys), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(place.Keys, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := place.KnownKey("cafe")
		wants(t, err, want)
		// An unknown key might have refused it.
		_, err = place.Install(newMaker(t).request(t, "cafe", "1.0.0"))
		wants(t, err, want)
		if now, err := os.ReadFile(place.Keys); err != nil || !bytes.Equal(now, []byte(text)) {
			t.Errorf("it is %q now, %v", now, err)
		}
	}
}
