package daemon

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"aead.dev/minisign"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/trust"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// foreignPack claims every portal for itself and sends the user's password in clear.
func foreignPack(name, version string) fstest.MapFS {
	return fstest.MapFS{
		name + "/pack.toml": {Data: fmt.Appendf(nil, `format = 1
name = %q
version = %q
label = "Router"
[[claim]]
confidence = "high"
css = ["form input[name=password]"]
`, name, version)},
		name + "/authenticate.toml": {Data: []byte(`format = 1
hosts = ["@start"]
[inputs.user]
prompt = "User"
[inputs.pass]
prompt = "Password"
[[step]]
id = "landing"
open = "{{.probe.url}}"
[[step]]
id = "steal"
post = "{{.probe.url}}"
form = { username = "{{.input.user}}", password = "{{.input.pass}}" }
`)},
		name + "/README.md": {Data: []byte("# " + name + "\n")},
	}
}

// signed returns a request to install a signed pack.
func signed(t *testing.T, files fs.FS, name string) trust.Request {
	t.Helper()
	_, key, err := minisign.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signedBy(t, key, files, name)
}

func signedBy(t *testing.T, key minisign.PrivateKey, files fs.FS, name string) trust.Request {
	t.Helper()
	a, err := archive.Read(files, name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := trust.Sign(a, key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := trust.ParseSignature(text)
	if err != nil {
		t.Fatal(err)
	}
	return trust.Request{Archive: a, Signature: &s, Now: time.Now()}
}

// watched notes every body that is sent.
type watched struct {
	http.RoundTripper

	mu   sync.Mutex
	sent strings.Builder
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	var body bytes.Buffer
	if r.Body != nil {
		if _, err := body.ReadFrom(r.Body); err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body.Bytes()))
	}
	w.mu.Lock()
	fmt.Fprintln(&w.sent, r.Method, r.URL, body.String())
	w.mu.Unlock()
	return w.RoundTripper.RoundTrip(r)
}

func (w *watched) has(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(w.sent.String(), text)
}

// A foreign signed pack with the name of a shipped one gets neither its place nor its
// secrets: not by hand, not by an installation without the user's consent, and not with it.
func TestForeignPackOfAShippedName(t *testing.T) {
	t.Parallel()
	const password = "swordfish-4711"
	e := newEnv(t)
	shipped := maker.ID{Helper: "mikrotik", Maker: maker.Program}
	for field, value := range map[string]string{"user": "ada", "pass": password} {
		if _, err := e.Secrets().Set(t.Context(), shipped, field, value, true); err != nil {
			t.Fatal(err)
		}
	}
	wire := wifi.Identity{Wire: "ether", Gateway: "02:00:7f:00:00:01"} // that of agenttest for 127.0.0.1
	for _, kind := range []consent.Kind{consent.KindCleartext, consent.KindSharedHost} {
		if err := e.Consents().Give(consent.Record{Helper: "mikrotik", Maker: maker.Program, Kind: kind, Network: &wire.SSID, Identity: &wire, Answer: consent.Always}); err != nil {
			t.Fatal(err)
		}
	}
	hotspot := newHotspot(t, portaltest.Options{Seed: 3, Kind: portaltest.KindMikrotik, User: "ada", PIN: password})
	f := newFollowedIn(t, e, hotspot, func(*Reloader) {})
	if as := f.awaitPhase(agent.Authenticated); as.Helper != "mikrotik" {
		t.Fatalf("logged in by %q", as.Helper)
	}
	place := trust.Place{Dir: f.packs, Keys: filepath.Join(filepath.Dir(f.packs), keysFile)}
	request := signed(t, foreignPack("mikrotik", "9.0.0"), "mikrotik")
	request.Reserved = e.Reserved(configs.Config{}, "mikrotik")
	if _, err := place.Install(request); !isReplaces(err) {
		t.Errorf("installed without the user's consent: %v", err)
	}

	// By hand.
	if err := request.Archive.Unpack(filepath.Join(f.packs, "mikrotik")); err != nil {
		t.Fatal(err)
	}
	f.await("refused", func(_ agent.Association, log string) bool {
		return strings.Contains(log, "pack left out") && strings.Contains(log, "you have not agreed that another one takes its place")
	})
	if err := os.RemoveAll(filepath.Join(f.packs, "mikrotik")); err != nil {
		t.Fatal(err)
	}

	// With the user's consent.
	request.Replace = true
	if _, err := place.Install(request); err != nil {
		t.Fatal(err)
	}
	f.await("added", func(_ agent.Association, log string) bool {
		return strings.Contains(log, `msg="pack added" pack=mikrotik`)
	})
	hotspot.Expire()
	if err := f.Login(t.Context(), "wlan0"); err != nil {
		t.Fatal(err)
	}
	as := f.await("waiting for input", func(as agent.Association, _ string) bool {
		return as.Phase == agent.PresentingUI && as.Need != nil && as.Need.Kind == agent.NeedInput
	})
	if as.Helper != "mikrotik" || as.Need.Input != "user" || f.wire.has(password) {
		t.Errorf("%+v, sent %v", as.Need, f.wire.has(password))
	}
}

func isReplaces(err error) bool {
	_, ok := errors.AsType[*trust.ReplacesError](err)
	return ok
}

// A key that any place remembers counts in all: a pack that another key signed is left out,
// regardless of its directory.
func TestKeyRememberedElsewhere(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	first := signed(t, foreignPack("cafe", "1.0.0"), "cafe")
	system := trust.Place{Dir: filepath.Join(e.SystemData, "packs"), Keys: filepath.Join(e.SystemData, keysFile), Shared: true}
	if _, err := system.Install(first); err != nil {
		t.Fatal(err)
	}
	other := signed(t, foreignPack("cafe", "2.0.0"), "cafe")
	users := trust.Place{Dir: filepath.Join(e.DataDir(), "packs"), Keys: filepath.Join(e.DataDir(), keysFile), Others: e.KeysFiles()}
	if _, err := users.Install(other); err == nil || !strings.Contains(err.Error(), "ANOTHER KEY") {
		t.Errorf("installed with another key: %v", err)
	}
	// By hand: into a place that remembers no key.
	if err := other.Archive.Unpack(filepath.Join(users.Dir, "cafe")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(system.Dir, "cafe", ".minisig"))
	if err != nil {
		t.Fatal(err)
	}
	// It is the signature of another version, so the pack counts as changed.
	if err := os.WriteFile(filepath.Join(users.Dir, "cafe", ".minisig"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := e.OpenWithoutMemory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		helper, err := r.Settings.Registry.Helper("cafe")
		if err != nil {
			t.Fatal(err)
		}
		if p := helper.(*pack.Pack); p.Version != "1.0.0" || r.broken == nil {
			t.Errorf("version %s is used, %v", p.Version, r.broken)
		}
		// A correct signature, by the other key.
		if err := os.RemoveAll(filepath.Join(users.Dir, "cafe")); err != nil {
			t.Fatal(err)
		}
		elsewhere := trust.Place{Dir: users.Dir, Keys: filepath.Join(t.TempDir(), keysFile)}
		if _, err := elsewhere.Install(other); err != nil {
			t.Fatal(err)
		}
	}
}

// What older versions stored has no maker. It goes to the helper that has the name at the first
// start, and never to a maker who comes later.
func TestOldRecordsStayWithTheirMaker(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	packs := filepath.Join(e.DataDir(), "packs")
	if err := os.CopyFS(packs, foreignPack("cafe", "1.0.0")); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"secrets.json": `{"version": 1, "file_chosen": true, "secrets": [
		  {"helper": "cafe", "field": "pass", "place": "file", "time": "2026-01-02T03:04:05Z", "value": "one"},
		  {"helper": "gone", "field": "pass", "place": "file", "time": "2026-01-02T03:04:05Z", "value": "two"},
		  {"helper": "mikrotik", "field": "pass", "place": "file", "time": "2026-01-02T03:04:05Z", "value": "three"}]}`,
		"consents.json": `{"version": 1, "consents": [
		  {"helper": "gone", "kind": "cleartext", "network": "", "answer": "always", "time": "2026-01-02T03:04:05Z"}]}`,
	} {
		if err := os.MkdirAll(filepath.Dir(e.statePath(file)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(e.statePath(file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log := &journal{}
	if _, err := e.Open(t.Context(), log.logger()); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); strings.Count(text, "of an older version belongs to a maker now") != 5 {
		t.Errorf("the log says %s", text)
	}
	for _, name := range []string{"gone", "cafe"} { // they come later
		request := signed(t, foreignPack(name, "2.0.0"), name)
		if _, err := (trust.Place{Dir: packs, Keys: filepath.Join(e.DataDir(), keysFile)}).Install(request); err != nil {
			t.Fatal(err)
		}
	}
	log = &journal{}
	r, err := e.Open(t.Context(), log.logger())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"cafe": false, "gone": false, "mikrotik": true} {
		helper, err := r.Settings.Registry.Helper(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok, err := r.Settings.Inputs(helper, "pass"); ok != want || err != nil {
			t.Errorf("%s gets its secret: %v, %v; want %v", name, ok, err, want)
		}
		if given, err := r.Settings.Consent(helper, wifi.Identity{}); err != nil || given.Cleartext || given.SharedHosts {
			t.Errorf("%s has consent: %+v, %v", name, given, err)
		}
	}
	if strings.Contains(log.String(), "belongs to a maker now") {
		t.Errorf("decided again: %s", log)
	}
}

// The values of the configuration belong to the maker who had the name first, or whom the
// configuration names.
func TestConfiguredInputsOfOneMaker(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	packs := filepath.Join(e.DataDir(), "packs")
	configure := func(text string) {
		file := filepath.Join(e.ConfigDir(), "helper.toml")
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	gets := func(name string) bool {
		t.Helper()
		r, err := e.Open(t.Context(), nopLogger())
		if err != nil {
			t.Fatal(err)
		}
		helper, err := r.Settings.Registry.Helper(name)
		if err != nil {
			t.Fatal(err)
		}
		_, ok, err := r.Settings.Inputs(helper, "pass")
		if err != nil {
			t.Fatal(err)
		}
		if r.Settings.Withheld(helper, "pass") == ok || r.Settings.Withheld(helper, "user") {
			t.Errorf("%s gets the value: %v, and it is withheld or not just the same", name, ok)
		}
		return ok
	}
	inputs := "[helper.cafe]\n%s\ninputs = { pass = \"swordfish\" }\n[helper.mikrotik]\ninputs = { pass = \"swordfish\" }\n"
	if err := os.CopyFS(packs, foreignPack("cafe", "1.0.0")); err != nil {
		t.Fatal(err)
	}
	configure(fmt.Sprintf(inputs, ""))
	if !gets("cafe") || !gets("mikrotik") {
		t.Error("the configured values are not used")
	}
	for _, name := range []string{"cafe", "mikrotik"} {
		request := signed(t, foreignPack(name, "2.0.0"), name)
		request.Reserved, request.Replace = name == "mikrotik", true
		if _, err := (trust.Place{Dir: packs, Keys: filepath.Join(e.DataDir(), keysFile)}).Install(request); err != nil {
			t.Fatal(err)
		}
		if gets(name) {
			t.Errorf("another maker's %s gets the configured value", name)
		}
		if name == "cafe" {
			configure(fmt.Sprintf(inputs, fmt.Sprintf("maker = %q", request.Signature.Key)))
			if !gets(name) {
				t.Error("the maker that the configuration names does not get the value")
			}
		}
	}
}

func nopLogger() *slog.Logger { return slog.New(slog.DiscardHandler) }

// What the store, a file or a credential holds is a secret, regardless of the pack.
func TestStoredIsSecret(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	if err := os.CopyFS(filepath.Join(e.DataDir(), "packs"), foreignPack("cafe", "1.0.0")); err != nil {
		t.Fatal(err)
	}
	id := maker.ID{Helper: "cafe", Maker: maker.User}
	if _, err := e.Secrets().Set(t.Context(), id, "pass", "swordfish", true); err != nil {
		t.Fatal(err)
	}
	pin := filepath.Join(t.TempDir(), "pin")
	file := filepath.Join(e.ConfigDir(), "helper.toml")
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(pin, []byte("4711"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for text, secret := range map[string]map[string]bool{
		"": {"pass": true},
		fmt.Sprintf("[helper.cafe]\ninputs = { user = { file = %q } }\n", pin): {"user": true, "pass": true},
		"[helper.cafe]\ninputs = { user = \"ada\" }\n":                         {"user": false, "pass": true},
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		checkSecretInputs(t, e, "cafe", text, secret)
	}
}

// checkSecretInputs checks which inputs of a helper a start finds, and takes for secrets. Its messages name the text of the configuration.
func checkSecretInputs(t *testing.T, e Env, name, text string, want map[string]bool) {
	t.Helper()
	r, err := e.OpenWithoutMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	helper, err := r.Settings.Registry.Helper(name)
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range want {
		value, ok, err := r.Settings.Inputs(helper, name)
		if err != nil || !ok || value.IsSecret() != secret {
			t.Errorf("%s with %q: secret %v, %v, %v", name, text, value.IsSecret(), ok, err)
		}
	}
}
