package daemon

import (
	"crypto/rand"
	"errors"
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
// under a running agent, and after a restart. A pack of the user's own is used, and the log says so.
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
	version := func() string {
		r, err := e.OpenWithoutMemory()
		if err != nil {
			t.Fatal(err)
		}
		helper, err := r.Settings.Registry.Helper("cafe")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := helper.(*pack.Pack).Flows(); err != nil {
			return "none"
		}
		return helper.(*pack.Pack).Version
	}
	if v := version(); v != "none" {
		t.Errorf("after a restart version %s is used", v)
	}
	if _, err := place.Accept(os.DirFS(packs), "cafe", false, time.Now()); err != nil {
		t.Fatal(err)
	}
	if v := version(); v != "2.0.0" {
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
