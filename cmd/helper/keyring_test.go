package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"hotspot-helper/secrets/secretstest"
)

// playKeyring puts a simulated keyring on the script's bus, or locks it: `keyring open`,
// `keyring locked`.
func playKeyring(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	if w.keyring == nil {
		w.keyring = &secretstest.Keyring{User: secretstest.Refuses}
		secretstest.Serve(w, w.bus, w.keyring)
	}
	w.keyring.Do(func(k *secretstest.Keyring) { k.Locked = args[0] == "locked" })
}

// At a terminal the command asks for the secret, and does not show it.
func TestSecretAtTerminal(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "helper.toml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		typed string
		err   error
		code  int
		want  string
	}{
		"typed":   {fakeSecret, nil, exitOK, "email of opennds: \n"},
		"hung up": {"", errors.New("hung up"), exitError, "read secret: hung up"},
		"nothing": {"", nil, exitError, "store secret: it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(env{
				args:  []string{"secret", "set", "opennds", "email", "--file", "--config", config},
				stdin: strings.NewReader("from a pipe"), stdout: &out, stderr: &errs,
				getenv:       func(name string) string { return map[string]string{"XDG_STATE_HOME": dir}[name] },
				readPassword: func() ([]byte, error) { return []byte(test.typed), test.err },
			})
			if code != test.code || !strings.Contains(errs.String(), test.want) || strings.Contains(out.String()+errs.String(), fakeSecret) {
				t.Errorf("exit %d, %q, %q; want exit %d, %q", code, &out, &errs, test.code, test.want)
			}
			kept, err := os.ReadFile(filepath.Join(dir, "hotspot-helper", "secrets.json"))
			if name == "typed" && (err != nil || !strings.Contains(string(kept), fakeSecret)) {
				t.Errorf("kept %s, %v", kept, err)
			}
		})
	}
}

// A user's keyring is on the user's bus; the system's agent has none.
func TestWhereSecretsAre(t *testing.T) {
	for _, test := range []struct {
		env       map[string]string
		system    bool
		bus, file string
	}{
		{map[string]string{"HOME": "/h", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/b"}, false, "unix:path=/b", "/h/.local/state/hotspot-helper/secrets.json"},
		{map[string]string{"HOME": "/h", "XDG_RUNTIME_DIR": "/run/user/1"}, false, "unix:path=/run/user/1/bus", "/h/.local/state/hotspot-helper/secrets.json"},
		{map[string]string{"HOME": "/h"}, false, "", "/h/.local/state/hotspot-helper/secrets.json"},
		{map[string]string{"HOME": "/h", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/b"}, true, "", "/var/lib/hotspot-helper/secrets.json"},
		{nil, false, "", ""},
	} {
		a := &app{env: env{getenv: func(name string) string { return test.env[name] }}, system: test.system}
		if store := a.daemonEnv().Secrets(); store.Bus != test.bus || store.File != test.file {
			t.Errorf("%v, system %v: %+v", test.env, test.system, store)
		}
	}
}
