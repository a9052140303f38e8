package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/consent"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
)

// shippedOn copies a shipped pack, and makes a hotspot of a kind that it is for.
func shippedOn(t *testing.T, name string, kind portaltest.Kind) (dir string, hotspot *portaltest.Hotspot) {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(packs.FS(), name)
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir, portaltest.New(portaltest.Options{Seed: 1, Kind: kind, User: "ada lovelace", PIN: fakeSecret, Internet: probetest.Internet(), Authority: authority})
}

// A case replays as the flow ran, also one of a flow that needs what the login captured.
func TestPackRunRecordsWhatLaterFlowsNeed(t *testing.T) {
	account := map[string]string{"user": "ada lovelace"}
	for _, test := range []struct {
		pack   string
		kind   portaltest.Kind
		inputs map[string]string
		flow   string
	}{
		{"nodogsplash", portaltest.KindNodogsplash, nil, "authenticate"},
		{"nodogsplash", portaltest.KindNodogsplash, nil, "logoff"},
		{"nodogsplash", portaltest.KindNodogsplashAccount, account, "authenticate"},
		{"nodogsplash", portaltest.KindNodogsplashAccount, account, "logoff"},
		{"fortinet", portaltest.KindFortinet, account, "authenticate"},
		{"fortinet", portaltest.KindFortinet, account, "maintain"},
		{"fortinet", portaltest.KindFortinet, account, "logoff"},
	} {
		t.Run(test.pack+" "+test.kind.String()+" "+test.flow, func(t *testing.T) {
			t.Parallel()
			dir, hotspot := shippedOn(t, test.pack, test.kind)
			o := packRunOptions{flow: test.flow, record: "tests/seen", inputs: test.inputs}
			if test.inputs != nil {
				o.secrets = []string{"pass"}
			}
			if printed, err := tryOn(t, hotspot, dir, o, fakeSecret, consent.Given{Terms: consent.Always, Cleartext: true}); err != nil {
				t.Fatalf("%v\n%s", err, printed)
			}
			plays(t, dir)
			trace, err := os.ReadFile(filepath.Join(dir, "tests", "seen.trace"))
			if err != nil || !strings.Contains(string(trace), "\nsubmitted at ") {
				t.Errorf("%v\n%s", err, trace)
			}
		})
	}
}

// A URL without a random part stays in a case as it is, also if a later flow reads it.
func TestPackRunKeepsPlainURLs(t *testing.T) {
	for _, flow := range []string{"authenticate", "logoff"} {
		t.Run(flow, func(t *testing.T) {
			t.Parallel()
			dir, hotspot := shippedOn(t, "nodogsplash", portaltest.KindNodogsplash)
			for file, text := range map[string]string{
				"authenticate.toml": `format = 1
hosts = ["@start"]
terms = "Terms on the gateway's splash page"

[[step]]
id   = "splash"
open = "{{.probe.url}}"
  [step.capture]
  token = { css = "input[name=tok]", attr = "value" }
  deny  = { regex = 'denyaction=(\S+)' }

[[step]]
id     = "accept"
submit = "form[action*='/nodogsplash_auth/']"
`,
				"logoff.toml": `format = 1
hosts = ["@start"]

[[step]]
id   = "deny"
open = '{{setquery .session.deny "tok" .session.token}}'
`,
			} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if printed, err := tryOn(t, hotspot, dir, packRunOptions{flow: flow, record: "tests/seen"}, "", consent.Given{Terms: consent.Always}); err != nil {
				t.Fatalf("%v\n%s", err, printed)
			}
			plays(t, dir)
			trace, err := os.ReadFile(filepath.Join(dir, "tests", "seen.trace"))
			if err != nil || !strings.Contains(string(trace), "http://127.0.0.1:2050/nodogsplash_deny/") || !strings.Contains(string(trace), "\nsubmitted at ") {
				t.Errorf("%v\n%s", err, trace)
			}
			err = fs.WalkDir(os.DirFS(filepath.Join(dir, "tests")), ".", func(name string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() || strings.HasSuffix(name, ".trace") {
					return err
				}
				data, err := os.ReadFile(filepath.Join(dir, "tests", name))
				if strings.Contains(string(data), "[redacted]") {
					t.Errorf("%s:\n%s", name, data)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// What waits for the user's consent is no case: a replay has all consents.
func TestPackRunRecordsNothingWithoutConsent(t *testing.T) {
	for _, test := range []struct {
		kind    portaltest.Kind
		given   consent.Given
		command string
	}{
		{portaltest.KindNodogsplash, consent.Given{}, "helper consent terms "},
		{portaltest.KindNodogsplashAccount, consent.Given{Terms: consent.Always}, "helper consent cleartext "},
	} {
		t.Run(test.kind.String(), func(t *testing.T) {
			t.Parallel()
			dir, hotspot := shippedOn(t, "nodogsplash", test.kind)
			o := packRunOptions{flow: "authenticate", record: "tests/seen", inputs: map[string]string{"user": "ada lovelace"}, secrets: []string{"pass"}}
			printed, err := tryOn(t, hotspot, dir, o, fakeSecret, test.given)
			if code := (&app{env: env{stderr: io.Discard}}).report(err); code != exitNeedUser || !strings.Contains(err.Error(), test.command) {
				t.Errorf("exit code %d: %v", code, err)
			}
			if !strings.Contains(printed, "no case is written: the flow waits for a consent") {
				t.Error(printed)
			}
			if _, err := os.Stat(filepath.Join(dir, "tests", "seen.toml")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("there is a case: %v", err)
			}
		})
	}
}

// A case that does not replay as the flow ran is an error, and no test.
func TestPackRunWantsAReplayOfTheSame(t *testing.T) {
	t.Parallel()
	dir, hotspot := shippedOn(t, "nodogsplash", portaltest.KindNodogsplash)
	computed := `format = 1
hosts = ["@start"]
terms = "Terms on the gateway's splash page"

[[step]]
id   = "splash"
open = "{{.probe.url}}"
  [step.capture]
  token = { css = "input[name=tok]", attr = "value" }

[[step]]
id     = "computed"
open   = "http://{{.probe.host}}/splash.html?digest={{md5 .capture.token | hex}}"

[[step]]
id     = "accept"
submit = "form[action*='/nodogsplash_auth/']"
`
	trace := filepath.Join(dir, "tests", "seen.trace")
	if err := os.Mkdir(filepath.Dir(trace), 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{filepath.Join(dir, "authenticate.toml"): computed, trace: "of another recording"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	printed, err := tryOn(t, hotspot, dir, packRunOptions{flow: "authenticate", record: "tests/seen"}, "", consent.Given{Terms: consent.Always})
	if err == nil || !strings.Contains(err.Error(), "replay case seen: answer GET http://") {
		t.Errorf("%v\n%s", err, printed)
	}
	if code := (&app{env: env{stderr: io.Discard}}).report(err); code != exitError {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(trace); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a trace: %v", err)
	}
}
