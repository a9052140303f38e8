package pack

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal/flow"
	"hotspot-helper/wifi"
)

// pack returns a valid pack for tests to break.
func pack() fstest.MapFS {
	return fstest.MapFS{
		"cafe/pack.toml": {Data: []byte(`
format = 1
name = "cafe"
version = "1.0.0"
label = "Cafe"
[[claim]]
confidence = "low"
ssid = ["Cafe*"]
`)},
		"cafe/authenticate.toml": {Data: []byte(`
format = 1
hosts = ["login.cafe.test"]
[[step]]
id = "open"
open = "{{.probe.url}}"
capture = { token = { css = "input[name=t]", attr = "value" } }
`)},
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	loaded, err := Load(pack(), "cafe", "test")
	if err != nil {
		t.Fatal(err)
	}
	claim := loaded.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "Cafe 1"}, nil))
	want := claims.Claim{Helper: "cafe", Confidence: claims.Low, Specificity: claim.Specificity, Label: "Cafe", Rule: "claim 1 (ssid)"}
	if claim != want {
		t.Errorf("got %+v, want %+v", claim, want)
	}
}

func TestLoadMistakes(t *testing.T) {
	t.Parallel()
	file := func(name, text string) func(fstest.MapFS) {
		return func(dir fstest.MapFS) { dir[name] = &fstest.MapFile{Data: []byte(text)} }
	}
	const right = "format = 1\nname = \"cafe\"\nversion = \"1.0.0\"\nlabel = \"Cafe\"\n[[claim]]\nconfidence = \"low\"\nssid = [\"C\"]\n"
	tests := []struct {
		name   string
		change func(fstest.MapFS)
		want   []string
	}{
		{"no flow", func(dir fstest.MapFS) { delete(dir, "cafe/authenticate.toml") }, []string{"read test/cafe/authenticate.toml: file does not exist"}},
		{"unknown key, with its line", file("cafe/pack.toml", "format = 1\nnmae = \"cafe\"\n"), []string{"test/cafe/pack.toml:2", "nmae", "name"}},
		{"other format", file("cafe/pack.toml", strings.Replace(right, "format = 1", "format = 2", 1)), []string{"test/cafe/pack.toml:1: format: this program reads format = 1"}},
		{"bad name", file("cafe/pack.toml", strings.Replace(right, `"cafe"`, `"Cafe!"`, 1)), []string{"test/cafe/pack.toml:2: name: want lower-case letters"}},
		{"other name", file("cafe/pack.toml", strings.Replace(right, `"cafe"`, `"bar"`, 1)), []string{`name: is "bar", but the directory is "cafe"`}},
		{"bad version", file("cafe/pack.toml", strings.Replace(right, "1.0.0", "1.0", 1)), []string{"version: want three numbers"}},
		{"no label", file("cafe/pack.toml", strings.Replace(right, `"Cafe"`, `""`, 1)), []string{"label: want 1 to 24 printable characters"}},
		{"control characters", file("cafe/pack.toml", strings.Replace(right, `"Cafe"`, `"Ca\u001b[31m"`, 1)+""), []string{"label: want 1 to 24 printable"}},
		{"description of two lines", file("cafe/pack.toml", "description = \"a\\nb\"\n"+right), []string{"description: want one line"}},
		{"no claim", file("cafe/pack.toml", strings.Split(right, "[[claim]]")[0]), []string{"no [[claim]]"}},
		{"bad claim, with its line", file("cafe/pack.toml", strings.Replace(right, `"low"`, `"sure"`, 1)), []string{"test/cafe/pack.toml:5: claim 1: parse confidence \"sure\""}},
		{
			"bad list, with its line",
			func(dir fstest.MapFS) {
				file("cafe/pack.toml", strings.Replace(right, `ssid = ["C"]`, `ssid_file = "ssids.txt"`, 1))(dir)
				file("cafe/ssids.txt", "Cafe\n Lumen\n")(dir)
			},
			[]string{`test/cafe/ssids.txt:2: parse SSID " Lumen": white space`},
		},
		{
			"list that is not there", file("cafe/pack.toml", strings.Replace(right, `ssid = ["C"]`, `bssid_file = "aps.txt"`, 1)),
			[]string{"test/cafe/aps.txt: file does not exist"},
		},
		{
			"list elsewhere", file("cafe/pack.toml", strings.Replace(right, `ssid = ["C"]`, `ssid_file = "../ssids.txt"`, 1)),
			[]string{`test/cafe/pack.toml:5: claim 1: ssid_file: want the name of a file beside pack.toml, not "../ssids.txt"`},
		},
		{"one name where many may be", file("cafe/pack.toml", strings.Replace(right, `["C"]`, `"C"`, 1)), []string{"test/cafe/pack.toml:7: claim 1, ssid: want an array"}},
		{"no condition beside a list that is empty", file("cafe/pack.toml", strings.Replace(right, `["C"]`, `[]`, 1)), []string{"claim 1: no condition"}},
		{"bad flow", file("cafe/logoff.toml", "format = 1\nhosts = []\n"), []string{"test/cafe/logoff.toml"}},
		{
			"all at once",
			func(dir fstest.MapFS) {
				file("cafe/pack.toml", "format = 1\nname = \"x y\"\n")(dir)
				file("cafe/authenticate.toml", "formatt = 1\n")(dir)
			},
			[]string{"name: want", "version: want", "label: want", "no [[claim]]", "formatt"},
		},
		{
			"patterns of claims and a flow together",
			func(dir fstest.MapFS) {
				const many = "'/(?i)[a-zé]{900}/',"
				file("cafe/pack.toml", strings.Replace(right, `["C"]`, "["+strings.Repeat(many, 40)+"]", 1))(dir)
				query := "[[step.case]]\nresult = 'denied'\nwhen = [" + strings.Repeat("{ regex = '(?i)[a-zé]{900}' },", 20) + "]\n"
				file("cafe/authenticate.toml", "format = 1\nhosts = [\"login.cafe.test\"]\n[[step]]\nid = \"a\"\nopen = \"/\"\n"+query+query)(dir)
			},
			[]string{`test/cafe/authenticate.toml:8: step "a", case 1, when 15, regex: the regular expressions and selectors of a pack have more than 100000 bytes and instructions together`},
		},
		{"session value without a capture", file("cafe/logoff.toml", "format = 1\nhosts = [\"login.cafe.test\"]\n[[step]]\nid = \"off\"\nopen = \"http://login.cafe.test/{{.session.tokn}}\"\n"), []string{".session.tokn is not captured"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := pack()
			tt.change(dir)
			_, err := Load(dir, "cafe", "test")
			if err == nil {
				t.Fatal("no error")
			}
			if tt.name == "one name where many may be" && strings.Contains(err.Error(), "no condition") {
				t.Errorf("a mistake that is none: %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

// At start only claims are compiled, and flows at first use.
func TestFlowsAreCompiledAtFirstUse(t *testing.T) {
	t.Parallel()
	dir := pack()
	dir["cafe/authenticate.toml"] = &fstest.MapFile{Data: []byte("format = 1\nhosts = []\n")}
	all, err := LoadAll(dir, "test")
	if err != nil || len(all) != 1 {
		t.Fatalf("%d packs, %v", len(all), err)
	}
	cafe := all[0]
	if claim := cafe.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "Cafe 1"}, nil)); claim.Confidence != claims.Low {
		t.Errorf("claim: %+v", claim)
	}
	delete(dir, "cafe/authenticate.toml") // what was read counts
	for name, run := range map[string]func(context.Context, plugins.Job) (flow.Result, error){
		"authenticate": cafe.Authenticate, "maintain": cafe.Maintain, "logoff": cafe.Logoff,
	} {
		result, err := run(t.Context(), plugins.Job{})
		if result.Outcome != flow.Unsupported || err == nil || !strings.Contains(err.Error(), `compile flows of pack "cafe": test/cafe/authenticate.toml: step: want at least one`) {
			t.Errorf("%s: %v, %v", name, result.Outcome, err)
		}
	}
	if _, err := cafe.Flows(); err == nil || cafe.Inputs() != nil {
		t.Errorf("flows: %v, inputs %v", err, cafe.Inputs())
	}
}

func TestLoadLeavesWrongPacksOut(t *testing.T) {
	t.Parallel()
	dir := pack()
	dir["broken/pack.toml"] = &fstest.MapFile{Data: []byte("nonsense")}
	dir["notes.txt"] = &fstest.MapFile{}
	dir["drafts"] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	loaded, err := LoadAll(dir, "test")
	if len(loaded) != 1 || loaded[0].Name() != "cafe" {
		t.Errorf("loaded %v", loaded)
	}
	if err == nil || !strings.Contains(err.Error(), "test/broken/pack.toml") || strings.Contains(err.Error(), "drafts") {
		t.Errorf("error: %v", err)
	}
}

func TestBuiltinPacksAreRight(t *testing.T) {
	t.Parallel()
	loaded, err := LoadAll(packs.FS(), "built-in")
	if err != nil || len(loaded) == 0 {
		t.Fatalf("%d packs: %v", len(loaded), err)
	}
	for _, p := range loaded {
		if claim := p.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "any name"}, nil)); claim.Confidence > claims.Low {
			t.Errorf("%s claims a network by name alone with %v", p.Name(), claim.Confidence)
		}
	}
}
