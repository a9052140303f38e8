package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotspot-helper/portal/portaltest"
)

// safeBuffer is written by one goroutine and read by another.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// simulate simulates a portal as `helper demo --portal` does, until the test ends.
func simulate(t *testing.T, kind string) (address string, log *safeBuffer) {
	t.Helper()
	return simulateWith(t, portalOptions{kind: kind})
}

func simulateWith(t *testing.T, o portalOptions) (address string, log *safeBuffer) {
	t.Helper()
	o.listen, o.seed = "127.0.0.1:0", 1
	log = &safeBuffer{}
	a := &app{env: env{stdout: log, getenv: func(string) string { return "" }}}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.servePortal(ctx, o) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	at := regexp.MustCompile(`--against (\S+)\n`)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := at.FindStringSubmatch(log.String()); found != nil {
			return found[1], log
		}
	}
	t.Fatalf("it says no address:\n%s", log)
	return "", nil
}

// runAgainst tries a pack on a simulated hotspot, at a terminal where the secret is typed.
func runAgainst(t *testing.T, home, secret string, args ...string) (code int, printed string) {
	t.Helper()
	out := &safeBuffer{} // the agent and the flow print at the same time
	code = run(env{
		args: append([]string{"pack", "run"}, args...), stdin: strings.NewReader(secret), stdout: out, stderr: out,
		getenv: func(name string) string { return map[string]string{"HOME": home}[name] },
	})
	return code, out.String()
}

// A trial names the consents that what it sent needs, and no others of the pack.
func TestPackRunNamesTheConsents(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pack, kind string
		args       []string
		secret     string
		want       []string // patterns of all lines about consents
	}{
		{"nodogsplash", "nodogsplash", nil, "", []string{`accept "Terms on the gateway's splash page": helper consent terms \S+/nodogsplash'? always`}},
		{"nodogsplash", "nodogsplash", []string{"--flow", "logoff"}, "", []string{`accept "Terms on the gateway's splash page": helper consent terms \S+/nodogsplash'? always`}},
		{"nodogsplash", "nodogsplash-account", []string{"--input", "user=ada", "--secret", "pass"}, demoPIN, []string{`send a secret where others can read it, to 127.0.0.1 \(the URL would contain it\): helper consent cleartext \S+/nodogsplash'? --network SSID`}},
		{"cambium", "cambium-secure", []string{"--input", "user=ada", "--secret", "pass"}, demoPIN, []string{`send a secret to \S+, which does not identify the network: helper consent shared-host \S+/cambium'? --network SSID`}},
		{"wifionice", "wifionice", nil, "", []string{`accept ".*": helper consent terms \S+/wifionice'? always`}},
		{"fon", "fon-kpn", []string{"--input", "user=ada", "--secret", "pass"}, demoPIN, nil},
	} {
		t.Run(strings.Join(append([]string{test.kind}, test.args...), " "), func(t *testing.T) {
			t.Parallel()
			address, _ := simulate(t, test.kind)
			dir, _ := shippedOn(t, test.pack, portaltest.Kind(test.kind))
			code, printed := runAgainst(t, filepath.Dir(dir), test.secret, append([]string{dir, "--against", address}, test.args...)...)
			var got []string
			for line := range strings.Lines(printed) {
				if about, ok := strings.CutPrefix(line, "on a real network it needs your consent to "); ok {
					got = append(got, strings.TrimSpace(about))
				}
			}
			same := slices.EqualFunc(got, test.want, func(line, pattern string) bool { return regexp.MustCompile("^" + pattern + "$").MatchString(line) })
			if code != exitOK || !same {
				t.Errorf("exit %d, want lines %q\n%s", code, test.want, printed)
			}
		})
	}
}

// TestManual follows the manual from the first file to the recorded cases, on its portal.
func TestManual(t *testing.T) {
	t.Parallel()
	address, log := simulate(t, "cafe-lumen")
	home := t.TempDir()
	dir := filepath.Join(home, "cafe-lumen")
	writeManualPack(t, dir)
	for _, flow := range []string{"authenticate", "logoff"} {
		code, printed := runAgainst(t, home, demoPIN, dir, "--against", address, "--input", "card="+demoUser, "--secret", "pin", "--record", dir+"/tests/"+flow, "--flow", flow)
		if code != exitOK || !strings.Contains(printed, "is written") {
			t.Fatalf("%s: exit %d\n%s", flow, code, printed)
		}
		if flow == "authenticate" && !strings.Contains(printed, "helper consent terms "+dir+" always") {
			t.Errorf("it does not say which consents a real network wants:\n%s", printed)
		}
	}
	code, printed := runAgainst(t, home, "1828", dir, "--against", address, "--input", "card="+demoUser, "--secret", "pin", "--record", dir+"/tests/wrong")
	if code != exitDenied || strings.Count(printed, "POST https://login.cafe.test/go") != 1 {
		t.Errorf("the wrong PIN, once: exit %d\n%s", code, printed)
	}
	if code, stdout, stderr := invoke(t, "pack", "test", "--strict", dir); code != exitOK || !strings.Contains(stdout, "3 of 3 cases") {
		t.Errorf("test what was recorded: exit %d\n%s%s", code, stdout, stderr)
	}
	for _, want := range []string{"granted: login\n", "logged off: logoff\n", "denied: wrong PIN\n", "POST login.cafe.test/go [card pin terms token]"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the portal does not log %q:\n%s", want, log)
		}
	}
	if strings.Contains(strings.SplitN(log.String(), "Ctrl-C", 2)[1], demoPIN) {
		t.Errorf("the portal logs the PIN:\n%s", log)
	}
}

// TestAgainstNetworksOfTheirOwn tries shipped packs on portals with another gateway address,
// without TLS, and with terms.
func TestAgainstNetworksOfTheirOwn(t *testing.T) {
	t.Parallel()
	for pack, kind := range map[string]string{"fortinet": "fortinet", "nodogsplash": "nodogsplash"} {
		t.Run(pack, func(t *testing.T) {
			t.Parallel()
			address, _ := simulate(t, kind)
			args := []string{filepath.Join("..", "..", "plugins", "packs", pack), "--against", address}
			if pack == "fortinet" {
				args = append(args, "--input", "user="+demoUser, "--secret", "pass")
			}
			if code, printed := runAgainst(t, t.TempDir(), demoPIN, args...); code != exitOK {
				t.Errorf("exit %d\n%s", code, printed)
			}
		})
	}
}

func TestDemoPortalMistakes(t *testing.T) {
	t.Parallel()
	scaffold := filepath.Join(t.TempDir(), "cafe-lumen")
	if err := os.CopyFS(scaffold, os.DirFS("scaffold")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"demo", "--portal", "hotel"}, exitUsage, `simulate portal: there is no kind "hotel"`},
		{[]string{"demo", "--portal", "any"}, exitUsage, `simulate portal: there is no kind "any"`},
		{[]string{"demo", "--portal", "click", "--listen", "0.0.0.0:0"}, exitUsage, "use address 0.0.0.0:0: want a loopback address such as 127.0.0.1:8910"},
		{[]string{"demo", "--portal", "click", "--listen", "here"}, exitUsage, "parse address: "},
		{[]string{"demo", "--listen", "127.0.0.1:0"}, exitUsage, "use --listen: want --portal, too"},
		{[]string{"pack", "run", scaffold, "--against", "192.0.2.1:80"}, exitUsage, "use address 192.0.2.1:80: want a loopback address such as 127.0.0.1:8910"},
		{[]string{"pack", "run", scaffold, "--against", "127.0.0.1:1"}, exitError, "find simulated hotspot: "},
		{[]string{"pack", "run", scaffold, "--against", "127.0.0.1:1", "--interface", "lo"}, exitUsage, "want --against or --interface, not both"},
	} {
		code, _, stderr := invoke(t, test.args...)
		if code != test.code || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: exit %d, %s", test.args, code, stderr)
		}
	}
}

// TestDrawKind checks that a seed always gives the same kind, and that most kinds occur.
func TestDrawKind(t *testing.T) {
	drawn := map[portaltest.Kind]bool{}
	for seed := range uint64(1000) {
		kind := drawKind(seed)
		if again := drawKind(seed); again != kind {
			t.Fatalf("seed %d is %s and %s", seed, kind, again)
		}
		drawn[kind] = true
	}
	for _, kind := range portaltest.Kinds() {
		if drawn[kind] != kind.Whole() {
			t.Errorf("%s is drawn: %t", kind, drawn[kind])
		}
	}
	hotspot, err := portalOptions{kind: randomKind, seed: 5}.hotspot(nil)
	if err != nil || hotspot.Kind() != drawKind(5) || hotspot.Seed() != 5 {
		t.Errorf("%v, %v", hotspot, err)
	}
}

// The simulator says in plain words what a portal accepts.
func TestAcceptedBy(t *testing.T) {
	t.Parallel()
	for kind, want := range map[portaltest.Kind]string{
		portaltest.KindCafeLumen:      "card number ada, PIN 2718",
		portaltest.KindPfSenseVoucher: "voucher WX7Y-2026, user name ada, password 2718",
		portaltest.KindCiscoISE:       "user name ada, password 2718",
		portaltest.KindNodogsplash:    "any answer",
		portaltest.KindOmadaPassword:  "password 2718",
	} {
		if got := acceptedBy(kind); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}
