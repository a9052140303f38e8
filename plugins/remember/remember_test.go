package remember_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// typed are the values typed during the captures, see test/har/har_test.go.
func typed() []string {
	return []string{"grace.hopper", "Grace Hopper", "grace.hopper@navy.test", `Nano 11.8"&é`}
}

// What a browser recorded of real kinds of portals is offered; what is kept has nothing that was typed,
// and others cannot read it.
func TestNothingTypedIsKept(t *testing.T) {
	for _, kind := range harKinds() {
		t.Run(string(kind), func(t *testing.T) {
			s := store(t)
			offer, err := s.Draft(t.Context(), har(t, kind), remember.Visit{Network: guest})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range offer.Fields {
				if offer.Values[f.Name].Reveal() == "" || !strings.Contains(strings.Join(offer.Does("keyring"), " "), f.Prompt) {
					t.Errorf("the offer does not have %s: %s", f.Name, offer.Does("keyring"))
				}
			}
			if err := s.Keep(offer); err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(s.Dir)
			if err != nil || len(entries) != 1 {
				t.Errorf("left besides the login: %v, %v", entries, err)
			}
			contains(t, s.Dir, 0o077, typed()...)
		})
	}
}

// contains refuses files that have one of the texts, or that others may touch.
func contains(t *testing.T, dir string, others fs.FileMode, texts ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode()&others != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if entry.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s contains %q:\n%s", path, text, data)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// An exported login is an ordinary pack without mistakes, whose case replays.
func TestExport(t *testing.T) {
	s := store(t)
	offer, err := s.Draft(t.Context(), har(t, portaltest.KindPfSense), remember.Visit{Network: guest})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(offer); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "venue")
	if err := s.Export(t.Context(), offer.Name, dir); err != nil {
		t.Fatal(err)
	}
	contains(t, dir, 0, append(typed(), offer.Name, guest.SSID.String()+"\"]")...)
	p, err := pack.Load(os.DirFS(filepath.Dir(dir)), "venue", filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Lint(os.DirFS(filepath.Dir(dir))); err != nil {
		t.Error(err)
	}
	c, err := replay.Load(os.DirFS(filepath.Join(dir, replay.Dir)), "login", replay.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if outcome := c.Run(t.Context(), p); outcome.Mismatch != nil || outcome.Outcome != flow.Submitted || outcome.Trace != c.Trace {
		t.Errorf("%v, %v\n%s\nwant\n%s", outcome.Outcome, outcome.Mismatch, outcome.Trace, c.Trace)
	}
	if err := s.Export(t.Context(), offer.Name, dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("again: %v", err)
	}
	if err := s.Export(t.Context(), "remembered-other", dir+"2"); !errors.Is(err, remember.ErrUnknown) {
		t.Errorf("another: %v", err)
	}
}

// No counts until the user takes it back, on that network alone.
func TestDecline(t *testing.T) {
	s := store(t)
	other := wifi.Identity{SSID: guest.SSID, Security: wifi.SecurityPersonal}
	if err := s.Decline(guest); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[wifi.Identity]bool{guest: true, other: false} {
		if got, err := s.IsDeclined(n); got != want || err != nil {
			t.Errorf("%v is declined: %v, %v", n, got, err)
		}
	}
	if err := s.Decline(wifi.Identity{Wire: "ether"}); err == nil {
		t.Error("a network that is not known is declined")
	}
	if was, err := s.AskAgain(other); was || err != nil {
		t.Errorf("another network was declined: %v, %v", was, err)
	}
	if was, err := s.AskAgain(guest); !was || err != nil {
		t.Errorf("it was not declined: %v, %v", was, err)
	}
	if got, err := s.IsDeclined(guest); got || err != nil {
		t.Errorf("it is still declined: %v, %v", got, err)
	}
}

// A login is refused whose network is not known, and files that are damaged or open to others count for nothing.
func TestDamage(t *testing.T) {
	s := store(t)
	_, err := s.Draft(t.Context(), har(t, portaltest.KindPfSense), remember.Visit{Network: wifi.Identity{Wire: "ether"}})
	if refusal, ok := errors.AsType[*remember.Refusal](err); !ok || refusal.Reason != remember.ReasonNetwork {
		t.Errorf("without an identity: %v", err)
	}
	offer, err := s.Draft(t.Context(), har(t, portaltest.KindPfSense), remember.Visit{Network: guest})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(offer); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.Dir, offer.Name, "remembered.json")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for text, content := range map[string]string{
		"version": strings.Replace(string(whole), `"version": 1`, `"version": 2`, 1), "name": strings.Replace(string(whole), offer.Name, "remembered-x", 1),
		"network": strings.Replace(string(whole), "wifi/open", "wifi/unknown", 1), "torn": string(whole[:40]), "portal": strings.Replace(string(whole), offer.Portal, "", 1),
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Bind(offer.Name, nil); err == nil {
			t.Errorf("%s: it is bound", text)
		}
	}
	if err := errors.Join(os.WriteFile(file, whole, 0o600), os.Chmod(file, 0o644)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Login(offer.Name); err == nil {
		t.Error("a file that others can read counts")
	}
	for _, name := range []string{"..", "remembered-../x", "", "other"} {
		if _, err := s.Forget(name); !errors.Is(err, remember.ErrUnknown) {
			t.Errorf("forget %q: %v", name, err)
		}
	}
}
