package daemon

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"aead.dev/minisign"

	"hotspot-helper/agent"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/trust"
	"hotspot-helper/portal/portaltest"
)

// grown is a later version that wants more.
func grown(name string) fstest.MapFS {
	files := foreignPack(name, "2.0.0")
	text := string(files[name+"/authenticate.toml"].Data)
	files[name+"/authenticate.toml"].Data = []byte(strings.Replace(text, `"@start"`, `"@start", "more.test"`, 1))
	return files
}

// An update that wants more waits for the user's consent: in an installation, in a directory
// under a running agent, and after a restart. The version before stays in use. A pack of the user's own is used, and the log says so.
func TestPackThatWantsMore(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	packs := filepath.Join(e.DataDir(), "packs")
	place := trust.Place{Dir: packs, Keys: filepath.Join(e.DataDir(), keysFile)}
	_, key, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := place.Install(signedBy(t, key, foreignPack("cafe", "1.0.0"), "cafe")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(packs, foreignPack("own", "1.0.0")); err != nil {
		t.Fatal(err)
	}
	hotspot := newHotspot(t, portaltest.Options{Seed: 1, Kind: portaltest.KindClick})
	f := newFollowedIn(t, e, hotspot, func(*Reloader) {})
	f.awaitPhase(agent.PresentingUI)
	copied := e.statePath("pack-copies/cafe/pack.toml")
	f.await("copied", func(agent.Association, string) bool { return versionIn(copied) == "1.0.0" })

	update := signedBy(t, key, grown("cafe"), "cafe")
	growth, ok := error(nil), false
	if _, growth = place.Install(update); growth != nil {
		_, ok = errors.AsType[*trust.GrowthError](growth)
	}
	if !ok || !strings.Contains(growth.Error(), "it also talks to more.test") {
		t.Errorf("installed: %v", growth)
	}
	// Another program puts it there.
	elsewhere := trust.Place{Dir: packs, Keys: filepath.Join(t.TempDir(), keysFile)}
	update.AcceptMore = true
	if _, err := elsewhere.Install(update); err != nil {
		t.Fatal(err)
	}
	f.await("left at its old version", func(_ agent.Association, log string) bool {
		return strings.Contains(log, `msg="pack left at its old version" pack=cafe`) && strings.Contains(log, "it also talks to more.test")
	})
	if v, broken := versionUsed(t, e, "cafe"); v != "1.0.0" || !strings.Contains(broken, "it also talks to more.test") {
		t.Errorf("after a restart version %s is used: %s", v, broken)
	}
	log := &journal{}
	if _, err := e.Open(t.Context(), log.logger()); err != nil || !strings.Contains(log.String(), `msg="pack stays at the version before" pack=cafe version=1.0.0`) {
		t.Errorf("the log says %s, %v", log, err)
	}
	if _, err := place.Accept(os.DirFS(packs), "cafe", false, time.Now()); err != nil {
		t.Fatal(err)
	}
	if v, _ := versionUsed(t, e, "cafe"); v != "2.0.0" {
		t.Errorf("accepted, and version %s is used", v)
	}
	for _, name := range []string{"own/authenticate.toml", "own/pack.toml"} {
		if err := os.WriteFile(filepath.Join(packs, name), grown("own")[name].Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.await("changed", func(_ agent.Association, log string) bool {
		_, rest, changed := strings.Cut(log, `msg="pack changed" pack=own`)
		line, _, _ := strings.Cut(rest, "\n")
		return changed && strings.Contains(line, `more="it also talks to more.test"`)
	})
}

// An input that any flow of a pack declares secret is one for all of them, also if it stands in the configuration.
func TestSecretOfAnyFlow(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	files := foreignPack("cafe", "1.0.0")
	files["cafe/logoff.toml"] = &fstest.MapFile{Data: []byte("format = 1\nhosts = ['@start']\n[inputs.pass]\nprompt = 'Password'\nsecret = true\n[[step]]\nid = 'bye'\npost = '{{.probe.url}}'\nform = { p = '{{.input.pass}}' }\n")}
	const text = "[helper.cafe]\ninputs = { user = \"ada\", pass = \"swordfish\" }\n"
	file := filepath.Join(e.ConfigDir(), "helper.toml")
	if err := errors.Join(os.CopyFS(filepath.Join(e.DataDir(), "packs"), files), os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	checkSecretInputs(t, e, "cafe", text, map[string]bool{"user": false, "pass": true})
}

// versionUsed is the version of a pack that a start uses, and what is left out.
func versionUsed(t *testing.T, e Env, name string) (version, broken string) {
	t.Helper()
	r, err := e.OpenWithoutMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	helper, err := r.Settings.Registry.Helper(name)
	if err != nil {
		return "not installed", fmt.Sprint(r.broken)
	}
	if _, err := helper.(*pack.Pack).Flows(); err != nil {
		return "none", fmt.Sprint(r.broken)
	}
	return helper.(*pack.Pack).Version, fmt.Sprint(r.broken)
}

// versionIn returns the version in a pack.toml; empty: there is none.
func versionIn(file string) string {
	data, _ := os.ReadFile(file)
	_, version, _ := pack.ReadName(file, data)
	return version
}

// The copy of a signed pack follows what is accepted and what is removed. One that was changed, or
// that others could access, is left out, and that is said.
func TestCopiesOfSignedPacks(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	packs, copied := filepath.Join(e.DataDir(), "packs"), e.statePath("pack-copies/cafe")
	place := trust.Place{Dir: packs, Keys: filepath.Join(e.DataDir(), keysFile)}
	_, key, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	install := func(files fstest.MapFS, keys string) {
		t.Helper()
		request := signedBy(t, key, files, "cafe")
		request.AcceptMore = true
		if _, err := (trust.Place{Dir: packs, Keys: keys}).Install(request); err != nil {
			t.Fatal(err)
		}
	}
	keep := func() {
		t.Helper()
		log := &journal{}
		r, err := e.OpenWithoutMemory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.keepCopies(e, log.logger()); log.String() != "" {
			t.Errorf("the log says %s", log)
		}
	}
	want := func(what, version, broken string) {
		t.Helper()
		if v, b := versionUsed(t, e, "cafe"); v != version || !strings.Contains(b, broken) {
			t.Errorf("%s: version %s is used, want %s; left out: %s, want %q", what, v, version, b, broken)
		}
	}
	install(foreignPack("cafe", "1.0.0"), place.Keys)
	if err := os.CopyFS(packs, foreignPack("own", "1.0.0")); err != nil {
		t.Fatal(err)
	}
	keep()
	if names, err := os.ReadDir(filepath.Dir(copied)); err != nil || len(names) != 1 {
		t.Errorf("copies: %v, %v", names, err)
	}
	if err := filepath.WalkDir(filepath.Dir(copied), func(name string, entry fs.DirEntry, err error) error {
		info, _ := entry.Info()
		if mode := info.Mode(); err != nil || mode != 0o600 && mode != fs.ModeDir|0o700 {
			t.Errorf("%s: %v, %v", name, mode, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	install(grown("cafe"), filepath.Join(t.TempDir(), keysFile)) // another program puts it there
	keep()                                                       // and the copy stays
	want("update", "1.0.0", "more.test")

	file := filepath.Join(copied, "authenticate.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	signature, away := filepath.Join(copied, ".minisig"), filepath.Join(copied, ".away")
	for _, test := range []struct {
		change func() error
		cause  string
	}{
		{func() error { return os.WriteFile(file, append(text, '\n'), 0o600) }, "changed since it was signed"},
		{func() error { return os.Chmod(file, 0o644) }, "mode is 0644"},
		{func() error { return os.Rename(signature, away) }, "not signed by a maker"},
	} {
		if err := test.change(); err != nil {
			t.Fatal(err)
		}
		want(test.cause, "none", test.cause)
		_ = os.Rename(away, signature) // only once it is away
		if err := errors.Join(os.WriteFile(file, text, 0o600), os.Chmod(file, 0o600)); err != nil {
			t.Fatal(err)
		}
		want("as before", "1.0.0", "more.test")
	}

	if _, err := place.Accept(os.DirFS(packs), "cafe", false, time.Now()); err != nil {
		t.Fatal(err)
	}
	keep()
	if v := versionIn(filepath.Join(copied, "pack.toml")); v != "2.0.0" {
		t.Errorf("accepted, and the copy has version %s", v)
	}
	if err := os.RemoveAll(filepath.Join(packs, "cafe")); err != nil {
		t.Fatal(err)
	}
	want("removed", "not installed", "")
	keep()
	if _, err := os.Stat(copied); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed, and the copy is there: %v", err)
	}
}

// If a pack is removed that waits for the user's answer, the copy in use goes with it.
func TestRemovedWhileItsCopyIsUsed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	packs := filepath.Join(e.DataDir(), "packs")
	_, key, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, files := range []fstest.MapFS{foreignPack("cafe", "1.0.0"), grown("cafe")} {
		keys := filepath.Join(t.TempDir(), keysFile)
		if v := versionIn(filepath.Join(packs, "cafe/pack.toml")); v == "" {
			keys = filepath.Join(e.DataDir(), keysFile)
		}
		request := signedBy(t, key, files, "cafe")
		request.AcceptMore = true
		if _, err := (trust.Place{Dir: packs, Keys: keys}).Install(request); err != nil {
			t.Fatal(err)
		}
		r, err := e.OpenWithoutMemory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.keepCopies(e, nopLogger())
	}
	hotspot := newHotspot(t, portaltest.Options{Seed: 1, Kind: portaltest.KindClick})
	f := newFollowedIn(t, e, hotspot, func(r *Reloader) {
		if helper, err := r.runtime.Settings.Registry.Helper("cafe"); err != nil || helper.(*pack.Pack).Version != "1.0.0" {
			t.Errorf("at the start: %v, %v", helper, err)
		}
	})
	f.awaitPhase(agent.PresentingUI)
	if err := os.RemoveAll(filepath.Join(packs, "cafe")); err != nil {
		t.Fatal(err)
	}
	f.await("removed", func(_ agent.Association, log string) bool {
		_, err := os.Stat(e.statePath("pack-copies/cafe"))
		return strings.Contains(log, `msg="pack removed" pack=cafe`) && errors.Is(err, fs.ErrNotExist)
	})
}
