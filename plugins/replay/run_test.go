package replay

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/claims"
	"hotspot-helper/plugins/pack"
)

// cafe is a pack with a case for it.
func cafe() fstest.MapFS {
	return fstest.MapFS{
		"cafe/pack.toml": {Data: []byte(`
format = 1
name = "cafe"
version = "1.0.0"
label = "Cafe"
[[claim]]
confidence = "high"
portal_host = ["login.cafe.test"]
`)},
		"cafe/authenticate.toml": {Data: []byte(`
format = 1
hosts = ["login.cafe.test"]
expires_in = "{{.capture.left}}"
[inputs.user]
prompt = "Name"
[inputs.pass]
prompt = "PIN"
secret = true
[[step]]
id = "landing"
open = "{{.probe.url}}"
expect = [{ css = "form" }]
capture = { challenge = { css = "[name=challenge]", attr = "value" } }
[[step]]
id = "login"
submit = "form"
fields = { user = "{{.input.user}}", pass = "{{concat .capture.challenge .input.pass | md5 | hex}}", nonce = "{{random_hex 2}}", at = "{{now_ms}}" }
  [[step.case]]
  when = [{ css = ".error" }]
  result = "denied"
  [[step.case]]
  when = [{ css = ".again" }]
  goto = "wait"
[[step]]
id = "grant"
post = "/grant"
json = { who = "{{.input.user}}", pin = "{{.input.pass}}" }
capture = { left = { json = "left" } }
[[step]]
id = "wait"
wait = { seconds = 30 }
`)},
		"cafe/logoff.toml": {Data: []byte(`
format = 1
hosts = ["login.cafe.test"]
[[step]]
id = "bye"
open = "http://login.cafe.test/bye"
`)},
		"cafe/tests/right.toml": {Data: []byte(`
description = "the right PIN logs in"
network = { ssid = "Cafe" }
link = { gateway = "192.0.2.1", address = "192.0.2.50" }
inputs = { user = "ada", pass = "2718" }
random = "beef"
[[hop]]
url = "http://check.test/"
status = 302
header = { Location = "https://login.cafe.test/" }
[[hop]]
url = "https://login.cafe.test/"
header = { Set-Cookie = ["a=1", "b=2"] }
text = "<form></form>"
[[answer]]
to = "GET https://login.cafe.test/"
header = { Content-Type = "text/html" }
body = "pages/landing.html"
[[answer]]
to = "POST https://login.cafe.test/go"
form = { user = "ada" }
status = 303
header = { Location = "/in" }
[[answer]]
to = "GET https://login.cafe.test/in"
text = "<p>welcome, 2718</p>"
[[answer]]
to = "POST https://login.cafe.test/grant"
json = { who = "ada" }
text = '{"left": 3600}'
`)},
		"cafe/tests/pages/landing.html": {Data: []byte(`<form action=go method=post><input name=challenge type=hidden value=c0ffee></form>`)},
	}
}

const rightTrace = `claim high: claim 1 (portal_host)

step landing
  GET https://login.cafe.test/
  200 text/html
  capture challenge = c0ffee

step login
  POST https://login.cafe.test/go
    challenge = c0ffee
    user = ada
    pass = [redacted]
    nonce = be
    at = 1767323045000
  303 to /in
  GET https://login.cafe.test/in
  200

step grant
  POST https://login.cafe.test/grant
    {"pin":"[redacted]","who":"ada"}
  200
  capture left = 3600

step wait

submitted at wait: all steps went as expected
expires in 1h0m0s
`

func load(t *testing.T, files fstest.MapFS) (*pack.Pack, *Case) {
	t.Helper()
	p, err := pack.Load(files, "cafe", "")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := fs.Sub(files, "cafe/tests")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(dir, "right", "cafe/tests")
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

func TestRun(t *testing.T) {
	t.Parallel()
	p, c := load(t, cafe())
	outcome := c.Run(context.Background(), p)
	if outcome.Mismatch != nil {
		t.Error(outcome.Mismatch)
	}
	if diff := cmp.Diff(rightTrace, outcome.Trace); diff != "" {
		t.Error(diff)
	}
	if outcome.Claim.Confidence != claims.High {
		t.Errorf("claim %v", outcome.Claim)
	}
	missing, err := Uncovered(p, []Outcome{outcome})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`authenticate.toml: step "login", case 1: css ".error"`,
		`authenticate.toml: step "login", case 2: css ".again"`,
		`logoff.toml: step "bye"`,
	}
	if diff := cmp.Diff(want, missing); diff != "" {
		t.Error(diff)
	}
}

// TestMismatches changes the case and checks trace and error.
func TestMismatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, old, new string
		trace, broken  string
	}{
		{
			"a request that was not recorded", `to = "GET https://login.cafe.test/in"`, `to = "GET https://login.cafe.test/out"`,
			"  GET https://login.cafe.test/in\n  not recorded\n\nbroke off: ",
			"answer GET https://login.cafe.test/in: no answer to it was recorded; recorded, and not asked for yet: GET https://login.cafe.test/out, POST https://login.cafe.test/grant",
		},
		{"another value", `form = { user = "ada" }`, `form = { user = "bob" }`, "broke off: ", "the field user has another value than was recorded"},
		{"a field that is missing", `form = { user = "ada" }`, `form = { card = "1" }`, "broke off: ", "the field card is missing"},
		{"other JSON", `json = { who = "ada" }`, `json = { who = "bob" }`, "broke off: ", "the JSON that was sent differs from what was recorded"},
		{"no answer", `text = '{"left": 3600}'`, `error = "connection reset"`, "no answer: connection reset", ""},
		{"a case that ends it", `text = "<p>welcome, 2718</p>"`, `text = "<p class=error>wrong</p>"`, "  case 1: css \".error\"\n\ndenied at login: the portal says \"wrong\"\nnever asked: POST https://login.cafe.test/grant\n", ""},
		{"a case that goes on elsewhere", `text = "<p>welcome, 2718</p>"`, `text = "<p class=again>"`, "  case 2: css \".again\", go to wait\n\nstep wait\n", ""},
		{"not claimed", `url = "https://login.cafe.test/"`, `url = "https://login.other.test/"`, "broke off: run authenticate.toml: step \"landing\": get https://login.other.test/: talk to host \"login.other.test\"", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := cafe()
			file := files["cafe/tests/right.toml"]
			changed := strings.Replace(string(file.Data), test.old, test.new, 1)
			if changed == string(file.Data) {
				t.Fatal("nothing was changed")
			}
			file.Data = []byte(changed)
			p, c := load(t, files)
			outcome := c.Run(context.Background(), p)
			if !strings.Contains(outcome.Trace, test.trace) {
				t.Errorf("the trace has no %q:\n%s", test.trace, outcome.Trace)
			}
			if strings.Contains(outcome.Trace, "2718") {
				t.Errorf("the trace contains the secret:\n%s", outcome.Trace)
			}
			broken := ""
			if outcome.Mismatch != nil {
				broken = outcome.Mismatch.Error()
			}
			if (test.broken == "") != (broken == "") || !strings.Contains(broken, test.broken) {
				t.Errorf("broken %q, want %q", broken, test.broken)
			}
		})
	}
}

func TestLoadMistakes(t *testing.T) {
	t.Parallel()
	files := cafe()
	files["cafe/tests/wrong.toml"] = &fstest.MapFile{Data: []byte(`
flow = "login"
network = { ssid = "\\q", bssid = "xyz", security = "none" }
link = { gateway = "gate", address = "home" }
portal = "nowhere"
api = "nowhere"
random = "xyz"
now = 2026-01-02T03:04:05Z
colour = "green"
[[hop]]
url = "ftp://check.test/"
status = 99
header = { Location = 3 }
[[answer]]
to = "PUT http://cafe.test/"
form = { a = "b" }
json = { a = "b" }
body = "pages/missing.html"
text = "both"
[[answer]]
to = "GET cafe.test"
body = "../pages/landing.html"
error = "gone"
[[answer]]
to = "GET http://cafe.test/"
text = "x"
error = "gone"
`)}
	dir, _ := fs.Sub(files, "cafe/tests")
	_, err := Load(dir, "wrong", "cafe/tests")
	if err == nil {
		t.Fatal("it loads")
	}
	for _, want := range []string{
		`cafe/tests/wrong.toml:2: flow: want one of ["authenticate" "maintain" "logoff"], not "login"`,
		`wrong.toml:3: network: `, `parse BSSID "xyz"`, `parse security "none"`,
		`wrong.toml:4: link.gateway: "gate" is not an address`, `link.address: "home" is not an address`,
		`wrong.toml:5: portal: want an http or https URL, not "nowhere"`, `wrong.toml:6: api: want an http`,
		`wrong.toml:7: random: want hexadecimal digits`, `unknown key "colour"`,
		`hop 1, url: want an http or https URL, not "ftp://check.test/"`, `status: want a status from 200 to 599, not 99`,
		`want a string, or an array of strings`, `want a method and a URL such as "GET http://portal.test/", not "PUT http://cafe.test/"`,
		`json: a request has either form fields or JSON`, `text: an answer has either body, a file, or text`,
		`body: read pages/missing.html: file does not exist`, `answer 2, to: want an http or https URL, not "cafe.test"`,
		`want a file beside the case such as "pages/login.html", not "../pages/landing.html"`,
		`error: an answer with error has no body`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
	for name, text := range map[string]string{
		"no [[hop]]: a login needs a portal":                    "description = 'x'",
		"session: only maintain and logoff read session values": "session = { a = 'b' }\n[[hop]]\nurl = 'http://a.test/'",
	} {
		files["cafe/tests/wrong.toml"] = &fstest.MapFile{Data: []byte(text)}
		if _, err := Load(dir, "wrong", ""); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
	if _, err := Load(dir, "absent", "here"); err == nil || err.Error() != "read here/absent.toml: file does not exist" {
		t.Error(err)
	}
}

// However often a small case names a large page, it is read once, and the answers are bounded together.
func TestPagesAreBounded(t *testing.T) {
	t.Parallel()
	read := &countingFS{}
	load := func(answers, size int) (*Case, error) {
		read.FS = fstest.MapFS{
			"c.toml":  {Data: []byte("[[hop]]\nurl = 'http://a.test/'\n" + strings.Repeat("[[answer]]\nto = 'GET http://a.test/'\nbody = 'pages/x'\n", answers))},
			"pages/x": {Data: []byte(strings.Repeat("x", size))},
		}
		read.pages = 0
		return Load(read, "c", "tests")
	}
	c, err := load(30, 500_000)
	if err != nil || read.pages != 1 || &c.Answers[0].data[0] != &c.Answers[29].data[0] {
		t.Errorf("30 answers: %v, the page was read %d times", err, read.pages)
	}
	_, err = load(1000, 500_000)
	if err == nil || strings.Count(err.Error(), "\n") > 0 || !strings.Contains(err.Error(), "tests/c.toml:") || !strings.Contains(err.Error(), "more than 16 MiB") {
		t.Errorf("1000 answers: %v", err)
	}
}

// countingFS counts how often it opens a page.
type countingFS struct {
	fs.FS

	pages int
}

func (f *countingFS) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, pagesDir) {
		f.pages++
	}
	return f.FS.Open(name)
}
