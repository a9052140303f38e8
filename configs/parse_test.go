package configs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hotspot-helper/internal/strict"
)

// home is an environment with nothing but a home directory and credentials.
func home(variable string) string {
	return map[string]string{"HOME": "/home/ada", "CREDENTIALS_DIRECTORY": "/run/credentials/x"}[variable]
}

// compareInputs looks into the closures, which cmp cannot.
func compareInputs() cmp.Option {
	return cmp.Comparer(func(a, b Input) bool {
		value := func(i Input) string {
			if i.value == nil {
				return ""
			}
			return i.value()
		}
		return value(a) == value(b) && a.file == b.file && a.credential == b.credential && a.directory == b.directory
	})
}

const whole = `
interfaces = ["wlan0", "wlp*"]
packs = ["packs", "~/packs", "/usr/share/../packs"]
keepalive = "90s"
metered = "as-others"
notify = "all"
logoff_on_exit = true
memory = "m.json"
[probe]
endpoints = ["debian", "firefox"]
catalogue = "~/endpoints.toml"
[helper.opennds]
enabled = false
priority = -3
[helper.opennds.inputs]
user = "Ada"
pin = { file = "pin" }
card = { file = "credential:card" }
[helper.wispr-op]
hosts = ["login.op.test", "*.op.test"]
[helper.wispr]
enabled = true
[profile]
name = "Ada Lovelace"
email = "ada@example.org"
room = "312"
[[network]]
ssid = 'Caf\xe9'
helper = "opennds"
login = false
logoff_on_exit = false
[[network]]
ssid = "b"
login = true
`

func TestParse(t *testing.T) {
	got, err := Parse("/etc/x/helper.toml", []byte(whole), home)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Interfaces: []string{"wlan0", "wlp*"},
		Packs:      []string{"/etc/x/packs", "/home/ada/packs", "/usr/packs"},
		Keepalive:  90 * time.Second,
		Notify:     "all",
		Metered:    true,
		Memory:     "/etc/x/m.json",
		Probe:      Probe{Endpoints: []string{"debian", "firefox"}, Catalogue: "/home/ada/endpoints.toml"},
		Profile:    Profile{Name: "Ada Lovelace", Email: "ada@example.org", Room: "312"},
		Helpers: map[string]Helper{
			"opennds": {Disabled: true, Priority: -3, Inputs: map[string]Input{
				"user": literal("Ada"),
				"pin":  {file: "/etc/x/pin"},
				"card": {file: "card", credential: true, directory: "/run/credentials/x"},
			}},
			"wispr-op": {Hosts: []string{"login.op.test", "*.op.test"}, Inputs: map[string]Input{}},
			"wispr":    {Inputs: map[string]Input{}},
		},
		Networks: []Network{
			{SSID: `Caf\xe9`, Helper: "opennds", NoLogin: true},
			{SSID: "b", LogoffOnExit: true},
		},
		LogoffOnExit: true,
	}
	if diff := cmp.Diff(want, got, compareInputs(), cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseMistakes(t *testing.T) {
	tests := map[string]struct{ give, want string }{
		"unknown key":         {"interface = []", `f:1: unknown key "interface": did you mean "interfaces"?`},
		"wrong letters":       {"Keepalive = '5m'", `f:1: key "Keepalive" must be written "keepalive"`},
		"unknown in helper":   {"[helper.opennds]\nenable = true", `f:2: helper.opennds: unknown key "enable": did you mean "enabled"?`},
		"unknown in input":    {"[helper.a.inputs]\npin = { path = 'x' }", `f:2: helper.a.inputs.pin: unknown key, which is not shown because it may be a secret: known are file` + "\nf:2: helper.a.inputs.pin.file: is empty: want a path"},
		"bad glob":            {"interfaces = ['wl[', '']", `f:1: interfaces 1: want a name or a glob such as wlp*, not "wl["` + "\n" + `f:1: interfaces 2: want a name or a glob such as wlp*, not ""`},
		"empty pack":          {"packs = ['']", `f:1: packs 1: is empty: want a path`},
		"another home":        {"packs = ['~bob/x']", `f:1: packs 1: only ~/ is supported: write other home directories in full`},
		"keepalive, number":   {"keepalive = 300", `f:1: keepalive: want a duration in quotes such as "90s" or "1h30m", not an integer`},
		"keepalive, short":    {"keepalive = '900ms'", `f:1: keepalive: want at least 1s, not 900ms`},
		"keepalive, negative": {"keepalive = '-5m'", `f:1: keepalive: want at least 1s, not -5m0s`},
		"notify":              {"notify = 'some'", `f:1: notify: want "all", "needs" or "none", not "some"`},
		"metered":             {"metered = 'always'", `f:1: metered: want "ask" or "as-others", not "always"`},
		"endpoint twice":      {"[probe]\nendpoints = ['a', 'a', '']", `f:2: probe.endpoints 2: "a" is here twice` + "\n" + `f:2: probe.endpoints 3: is missing or empty`},
		"host twice":          {"[helper.wispr]\nhosts = ['a.test', 'a.test', '']", `f:2: helper.wispr.hosts 2: "a.test" is here twice` + "\n" + `f:2: helper.wispr.hosts 3: is missing or empty`},
		"helper's name":       {"[helper.OpenNDS]", `f:1: helper.OpenNDS: names of helpers are lower-case letters, digits and dashes`},
		"helper's empty name": {"[helper.'']", `f:1: helper."": names of helpers are lower-case letters, digits and dashes`},
		"pinned helper":       {"[[network]]\nssid = 'a'\nhelper = 'a b'", `f:3: network 1, helper: names of helpers are lower-case letters, digits and dashes`},
		"network without":     {"[[network]]\nlogin = false", `f:1: network 1, ssid: is missing or empty`},
		"network twice":       {"[[network]]\nssid = 'a'\n[[network]]\nssid = 'a'", `f:4: network 2, ssid: "a" is here twice`},
		"one network":         {"[network]\nssid = 'a'", `f:1: network: want an array of tables, not a table: write [[…network]]`},
		"empty input":         {"[helper.a.inputs]\npin = ''", `f:2: helper.a.inputs.pin: is empty: leave it out, or give it a value`},
		"credential":          {"[helper.a.inputs]\npin = { file = 'credential:../pin' }", `f:2: helper.a.inputs.pin.file: want the name of a credential, as in credential:pin`},
		"click-through":       {"click_through = true", `f:1: click_through is not decided here: consent decides it, see 'helper consent terms'`},
		"cleartext":           {"[[network]]\nssid = 'a'\ncleartext = true", `f:3: network 1: cleartext is not decided here: consent decides it, see 'helper consent cleartext'`},
		"cleartext elsewhere": {"[helper.a]\ncleartext = true", `f:2: helper.a: unknown key "cleartext": known are enabled, hosts, inputs, maker, priority`},
		"profile, secret":     {"[profile]\npassword = 'x'", `f:2: profile: unknown key "password": known are city, company, country, email, first_name, last_name, name, phone, postcode, room`},
		"profile, two lines":  {"[profile]\nname = \"Ada\\nLovelace\"", `f:2: profile.name: want one line of at most 200 bytes`},
		"profile, too long":   {"[profile]\nroom = '" + strings.Repeat("1", 201) + "'", `f:2: profile.room: want one line of at most 200 bytes`},
		"profile, no address": {"[profile]\nemail = 'ada'", `f:2: profile.email: want an e-mail address`},
		"not TOML":            {"keepalive = 5m", "f:1: expected a top-level item to end with a newline, comment, or EOF, but got 'm' instead"},
		"all at once":         {"keepalive = '0s'\nfoo = 1\n[[network]]\n", "f:1: keepalive: want at least 1s, not 0s\nf:2: unknown key \"foo\": known are browser, helper, interfaces, keep_window_open, keepalive, logoff_on_exit, memory, metered, network, notify, on_demand, packs, probe, profile\nf:3: network 1, ssid: is missing or empty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("f", []byte(test.give), home)
			if err == nil {
				t.Fatal("no mistake found")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
			if !errors.As(err, new(strict.Mistakes)) {
				t.Errorf("%T", err)
			}
		})
	}
}

// asKeys returns ways to write a secret as a key below an input, or around one, in TOML and in what is
// almost TOML.
func asKeys(secret string) []string {
	quoted := "'" + secret + "'"
	return []string{
		"pin = {" + secret + " = 1}", "pin = {" + quoted + " = 1}", "pin = {" + secret + "}", "pin = {" + secret + " = }", "pin = {" + secret + " = 1, " + secret + " = 2}",
		"pin = {" + quoted + "}", "pin = {" + secret + " = {x = 1}}", "pin = {file = {" + secret + " = 1}}", "pin = [{" + secret + " = 1}]", "pin = {File = 'x', " + secret + " = 1}",
		"pin = {x." + secret + " = 1}", "pin = {" + secret + ".x = 1}", "pin." + secret + " = 1", "pin." + quoted + " = 1", "pin." + secret + ".x = 1", "pin.file." + secret + " = 1",
		"pin." + secret + " = 1\npin." + secret + " = 2", "pin = 1\npin." + secret + " = 2", "pin." + secret + " = x", "pin." + secret, "pin." + secret + " =", "pin." + secret + " " + secret + " = 1",
		"pin = 'x'\n" + secret, "pin = 'x' " + secret + " = 1", "pin = " + secret + " = 1", "pin: " + secret, "pin." + secret + " = 1979-99-99", "pin = {" + secret + " = 99999999999999999999}",
	}
}

// No mistake contains the value of an input, also if it is written as a key.
func TestParseConcealsInputs(t *testing.T) {
	const secret = "73310"
	tests := []string{
		"[helper.a.inputs]\npin = 0" + secret,
		"[helper.a.inputs]\npin = " + secret,
		"[helper.a.inputs]\npin = " + secret + ".",
		"[helper.a.inputs]\npin = [" + secret + "]",
		"[helper.a.inputs]\npin = { value = '" + secret + "' }",
		"[helper.a.inputs]\npin = { file = " + secret + " }",
		"[helper.a.inputs]\npin = '" + secret + "\n",
		"[helper.a.inputs]\npin = \"" + secret + `\q"`,
		"[helper.a.inputs]\npin = '" + secret + "'\npin = 1",
		"[helper.a.inputs]\npin = '" + secret + "'\n[[network]\n",
		"[helper.a.inputs]\npin = '" + secret + "'\n[probe]\nendpoints = x",
		"[helper.a.input]\npin = 0" + secret,
		"[helpers.a.inputs]\npin = 0" + secret,
		"helper = { a = { inputs = { pin = 0" + secret,
		"helper.a.inputs.pin = 0" + secret,
		"[[network]]\npin = 0" + secret,
		"pin = 0" + secret,
	}
	for _, written := range asKeys("Swordfish" + secret) {
		tests = append(tests, "[helper.a.inputs]\n"+written, "[helper.a.input]\n"+written, "[helper.a]\ninputs."+written, "helper.a.inputs."+written,
			"helper = { a = { inputs = { "+written+" } } }", "[helper.a.inputs]\nuser = 'ada'\n"+written+"\n[[network]]\nssid = 'x'", "[[helper.a.inputs]]\n"+written,
			"[[network]]\nssid = 'x'\n[helper.a.inputs]\n"+written+"\n[probe]\nendpoints = 1")
	}
	for _, under := range []string{"pin.Swordfish" + secret, "pin.file.Swordfish" + secret, "pin.'Sword fish " + secret + "'"} {
		tests = append(tests, "[helper.a.inputs."+under+"]", "[helper.a.inputs."+under+"]\nx = 1", "[helper.a.inputs."+under+"\nx = 1", "[[helper.a.inputs."+under+"]]\nx = {", "[helper.a.inputs."+under+"]\n[helper.a.inputs."+under+"]")
	}
	for _, give := range tests {
		_, err := Parse("f", []byte(give), home)
		switch {
		case err == nil:
			t.Errorf("no mistake in\n%s", give)
		case strings.Contains(err.Error(), secret):
			t.Errorf("%v\nis the error of\n%s", err, give)
		case !strings.HasPrefix(err.Error(), "f:"):
			t.Errorf("no line: %v", err)
		}
	}
}

func TestParseWithoutHome(t *testing.T) {
	none := func(string) string { return "" }
	_, err := Parse("f", []byte("memory = '~/x'"), none)
	if err == nil || err.Error() != "f:1: memory: ~/ needs $HOME, which is not set" {
		t.Error(err)
	}
	config, err := Parse("f", nil, none)
	if err != nil || config.Memory != "" {
		t.Error(config.Memory, err)
	}
}

func TestTemplateIsTheDefault(t *testing.T) {
	got, err := Parse("/x/helper.toml", []byte(Template), home)
	if err != nil {
		t.Fatal(err)
	}
	want := Default(home)
	want.Interfaces, want.Probe.Endpoints, want.Helpers = []string{}, []string{}, map[string]Helper{}
	if diff := cmp.Diff(want, got, compareInputs(), cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Error(diff)
	}
	for _, key := range []string{
		"interfaces", "packs", "keepalive", "metered", "memory", "notify", "endpoints", "catalogue",
		"name", "first_name", "last_name", "email", "phone", "company", "room", "city", "postcode", "country",
	} {
		if !regexp.MustCompile(`(?m)^# Example: ` + key + ` = .*\n` + key + ` = `).MatchString(Template) {
			t.Errorf("%s has no example right above it", key)
		}
	}
	for _, key := range []string{"enabled", "priority", "hosts", "inputs", "ssid", "helper", "login", "name", "when", "action", "tunnel", "hold"} {
		if !regexp.MustCompile(`(?m)^#   ` + key + ` +\S`).MatchString(Template) {
			t.Errorf("%s is not explained", key)
		}
	}
}

// The examples are the lines after "# Example: ", in place of the default below, and the lines
// that are commented out without a space.
func TestTemplateExamples(t *testing.T) {
	example := regexp.MustCompile(`(?m)^# Example: (.*)\n.*$`).ReplaceAllString(Template, "$1")
	example = regexp.MustCompile(`(?m)^#(\S)`).ReplaceAllString(example, "$1")
	got, err := Parse("/x/helper.toml", []byte(example), home)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Interfaces) != 2 || len(got.Packs) != 3 || !got.Metered || got.Keepalive != 2*time.Minute || got.Notify != "all" ||
		got.Memory != "/home/ada/.cache/hotspot-memory.json" || len(got.Probe.Endpoints) != 3 ||
		got.Probe.Catalogue != "/x/endpoints.toml" || len(got.Helpers) != 4 || len(got.Helpers["wispr-operator"].Hosts) != 1 || len(got.Networks) != 3 ||
		len(got.Helpers["museum-hotspot"].Inputs) != 2 || got.Profile.Name != "Ada Lovelace" || got.Profile.Country == "" || !got.Helpers["coovachilli-json"].Disabled || len(got.OnDemand) != 3 || len(got.OnDemand[2].Tunnel.IsUp) != 4 {
		t.Errorf("got %+v", got)
	}
}

// A configuration says which packs count and who gets which secret: others must not be able to write it.
func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		make func(file string) error
		want string
	}{
		"of others":  {func(file string) error { return errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(file, 0o666)) }, "others could have written it: mode is 0666"},
		"a pipe":     {func(file string) error { return syscall.Mkfifo(file, 0o600) }, "not a regular file"},
		"a device":   {func(file string) error { return os.Symlink("/dev/zero", file) }, "not a regular file"},
		"very large": {func(file string) error { return errors.Join(os.WriteFile(file, nil, 0o600), os.Truncate(file, 1<<40)) }, "more than 1048576 bytes"},
		"readable":   {func(file string) error { return os.WriteFile(file, nil, 0o644) }, ""},
	} {
		file := filepath.Join(dir, name)
		if err := c.make(file); err != nil {
			t.Fatal(err)
		}
		_, err := Load(file, func(string) string { return "" })
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "helper.toml")
	if _, err := Load(file, home); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "load configuration: ") {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("packs = ['p']"), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := Load(file, home)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(filepath.Dir(file), "p"); config.Packs[0] != want {
		t.Errorf("got %s, want %s", config.Packs[0], want)
	}
}

func TestWatches(t *testing.T) {
	tests := []struct {
		interfaces []string
		name       string
		want       bool
	}{
		{nil, "wlan0", true},
		{nil, "lo", false},
		{[]string{"wlan0"}, "wlan0", true},
		{[]string{"wlan0"}, "wlan01", false},
		{[]string{"eth0", "wlp*"}, "wlp3s0", true},
		{[]string{"wl[ap]*"}, "wlx", false},
		{[]string{"lo"}, "lo", true},
	}
	for _, test := range tests {
		if got := (Config{Interfaces: test.interfaces}).Watches(test.name); got != test.want {
			t.Errorf("%q watches %s: %t", test.interfaces, test.name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(Template))
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := Parse("/x/f", data, home)
		if err != nil {
			return
		}
		for _, network := range config.Networks {
			if network.SSID == "" {
				t.Error("a network without a name")
			}
		}
		for _, path := range append(config.Packs, config.Memory) {
			if !filepath.IsAbs(path) {
				t.Errorf("path %q is not absolute", path)
			}
		}
	})
}

// Mistakes of callers have their place in the file; the defaults have none.
func TestMistake(t *testing.T) {
	config, err := Parse("helper.toml", []byte(whole), home)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		config Config
		at     []any
		want   string
	}{
		{config, []any{"helper", "wispr"}, "helper.toml:21: helper.wispr: is odd"},
		{config, []any{"network", 0, "helper"}, "helper.toml:29: network 1, helper: is odd"},
		{config, []any{"probe", "endpoints", 1}, "helper.toml:10: probe.endpoints 2: is odd"},
		{Default(home), []any{"network", 0, "helper"}, "network 1, helper: is odd"},
	} {
		if got := test.config.Mistake("is odd", test.at...).Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
