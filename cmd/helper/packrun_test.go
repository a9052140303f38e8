package main

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/wifi"
)

// tryPack tries the vendor's pack on its hotspot, of a kind and with a gate that opens late, and
// returns the directory of the pack, the output, and the error.
func tryPack(t *testing.T, kind portaltest.Kind, gate time.Duration, o packRunOptions, pin, claim string) (dir, printed string, err error) {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	hotspot := portaltest.New(portaltest.Options{Seed: 1, Kind: kind, Gate: gate, User: "ada lovelace", PIN: fakeSecret, Internet: probetest.Internet(), Authority: authority})
	home := t.TempDir()
	files, err := hotspot.Pack("cafe-lumen", "Cafe Lumen")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(home, files); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(home, "cafe-lumen")
	if claim != "" {
		text := "format = 1\nname = 'cafe-lumen'\nversion = '1.0.0'\nlabel = 'Cafe'\n[[claim]]\nconfidence = 'high'\n" + claim
		if err := os.WriteFile(filepath.Join(dir, "pack.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	printed, err = tryOn(t, hotspot, dir, o, pin, consent.Given{Terms: consent.Always})
	return dir, printed, err
}

// tryOn tries the pack in a directory on a hotspot with what the user agreed to, and returns the
// output and the error.
func tryOn(t *testing.T, hotspot *portaltest.Hotspot, dir string, o packRunOptions, pin string, given consent.Given) (string, error) {
	t.Helper()
	if o.record != "" {
		o.record = filepath.Join(dir, o.record)
	}
	var stdout bytes.Buffer
	a := &app{env: env{
		stdin: strings.NewReader(pin), stdout: &stdout, stderr: io.Discard,
		getenv: func(name string) string { return map[string]string{"HOME": filepath.Dir(dir)}[name] },
	}}
	pack, err := openPack(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.check(pack); err != nil {
		return "", err
	}
	r, err := a.daemonEnv().OpenWithoutMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.iface = "wlan0"
	trial := &packTrial{app: a, pack: pack, options: o}
	if err := trial.configure(r); err != nil {
		t.Fatal(err)
	}
	r.Settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
		return given, nil
	}
	links := &agenttest.Links{}
	links.Set(agenttest.Up("wlan0", netip.MustParseAddr("127.0.0.1")))
	ag, err := agent.New(agent.Config{
		Links: links, Settings: r.Settings, Record: r.Record,
		Dial: func(agent.Link, probe.Family) agent.Path { return agenttest.Path(hotspot.Transport()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	err = trial.run(t.Context(), ag)
	return stdout.String(), err
}

func TestPackRun(t *testing.T) {
	right := packRunOptions{flow: "authenticate", inputs: map[string]string{"user": "ada lovelace"}, secrets: []string{"pin"}}
	with := func(flow string) packRunOptions {
		o := right
		o.flow = flow
		return o
	}
	for _, test := range []struct {
		name    string
		kind    portaltest.Kind
		options packRunOptions
		pin     string
		claim   string // the pack's only one; empty: as the vendor has it
		code    int
		want    []string // patterns in what is printed and in the error, in their order
	}{
		{"right", portaltest.KindCredentials, right, fakeSecret, "", exitOK, []string{`(?m)^authenticate.toml$`, `(?m)^step landing$`, `GET https://`, `= ada lovelace\n`, `= \[redacted\]\n`, `wlan0 .*authenticated`}},
		{"wrong", portaltest.KindCredentials, right, "not-" + fakeSecret, "", exitDenied, []string{`(?m)^  case 1: css`, `wlan0 .*failed`, `run pack: authenticate of cafe-lumen: denied`}},
		{"no PIN", portaltest.KindCredentials, packRunOptions{flow: "authenticate", inputs: right.inputs}, "", "", exitNeedUser, []string{`step login`, `needs-user`}},
		{"logoff", portaltest.KindCredentials, with("logoff"), fakeSecret, "", exitOK, []string{`(?m)^authenticate.toml$`, `(?m)^logoff.toml$`, `step`, `logged-off`}},
		{"maintain", portaltest.KindCredentials, with("maintain"), fakeSecret, "", exitUsage, []string{`find flow "maintain": the pack has no maintain.toml`}},
		{"click", portaltest.KindClick, packRunOptions{flow: "authenticate"}, "", "", exitOK, []string{`wlan0 .*authenticated`}},
		{"another's", portaltest.KindClick, packRunOptions{flow: "authenticate"}, "", "portal_host = ['elsewhere.test']", exitNobody, []string{`run pack: it does not claim the network: no rule matches what the portal shows`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.options.record = "tests/seen"
			dir, printed, err := tryPack(t, test.kind, 0, test.options, test.pin, test.claim)
			if err != nil {
				printed += err.Error()
			}
			rest := printed
			for _, pattern := range test.want {
				at := regexp.MustCompile(pattern).FindStringIndex(rest)
				if at == nil {
					t.Fatalf("no %s in the rest of:\n%s", pattern, printed)
				}
				rest = rest[at[1]:]
			}
			if strings.Contains(printed, fakeSecret) {
				t.Errorf("the secret is printed:\n%s", printed)
			}
			if code := (&app{env: env{stderr: io.Discard}}).report(err); test.code != exitUsage && code != test.code {
				t.Errorf("exit code %d, want %d: %v", code, test.code, err)
			}
			if test.code != exitUsage && test.code != exitNobody {
				plays(t, dir)
			}
		})
	}
}

// A gate that opens late, up to 20 s after the login, is waited for, and the login is a success.
func TestPackRunWaitsForALateGate(t *testing.T) {
	t.Parallel()
	for _, kind := range []portaltest.Kind{portaltest.KindClick, portaltest.KindCredentials} {
		for _, gate := range []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second} {
			t.Run(fmt.Sprintf("%s after %v", kind, gate), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					o := packRunOptions{flow: "authenticate", record: "tests/seen"}
					if kind == portaltest.KindCredentials {
						o.inputs, o.secrets = map[string]string{"user": "ada lovelace"}, []string{"pin"}
					}
					began := time.Now()
					_, printed, err := tryPack(t, kind, gate, o, fakeSecret, "")
					if err != nil || !regexp.MustCompile(`wlan0 .*authenticated`).MatchString(printed) {
						t.Errorf("%v\n%s", err, printed)
					}
					if n := strings.Count(printed, "authenticate.toml\n"); n != 1 {
						t.Errorf("%d logins\n%s", n, printed)
					}
					if waited := time.Since(began); waited < gate {
						t.Errorf("ended after %v, before the gate opened", waited)
					}
				})
			})
		}
	}
}

// The error about several mistakes is the same in each run.
func TestPackRunNamesTheFirstMistake(t *testing.T) {
	t.Parallel()
	p, err := pack.Load(packs.FS(), "opennds", daemon.BuiltinOrigin)
	if err != nil {
		t.Fatal(err)
	}
	o := packRunOptions{flow: "authenticate", inputs: map[string]string{"no-a": "", "no-b": "", "no-c": "", "no-d": ""}}
	for range 100 {
		if err := o.check(p); err == nil || !strings.Contains(err.Error(), `use input "no-a"`) {
			t.Fatalf("check() = %v, want an error about no-a", err)
		}
	}
}

// plays checks that the recorded case replays with the same result, and contains no secret.
func plays(t *testing.T, dir string) {
	t.Helper()
	code, stdout, stderr := invoke(t, "pack", "test", dir)
	if code != exitOK || !strings.Contains(stdout, "  same     seen: recorded on ") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	err := filepath.WalkDir(filepath.Join(dir, "tests"), func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if strings.Contains(string(data), fakeSecret) || strings.Contains(string(data), "lovelace") {
			t.Errorf("%s contains an input of the user", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPackRunMistakes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("scaffold")
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"pack", "run"}, exitUsage, "accepts 1 arg(s)"},
		{[]string{"pack", "run", dir, "--flow", "maintain"}, exitError, "load pack: "}, // it is not named as its directory
		{[]string{"pack", "run", "nowhere"}, exitError, "load pack: "},
		{[]string{"pack", "run", dir, "--input", "x"}, exitUsage, "x must be formatted as key=value"},
	} {
		code, _, stderr := invoke(t, test.args...)
		if code != test.code || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: exit %d, %s", test.args, code, stderr)
		}
	}
	pack := filepath.Join(t.TempDir(), "cafe-lumen")
	if err := os.CopyFS(pack, os.DirFS("scaffold")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--flow", "maintain"}, `find flow "maintain": the pack has no maintain.toml`},
		{[]string{"--flow", "login"}, `find flow "login": the pack has no login.toml`},
		{[]string{"--input", "password=x"}, `use input "password": the pack has no input of that name that is not secret`},
		{[]string{"--secret", "pin"}, `use secret "pin": the pack has no such input`},
	} {
		code, _, stderr := invoke(t, append([]string{"pack", "run", pack}, test.args...)...)
		if code != exitUsage || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: exit %d, %s", test.args, code, stderr)
		}
	}
}
