package replay_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
)

// A flow that reads the tokens of a visit logs in with others; one that has those of a visit does not.
func TestCheckRenewed(t *testing.T) {
	const (
		captured = `capture.token = { css = "input[name=token]", attr = "value" }`
		recorded = `to = "POST http://portal.test/go/a8f3k2d9q1zz?visit=b7c6d5e4f3"`
		page     = `<form method=post action='/go/a8f3k2d9q1zz?visit=b7c6d5e4f3'><input type=hidden name=token value='9f8e7d6c5b4a x1y2z3w4v5u6'><input name=user></form>`
	)
	for name, test := range map[string]struct{ step, wrong string }{
		"by its form":       {`submit = "form"` + "\n" + `fields = { user = "{{.input.user}}" }`, ""},
		"a token in a path": {`post = "/go/a8f3k2d9q1zz?visit={{.capture.visit}}"` + "\n" + `form = { user = "{{.input.user}}", token = "{{.capture.token}}" }`, "no answer to it was recorded"},
		"a token in a body": {`post = "/go/{{.capture.path}}?visit={{.capture.visit}}"` + "\n" + `form = { user = "{{.input.user}}", token = "9f8e7d6c5b4a x1y2z3w4v5u6" }`, "sends a value of the visit that was recorded"},
		"none of them":      {`post = "/go/{{.capture.path}}?visit={{.capture.visit}}"` + "\n" + `form = { user = "{{.input.user}}", token = "{{.capture.token}}" }`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{
				"p/pack.toml": {Data: []byte("format = 1\nname = \"p\"\nversion = \"1.0.0\"\nlabel = \"P\"\n[[claim]]\nconfidence = \"high\"\nportal_host = [\"portal.test\"]\n")},
				"p/authenticate.toml": {Data: []byte(`format = 1
hosts = ["portal.test"]
[inputs.user]
prompt = "User"
[[step]]
id = "page"
open = "{{.probe.url}}"
` + captured + `
capture.visit = { regex = "visit=([a-z0-9]+)" }
capture.path = { regex = "go/([a-z0-9]+)" }
[[step]]
id = "send"
` + test.step + "\n")},
				"p/tests/login.toml": {Data: []byte(`description = "a login"
[inputs]
user = "fake-user"
[[hop]]
url = "http://portal.test/"
text = "` + page + `"
[[answer]]
to = "GET http://portal.test/"
text = "` + page + `"
[[answer]]
` + recorded + `
text = "Welcome"
`)},
			}
			p, err := pack.Load(files, "p", "test")
			if err != nil {
				t.Fatal(err)
			}
			cases, err := files.Sub("p/tests")
			if err != nil {
				t.Fatal(err)
			}
			c, err := replay.Load(cases, "login", "tests")
			if err != nil {
				t.Fatal(err)
			}
			err = c.CheckRenewed(t.Context(), p)
			if test.wrong == "" && err != nil || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
				t.Errorf("got %v, want %q", err, test.wrong)
			}
			if outcome := c.Run(t.Context(), p); outcome.Mismatch != nil {
				t.Errorf("the case is another one than before: %v", outcome.Mismatch)
			}
		})
	}
}
