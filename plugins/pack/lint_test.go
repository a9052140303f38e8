package pack

import (
	"strings"
	"testing"
	"testing/fstest"

	"hotspot-helper/plugins/packs"
)

// Lint refuses what attacks used: claims of everything, buttons without terms, and hosts
// below which anybody may own a name.
func TestLint(t *testing.T) {
	t.Parallel()
	const submit = "[[step]]\nid = \"go\"\nopen = \"{{.probe.url}}\"\n[[step]]\nid = \"pay\"\nsubmit = \"form\"\n"
	load := func(claim, flow string) error {
		files := fstest.MapFS{
			"x/pack.toml":         {Data: []byte("format = 1\nname = \"x\"\nversion = \"1.0.0\"\nlabel = \"X\"\n[[claim]]\n" + claim)},
			"x/authenticate.toml": {Data: []byte("format = 1\n" + flow)},
		}
		p, err := Load(files, "x", "")
		if err != nil {
			return err
		}
		return p.Lint(files)
	}
	const low, step = "confidence = \"low\"\nssid = [\"*\"]\n", "[[step]]\nid = \"go\"\nopen = \"{{.probe.url}}\"\n"
	const fine = "hosts = [\"login.cafe.test\"]\n"
	for name, test := range map[string]struct{ claim, flow, want string }{
		"fine":               {low, fine + step, ""},
		"catch-all":          {"confidence = \"high\"\nssid = [\"*\"]\nportal_host = [\"*\"]\n", fine + step, `x/pack.toml: claim 1: confidence "high" without evidence`},
		"by name":            {"confidence = \"medium\"\nssid = [\"Cafe\"]\n", fine + step, "it counts as low"},
		"button":             {low, fine + submit, `x/authenticate.toml: step "pay": it submits no input of the user's`},
		"button with terms":  {low, "terms = \"Terms\"\n" + fine + submit, ""},
		"suffix":             {low, "hosts = [\"*.com\"]\n" + step, "public suffix"},
		"suffix of two":      {low, "hosts = [\"*.co.uk\"]\n" + step, "public suffix"},
		"suffix in capitals": {low, "hosts = [\"*.CO.UK.\"]\n" + step, "public suffix"},
		"private suffix":     {low, "hosts = [\"*.github.io\"]\n" + step, "public suffix"},
		"wildcard suffix":    {low, "hosts = [\"*.foo.ck\"]\n" + step, "public suffix"},
		"other alphabet":     {low, "hosts = [\"*.公司.cn\"]\n" + step, "public suffix"},
		"shared suffix":      {low, "shared_hosts = [\"*.co.uk\"]\n" + step, "public suffix"},
		"bare suffix":        {low, "hosts = [\"com\"]\n" + step, `host "com" is a public suffix`},
		"bare suffix of two": {low, "hosts = [\"co.uk\"]\n" + step, `host "co.uk" is a public suffix`},
		"local name":         {low, "hosts = [\"router\"]\n" + step, ""},
	} {
		if err := load(test.claim, test.flow); (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	shipped, err := LoadAll(packs.FS(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range shipped {
		if err := p.Lint(packs.FS()); err != nil {
			t.Error(err)
		}
	}
}
