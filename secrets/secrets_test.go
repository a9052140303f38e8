package secrets_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/maker"
	"hotspot-helper/secrets"
	"hotspot-helper/secrets/secretstest"
)

const word = "swordfish"

// of is the user's own helper of a name.
func of(helper string) maker.ID { return maker.ID{Helper: helper, Maker: maker.User} }

func newStore(t *testing.T, bus string) secrets.Store {
	t.Helper()
	return secrets.Store{File: filepath.Join(t.TempDir(), "state", "secrets.json"), Bus: bus}
}

func newBus(t *testing.T) string {
	t.Helper()
	return bustest.New(t, os.Getenv("HELPER_REQUIRE"))
}

func set(t *testing.T, s secrets.Store, helper, field, value string, inFile bool) secrets.Place {
	t.Helper()
	place, err := s.Set(t.Context(), of(helper), field, value, inFile)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// want checks the value of a secret, or the error of reading it.
func want(t *testing.T, s secrets.Store, helper, field, value string, wrong error) {
	t.Helper()
	got, ok, err := s.Get(t.Context(), of(helper), field)
	if got != value || ok != (value != "") || !errors.Is(err, wrong) {
		t.Errorf("%s of %s: %q, %v, %v; want %q, %v", field, helper, got, ok, err, value, wrong)
	}
}

func TestFile(t *testing.T) {
	s := newStore(t, "")
	want(t, s, "cafe", "pin", "", nil)
	_, err := s.Set(t.Context(), of("cafe"), "pin", word, false)
	if !errors.Is(err, secrets.ErrNotChosen) || !errors.Is(err, secrets.ErrNoKeyring) {
		t.Errorf("a file that was not chosen: %v", err)
	}
	if _, err := os.Stat(s.File); err == nil {
		t.Error("it was made anyway")
	}
	set(t, s, "cafe", "pin", "old", true)
	if place := set(t, s, "cafe", "pin", word, false); place != secrets.InFile {
		t.Errorf("once chosen it is stored in %s", place)
	}
	set(t, s, "cafe", "card", "Grüße\n\"\\", false)
	set(t, s, "bar", "pin", "4711", true)
	want(t, s, "cafe", "pin", word, nil)
	want(t, s, "cafe", "card", "Grüße\n\"\\", nil)
	want(t, s, "bar", "card", "", nil)
	entries, err := s.List()
	expected := []secrets.Entry{{Helper: "bar", Maker: maker.User, Field: "pin", Place: secrets.InFile}, {Helper: "cafe", Maker: maker.User, Field: "card", Place: secrets.InFile}, {Helper: "cafe", Maker: maker.User, Field: "pin", Place: secrets.InFile}}
	if diff := cmp.Diff(expected, entries, cmpopts.IgnoreFields(secrets.Entry{}, "Time")); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if info, err := os.Stat(s.File); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for range 2 {
		_, _, err = s.Remove(t.Context(), "cafe", "pin")
		if err != nil {
			t.Error(err)
		}
		want(t, s, "cafe", "pin", "", nil)
	}
	if place, ok, err := s.Remove(t.Context(), "bar", "pin"); place != secrets.InFile || !ok || err != nil {
		t.Errorf("removed from %q, %v, %v", place, ok, err)
	}
}

func TestUnfitValues(t *testing.T) {
	s := newStore(t, "")
	for value, wrong := range map[string]string{
		"": "it is empty", strings.Repeat("x", secrets.MaxSize+1): "more than 4096 bytes", "\xff": "not UTF-8 text",
	} {
		if _, err := s.Set(t.Context(), of("cafe"), "pin", value, true); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%d bytes: %v, want %q", len(value), err, wrong)
		}
	}
	set(t, s, "cafe", "pin", strings.Repeat("x", secrets.MaxSize), true)
	var nowhere secrets.Store
	if _, err := nowhere.Set(t.Context(), of("cafe"), "pin", word, true); err == nil || !strings.Contains(err.Error(), "there is no state directory") {
		t.Errorf("without a directory: %v", err)
	}
	want(t, nowhere, "cafe", "pin", "", nil)
}

// A wrong file is refused, left unchanged, and never quoted.
func TestFileThatCannotBeRead(t *testing.T) {
	record := func(more string) string {
		return `{"version": 1, "file_chosen": true, "secrets": [{"helper": "cafe", "maker": "user", "field": "pin", ` + more + `}]}`
	}
	for name, test := range map[string]struct {
		content, want string
		mode          os.FileMode
	}{
		"torn":                   {`{"version": 1, "secrets": [{"value": "` + word, "unexpected EOF", 0o600},
		"not JSON":               {word, "it is not JSON", 0o600},
		"another version":        {`{"version": 2}`, "version is 2, want 1", 0o600},
		"unknown key":            {`{"version": 1, "x": "` + word + `"}`, `unknown field "x"`, 0o600},
		"unknown key below":      {record(`"place": "file", "value": "` + word + `", "x": 1`), "unknown or of another type", 0o600},
		"value of another type":  {record(`"place": "file", "value": ["` + word + `"]`), "unknown or of another type", 0o600},
		"no value":               {record(`"place": "file"`), "missing or wrong", 0o600},
		"value of the keyring's": {record(`"place": "keyring", "value": "` + word + `"`), "missing or wrong", 0o600},
		"nowhere":                {record(`"place": "` + word + `"`), "missing or wrong", 0o600},
		"others may read":        {record(`"place": "file", "value": "` + word + `"`), "mode is 0640", 0o640},
	} {
		t.Run(name, func(t *testing.T) {
			s := secrets.Store{File: filepath.Join(t.TempDir(), "secrets.json")}
			if err := errors.Join(os.WriteFile(s.File, []byte(test.content), 0o600), os.Chmod(s.File, test.mode)); err != nil {
				t.Fatal(err)
			}
			_, _, got := s.Get(t.Context(), of("cafe"), "pin")
			_, listed := s.List()
			_, kept := s.Set(t.Context(), of("cafe"), "card", "1", true)
			_, _, removed := s.Remove(t.Context(), "cafe", "pin")
			for _, err := range []error{got, listed, kept, removed} {
				if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), word) {
					t.Errorf("%v, want %q", err, test.want)
				}
			}
			if left, err := os.ReadFile(s.File); err != nil || string(left) != test.content {
				t.Errorf("it was changed: %v", err)
			}
		})
	}
}

func TestKeyring(t *testing.T) {
	address := newBus(t)
	k := &secretstest.Keyring{}
	secretstest.Serve(t, address, k)
	s := newStore(t, address)
	set(t, s, "cafe", "pin", "old", true) // in the file, before there is a keyring
	if place := set(t, s, "cafe", "pin", word, false); place != secrets.InKeyring {
		t.Errorf("stored in %s", place)
	}
	set(t, s, "cafe", "card", "1", false)
	set(t, s, "cafe", "card", "2", false)
	want(t, s, "cafe", "pin", word, nil)
	want(t, s, "cafe", "card", "2", nil)
	values := map[string]string{"Hotspot helper: pin of cafe": word, "Hotspot helper: card of cafe": "2"}
	if diff := cmp.Diff(values, k.Values()); diff != "" {
		t.Error(diff)
	}
	if file, err := os.ReadFile(s.File); err != nil || strings.Contains(string(file), word) || strings.Contains(string(file), "old") {
		t.Errorf("the file contains the value: %s, %v", file, err)
	}

	// A value is only in the place that was chosen last.
	set(t, s, "cafe", "card", "3", true)
	want(t, s, "cafe", "card", "3", nil)
	if _, lies := k.Values()["Hotspot helper: card of cafe"]; lies {
		t.Error("an older value is in the keyring")
	}
	if place, ok, err := s.Remove(t.Context(), "cafe", "pin"); place != secrets.InKeyring || !ok || err != nil || len(k.Values()) != 0 {
		t.Errorf("removed from %q, %v, %v; left %v", place, ok, err, k.Values())
	}

	// A secret that another program removed is reported, and can be set again.
	set(t, s, "cafe", "pin", word, false)
	other := newStore(t, address)
	set(t, other, "cafe", "pin", "x", false) // in the keyring that both use
	if _, _, err := other.Remove(t.Context(), "cafe", "pin"); err != nil {
		t.Error(err)
	}
	want(t, s, "cafe", "pin", "", secrets.ErrGone)
	set(t, s, "cafe", "pin", word, false)
	want(t, s, "cafe", "pin", word, nil)
}

// The agent never shows a prompt. A command does, and accepts a refusal.
func TestLockedKeyring(t *testing.T) {
	address := newBus(t)
	k := &secretstest.Keyring{User: secretstest.Refuses}
	secretstest.Serve(t, address, k)
	s := newStore(t, address)
	set(t, s, "cafe", "pin", word, false)
	k.Do(func(k *secretstest.Keyring) { k.Locked = true })
	want(t, s, "cafe", "pin", "", secrets.ErrLocked)
	if k.Do(func(k *secretstest.Keyring) {
		if k.Prompts != 0 || k.Dismissed != 1 {
			t.Errorf("%d prompts shown, %d dismissed", k.Prompts, k.Dismissed)
		}
	}); t.Failed() {
		return
	}
	if _, err := s.Set(t.Context(), of("cafe"), "pin", "2", false); !errors.Is(err, secrets.ErrLocked) {
		t.Errorf("the user refused: %v", err)
	}
	if _, _, err := s.Remove(t.Context(), "cafe", "pin"); !errors.Is(err, secrets.ErrLocked) {
		t.Errorf("the user refused: %v", err)
	}
	k.Do(func(k *secretstest.Keyring) { k.User = secretstest.Agrees })
	set(t, s, "cafe", "pin", "2", false)
	want(t, s, "cafe", "pin", "2", nil)
	k.Do(func(k *secretstest.Keyring) {
		if k.Prompts != 3 {
			t.Errorf("%d prompts shown", k.Prompts)
		}
		k.Locked = true
	})
	if _, ok, err := s.Remove(t.Context(), "cafe", "pin"); !ok || err != nil {
		t.Errorf("removed: %v, %v", ok, err)
	}
}

// A desktop without a keyring gets one if the user agrees.
func TestFirstKeyring(t *testing.T) {
	address := newBus(t)
	k := &secretstest.Keyring{User: secretstest.Refuses, Empty: true}
	secretstest.Serve(t, address, k)
	s := newStore(t, address)
	if _, err := s.Set(t.Context(), of("cafe"), "pin", word, false); !errors.Is(err, secrets.ErrLocked) {
		t.Errorf("the user refused: %v", err)
	}
	k.Do(func(k *secretstest.Keyring) { k.User = secretstest.Agrees })
	set(t, s, "cafe", "pin", word, false)
	want(t, s, "cafe", "pin", word, nil)
}

// No keyring makes a call wait beyond its context.
func TestKeyringThatDoesNotAnswer(t *testing.T) {
	address := newBus(t)
	k := &secretstest.Keyring{User: secretstest.Sleeps}
	secretstest.Serve(t, address, k)
	s := newStore(t, address)
	set(t, s, "cafe", "pin", word, false)
	k.Do(func(k *secretstest.Keyring) { k.Locked = true })
	hurried := func(do func(ctx context.Context) error) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer stop()
		begin := time.Now()
		err := do(ctx)
		if took := time.Since(begin); !errors.Is(err, secrets.ErrNoKeyring) || !strings.Contains(fmt.Sprint(err), "it does not answer") || took > 5*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	}
	hurried(func(ctx context.Context) error { // the user does not answer
		_, err := s.Set(ctx, of("cafe"), "pin", word, false)
		return err
	})
	k.Do(func(k *secretstest.Keyring) { k.Silent = true })
	hurried(func(ctx context.Context) error {
		_, _, err := s.Get(ctx, of("cafe"), "pin")
		return err
	})
	hurried(func(ctx context.Context) error {
		_, _, err := s.Remove(ctx, "cafe", "pin")
		return err
	})
}

// A missing keyring is reported as such.
func TestNoKeyring(t *testing.T) {
	for name, address := range map[string]string{
		"bus without the service": newBus(t),
		"no bus":                  "unix:path=" + filepath.Join(t.TempDir(), "bus"),
		"no address":              "",
		"nonsense":                "nonsense",
	} {
		s := newStore(t, address)
		if _, err := s.Set(t.Context(), of("cafe"), "pin", word, false); !errors.Is(err, secrets.ErrNoKeyring) || !errors.Is(err, secrets.ErrNotChosen) {
			t.Errorf("%s: set: %v", name, err)
		}
		record := `{"version": 1, "file_chosen": false, "secrets": [{"helper": "cafe", "maker": "user", "field": "pin", "place": "keyring", "time": "2026-01-02T03:04:05Z"}]}`
		if err := errors.Join(os.MkdirAll(filepath.Dir(s.File), 0o700), os.WriteFile(s.File, []byte(record), 0o600)); err != nil {
			t.Fatal(err)
		}
		want(t, s, "cafe", "pin", "", secrets.ErrNoKeyring)
		want(t, s, "cafe", "card", "", nil)
		if place := set(t, s, "cafe", "pin", word, true); place != secrets.InFile {
			t.Errorf("%s: stored in %s", name, place)
		}
		want(t, s, "cafe", "pin", word, nil)
	}
}

// No formatter prints a value of a store.
func TestStoreTellsNothing(t *testing.T) {
	s := newStore(t, "")
	set(t, s, "cafe", "pin", word, true)
	entries, err := s.List()
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", s, s, s), fmt.Sprintf("%+v %#v", entries, entries)} {
		if strings.Contains(text, word) {
			t.Errorf("leak: %s", text)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"version": 1, "file_chosen": true, "secrets": [{"helper": "cafe", "maker": "user", "field": "pin", "place": "file", "time": "2026-01-02T03:04:05Z", "value": "swordfish"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := secrets.Store{File: filepath.Join(t.TempDir(), "secrets.json")}
		if err := os.WriteFile(s.File, data, 0o600); err != nil {
			t.Fatal(err)
		}
		entries, err := s.List()
		if err != nil {
			return
		}
		for _, e := range entries {
			if value, ok, err := s.Get(t.Context(), maker.ID{Helper: e.Helper, Maker: e.Maker}, e.Field); e.Place == secrets.InFile && e.Maker != "" && (err != nil || !ok || value == "") {
				t.Errorf("%+v: %v, %v", e, ok, err)
			}
		}
	})
}
