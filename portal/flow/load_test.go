package flow

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/strict"
)

const fullFlow = `
format = 1
hosts  = ["login.cafe.test", "*.cdn.test", "192.0.2.1"]
shared_hosts = ["*.cloud.test"]
expires_in = "{{.capture.left}}"

[inputs.user]
prompt = "Card number"
[inputs.pass]
prompt = "PIN"
secret = true
[inputs.mail]
prompt = "E-mail"
optional = true
[inputs.lang]
prompt = "Language"
default = "en"

[[step]]
id     = "landing"
open   = "{{.probe.url}}"
expect = [{ css = "form#login" }]
  [[step.case]]
  when = [{ url = "/terms" }]
  goto = "terms"

[[step]]
id     = "login"
submit = "form#login"
button = "button[name=go]"
fields = { user = "{{.input.user}}", pass = "{{md5 .input.pass | hex}}", mail = "{{.input.mail}}", lang = "{{.input.lang}}" }
  [[step.case]]
  when   = [{ css = ".error", text = "wrong PIN" }, { status = [200] }]
  result = "denied"
  reason = "The PIN is wrong."
  [[step.case]]
  when   = [{ css = ".limit" }]
  result = "later"
  after  = "1h30m"

[[step]]
id   = "terms"
post = "/terms?mac={{urlencode .link.address}}"
json = { accept = true, n = 3, list = ["{{.probe.host}}", 1.5], deep = { pass = "{{.input.pass}}" } }
capture = { left = { json = "left", optional = true }, out = { url = "*", param = "logout" } }

[[step]]
id   = "settle"
wait = { open = "/status", every = 2, at_most = 30, until = [{ script = "state", nth = 1, equals = "on" }] }
`

func TestParse(t *testing.T) {
	f := mustParse(t, fullFlow)
	want := []Input{
		{Name: "user", Prompt: "Card number", OnDemand: true},
		{Name: "pass", Prompt: "PIN", Secret: true},
		{Name: "mail", Prompt: "E-mail", Optional: true, OnDemand: true},
		{Name: "lang", Prompt: "Language", Default: "en", OnDemand: true},
	}
	if diff := cmp.Diff(want, f.Inputs()); diff != "" {
		t.Errorf("Inputs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"login.cafe.test", "*.cdn.test", "192.0.2.1"}, f.Hosts()); diff != "" {
		t.Errorf("Hosts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"*.cloud.test"}, f.SharedHosts()); diff != "" {
		t.Errorf("SharedHosts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"left", "out"}, f.Captures()); diff != "" {
		t.Errorf("Captures (-want +got):\n%s", diff)
	}
}

func TestSessionNames(t *testing.T) {
	f := mustParse(t, head+`
[[step]]
id = "bye"
post = "{{.session.logout}}"
form = { id = "{{.session.id}}", again = "{{.session.id}}" }
`)
	if diff := cmp.Diff([]string{"id", "logout"}, f.SessionNames()); diff != "" {
		t.Errorf("SessionNames (-want +got):\n%s", diff)
	}
}

// head is the start of a flow without inputs. Its valid step is on lines 3 to 5.
const head = `format = 1
hosts = ["a.test"]
`

const step0 = head + `[[step]]
id = "one"
open = "/"
`

const secretHead = `format = 1
hosts = ["a.test"]
inputs.pin = { prompt = "PIN", secret = true }
`

// queryFlow returns a flow with a query on line 6.
func queryFlow(query string) string { return step0 + "expect = [" + query + "]\n" }

// openFlow returns a flow that opens the template, on line 5.
func openFlow(template string) string {
	return head + "[[step]]\nid = \"one\"\nopen = '" + template + "'\n"
}

// postFlow returns a flow with the body of a post from line 6 on.
func postFlow(lines string) string { return head + "[[step]]\nid = \"one\"\npost = \"/\"\n" + lines }

func numberedKeys(format string, count int) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// mistake is a file that Parse refuses, with the message.
type mistake struct{ name, text, want string }

// part returns the name of the file: that of the test if it is a file name, else test.toml.
func (m mistake) part() string {
	if strings.HasSuffix(m.name, ".toml") {
		words := strings.Fields(m.name)
		return words[len(words)-1]
	}
	return "test.toml"
}

// kind returns the flow that the file is for.
func (m mistake) kind() Kind {
	for _, kind := range []Kind{Authenticate, Maintain, Logoff} {
		if kind.String() == m.part() {
			return kind
		}
	}
	return AnyKind
}

func mistakes() []mistake {
	manySteps := head + strings.Repeat("[[step]]\nid = \"x\"\nopen = \"/\"\n", maxSteps+1)
	manyQueries := queryFlow(strings.Repeat(`{ url = "*" },`, maxQueries+1))
	deep := head + "[[step]]\nid = \"one\"\npost = \"/\"\njson = { a = " + strings.Repeat("[", 10) + "1" + strings.Repeat("]", 10) + " }\n"
	return []mistake{
		{"not TOML", "format = \n", "test.toml:1: "},
		{"no format", `hosts = ["a.test"]` + "\n[[step]]\nid=\"a\"\nopen=\"/\"\n", "test.toml: format: want format = 1"},
		{"other format", "format = 2\n" + step0[len("format = 1\n"):], "test.toml:1: format: want format = 1"},
		{"unknown key", "colour = 1\n" + step0, `test.toml:1: unknown key "colour"`},
		{"unknown key of a step", step0 + "opne = 1\n", `test.toml:6: step "one": unknown key "opne"`},
		{"other letters", step0 + "Id = \"b\"\n", `test.toml:6: step "one": keys "id" and "Id" differ only in case: keep "id"`},
		{"unknown query", queryFlow(`{ xpath = "x" }`), `test.toml:6: step "one", expect 1: unknown key "xpath"`},
		{"no hosts", "format = 1\n[[step]]\nid=\"a\"\nopen=\"/\"\n", `hosts: want hosts = ["login.example.com"]: all hosts that the flow may talk to`},
		{"host with scheme", strings.Replace(step0, "a.test", "http://a.test", 1), `test.toml:2: hosts 1: parse host pattern "http://a.test": `},
		{"host with port", strings.Replace(step0, "a.test", "a.test:80", 1), `without scheme, port or path`},
		{"host with path", strings.Replace(step0, "a.test", "a.test/x", 1), `without scheme, port or path`},
		{"unknown at-host", strings.Replace(step0, "a.test", "@router", 1), `want login.example.com, *.example.com, an address, @start, @gateway or @param:NAME`},
		{"no parameter", strings.Replace(step0, "a.test", "@param:", 1), `test.toml:2: hosts 1: parse host pattern "@param:": want @param:NAME, the name of a query parameter; want login.`},
		{"shared in both", strings.Replace(step0, "hosts =", "shared_hosts = [\"b.test\", \"*.test.test\", \"a.test\"]\nhosts =", 1), `test.toml:3: hosts 1: parse host pattern "a.test": listed among the shared hosts, too; `},
		{"shared by the network", strings.Replace(step0, "hosts =", "shared_hosts = [\"@start\"]\nhosts =", 1), `test.toml:2: shared_hosts 1: parse host pattern "@start": a shared host must be spelled out, because an @ pattern is the network's choice; want login.example.com, *.example.com or an address, without scheme, port or path`},
		{"shared registry", strings.Replace(step0, "hosts =", "shared_hosts = [\"*.com\"]\nhosts =", 1), `shared_hosts 1: parse host pattern "*.com": public suffix, below which anyone may own a name`},
		{"many shared", strings.Replace(step0, "hosts =", "shared_hosts = ["+strings.Repeat("\"b.test\", ", 101)+"]\nhosts =", 1), `shared_hosts: 101 of them, at most`},
		{"registry", strings.Replace(step0, "a.test", "*.co.uk", 1), `parse host pattern "*.co.uk": public suffix, below which anyone may own a name`},
		{"no steps", head, "step: want at least one [[step]]"},
		{"many steps", manySteps, "step: 101 of them, at most 100"},
		{"many queries", manyQueries, `step "one", expect: 21 of them, at most 20`},
		{"no id", head + "[[step]]\nopen = \"/\"\n", `test.toml:3: step 1: want id = "…": messages and the trace name the step by it`},
		{"bad id", head + "[[step]]\nid = \"a b\"\nopen = \"/\"\n", `id: want letters, digits, - and _, at most 64`},
		{"same id", step0 + "[[step]]\nid = \"one\"\nopen = \"/\"\n", `test.toml:7: step 2, id: another step before this one is "one": ids are unique`},
		{"no action", head + "[[step]]\nid = \"one\"\n", `step "one": want exactly one of open, submit, post, follow, wait, visit; none is here`},
		{"two actions", step0 + "follow = \"meta\"\n", `open and follow: make each a step of its own`},
		{"stray fields", step0 + "fields = { a = \"b\" }\n", `test.toml:6: step "one", fields: goes with submit, not with open`},
		{"stray json", step0 + "json = { a = \"b\" }\n", `json: goes with post, not with open`},
		{"empty URL", openFlow(""), `test.toml:5: step "one", open: want a URL, for example "{{.probe.url}}"`},
		{"starts without a page", head + "[[step]]\nid = \"one\"\nsubmit = \"form\"\n", `step "one": the first step has no page to act on: begin with open, visit, post or wait with open`},
		{"starts with a pause", head + "[[step]]\nid = \"one\"\nwait = { seconds = 1 }\n", `the first step has no page to act on`},
		{"bad selector", step0 + "[[step]]\nid = \"two\"\nsubmit = \"form[\"\n", `test.toml:8: step "two", submit: not a CSS selector "form["`},
		{"bad button", step0 + "[[step]]\nid = \"two\"\nsubmit = \"form\"\nbutton = \"::\"\n", `test.toml:9: step "two", button: not a CSS selector "::"`},
		{"post without body", head + "[[step]]\nid = \"one\"\npost = \"/\"\n", `want exactly one of form and json; form = {} sends an empty body`},
		{"deep json", deep, `more than 8 nested tables and lists`},
		{"date in json", head + "[[step]]\nid = \"one\"\npost = \"/\"\njson = { a = 2020-01-01 }\n", `test.toml:6: step "one", json.a: JSON has no dates: write it as a string`},
		{"costly template", openFlow(costlyTemplate()), `too much work: it makes a long text`},
		{"long template", openFlow(strings.Repeat("x", maxText+1)), `4097 bytes, at most 4096`},

		{"wait with nothing", step0 + "[[step]]\nid = \"two\"\nwait = {}\n", `want {seconds} or {open, every, at_most, until}: open is missing`},
		{"wait with both", step0 + "[[step]]\nid = \"two\"\nwait = { seconds = 1, open = \"/\", every = 1 }\n", `open and every cannot stand beside seconds`},
		{"long wait", step0 + "[[step]]\nid = \"two\"\nwait = { seconds = 61 }\n", `test.toml:8: step "two", wait.seconds: want 1 to 60 seconds`},
		{"wait for nothing", step0 + "[[step]]\nid = \"two\"\nwait = { open = \"/\", every = 1, at_most = 2, until = [] }\n", `wait.until: want at least one query`},

		{"case without when", step0 + "[[step.case]]\nresult = \"denied\"\n", `step "one", case 1: want when with at least one query; url = "*" always holds`},
		{"case without end", step0 + "[[step.case]]\nwhen = [{ url = \"*\" }]\n", `case 1: want exactly one of result and goto`},
		{"reason of a goto", step0 + "[[step.case]]\nwhen = [{ url = \"*\" }]\ngoto = \"two\"\nreason = \"x\"\n[[step]]\nid=\"two\"\nopen=\"/\"\n", `reason: goes with result, not with goto`},
		{"unknown result", step0 + "[[step.case]]\nwhen = [{ url = \"*\" }]\nresult = \"full\"\n", `no result "full"; want one of submitted, denied, needs-user, unsupported, later`},
		{"after of a refusal", step0 + "[[step.case]]\nwhen = [{ url = \"*\" }]\nresult = \"denied\"\nafter = \"60\"\n", `case 1, after: goes with result = "later" only: it says when another attempt may work`},
		{"no such cause", step0 + "[[step.case]]\nwhen = [{ url = \"*\" }]\nresult = \"later\"\ncause = \"limit\"\n", `case 1, cause: no cause "limit" here; want unreachable with result = "later", or code with result = "needs-user"`},
		{"cause of another result", step0 + "[[step.case]]\nwhen = [{ url = \"*\" }]\nresult = \"denied\"\ncause = \"unreachable\"\n", `case 1, cause: no cause "unreachable" here`},
		{"after what nothing captures", step0 + "[[step.case]]\nwhen = [{ url = \"*\" }]\nresult = \"later\"\nafter = \"{{.capture.a}}\"\n", `case 1, after: no earlier step captures a`},
		{"goto nowhere", step0 + "[[step.case]]\nwhen = [{ url = \"*\" }]\ngoto = \"two\"\n", `test.toml:8: step "one", case 1, goto: no step "two"`},
		{"goto itself", step0 + "[[step.case]]\nwhen = [{ url = \"*\" }]\ngoto = \"one\"\n", `step "one" does not come after this one: a goto jumps forward only, so that a flow ends`},

		{"no source", queryFlow(`{ text = "x" }`), `test.toml:6: step "one", expect 1: want exactly one of css, url, via, json, script, header, cookie, wispr, xml, regex, status, input, session`},
		{"two sources", queryFlow(`{ css = "a", url = "*" }`), `want exactly one of css, url`},
		{"two tests", queryFlow(`{ css = "a", text = "x", absent = true }`), `want at most one test, found text and absent`},
		{"attr of a URL", queryFlow(`{ url = "*", attr = "x" }`), `attr: goes with css, not with url`},
		{"param of css", queryFlow(`{ css = "a", param = "x" }`), `param: goes with url and via, not with css`},
		{"nth of css", queryFlow(`{ css = "a", nth = 1 }`), `nth: goes with script, not with css`},
		{"query selector", queryFlow(`{ css = "a:nope" }`), `expect 1, css: not a CSS selector "a:nope"`},
		{"empty URL query", queryFlow(`{ url = "" }`), `want a text that the URL contains; "*" matches any text`},
		{"empty param", queryFlow(`{ url = "*", param = "" }`), `expect 1, param: want the name of a query parameter`},
		{"json path", queryFlow(`{ json = "a..b" }`), `want a path of keys and indexes like data.sessions.0.id`},
		{"script name", queryFlow(`{ script = "a b" }`), `want a name that a script assigns or calls, like challenge or location.replace`},
		{"script nth", queryFlow(`{ script = "a", nth = -1 }`), `want 0 for the first literal, 1 for the second, and so on`},
		{"empty header", queryFlow(`{ header = "" }`), `want the name of a header`},
		{"empty cookie", queryFlow(`{ cookie = "" }`), `want the name of a cookie`},
		{"empty regex", queryFlow(`{ regex = "" }`), `want a regular expression`},
		{"bad regex", queryFlow(`{ regex = "(" }`), `not a regular expression "(": error parsing regexp: missing closing ): `},
		{"bad matches", queryFlow(`{ url = "*", matches = "(?<=x)" }`), `the syntax is RE2`},
		{"no status", queryFlow(`{ status = [] }`), `want a list of HTTP status codes like [200, 302]`},
		{"bad status", queryFlow(`{ status = [200, 20] }`), `expect 1, status 2: 20 is not an HTTP status code, from 100 to 599`},
		{"status with text", queryFlow(`{ status = [200], text = "x" }`), `a status query lists the codes that match: remove text`},
		{"empty text", queryFlow(`{ css = "a", text = " " }`), `want a text that is not empty; an empty value is equals = ""`},
		{"absent false", queryFlow(`{ css = "a", absent = false }`), `absent = false has no effect: remove it`},
		{"wrong type", queryFlow(`{ css = 3 }`), `expect 1, css: want a string, not an integer`},

		{"capture name", step0 + "capture = { 1a = { css = \"a\" } }\n", `no name for a capture; want a name of letters, digits and underscores, at most 64, not a digit first`},
		{"capture absent", step0 + "capture = { a = { css = \"a\", absent = true } }\n", `a capture needs a value; write optional = true if it may be missing`},
		{"optional query", queryFlow(`{ css = "a", optional = true }`), `unknown key "optional"`},

		{"input name", "inputs.a-b = { prompt = \"x\" }\n" + step0, `test.toml:1: inputs.a-b: no name for an input`},
		{"input without prompt", "inputs.a = {}\n" + openFlow("{{.input.a}}"), `inputs.a: want prompt: what a person is asked for`},
		{"secret default", strings.Replace(secretHead, "secret", "default = \"1\", secret", 1) + step0[len(head):], `inputs.pin.default: a secret has no default: every reader of the file would know it`},
		{"optional default", "inputs.a = { prompt = \"A\", default = \"x\", optional = true }\n" + openFlow("{{.input.a}}"), `inputs.a.optional: an input with a default is optional: remove this key`},
		{"unread input", "inputs.a = { prompt = \"A\" }\n" + step0, `inputs.a: no step reads .input.a: remove the input, or read it`},

		{"unknown input", openFlow("{{.input.a}}"), `no input a; declare it as [inputs.a]`},
		{"unknown probe", openFlow("{{.probe.uri}}"), `no name .probe.uri; known: url, host, api, check`},
		{"unknown link", openFlow("{{.link.ssid}}"), `no name .link.ssid; known: interface, address, gateway`},
		{"unknown space", openFlow("{{.env.x}}"), `no name .env.x; want .SPACE.NAME with one of the spaces input, capture, probe, link, session`},
		{"bare space", openFlow("{{.probe}}"), `no name .probe; want .SPACE.NAME`},
		{"unknown function", openFlow("{{printf .probe.url}}"), `no function printf; known: base64, concat, hex, hmac, jsonquote, lower, md5, now_ms, or, random_hex, rawquery, replace, resolve, setquery, sha1, sha256, slice, split, timediff, unbase64, unescape, unhex, upper, urldecode, urlencode, urlhost, xor`},
		{"unclosed", openFlow("{{.probe.url"), `not a template: unclosed action`},
		{"uncaptured", openFlow("{{.capture.a}}"), `no earlier step captures a`},
		{"captured too late", openFlow("{{.capture.a}}") + "capture = { a = { css = \"a\" } }\n", `no earlier step captures a`},
		{"uncaptured expiry", "expires_in = \"{{.capture.a}}\"\n" + step0, `test.toml:1: expires_in: no earlier step captures a`},
		{"jumped over", step0 + `
[[step.case]]
when = [{ url = "*" }]
goto = "three"
[[step]]
id = "two"
open = "/"
capture = { a = { css = "a" } }
[[step]]
id = "three"
open = "{{.capture.a}}"
`, `test.toml:16: step "three", open: capture a may be missing: a goto or next skips the step that captures it; make the capture optional, or capture it elsewhere, too`},

		{"reserved header", step0 + "headers = { host = \"b.test\" }\n", `step "one", headers.host: header Host: the program sets it by itself`},
		{"odd header", step0 + "headers = { \"a b\" = \"c\" }\n", `header "a b": want letters, digits, - and _, at most 64`},
		{"header twice", step0 + "headers = { X-A = \"1\", x-a = \"2\" }\n", `header X-A is there twice: keep one`},
		{"headers of a pause", step0 + "[[step]]\nid = \"two\"\nwait = { seconds = 1 }\nheaders = { X-A = \"1\" }\n", `step "two", headers: goes with open, submit, post, follow and wait with open`},
		{"headers of a visit", head + "[[step]]\nid = \"one\"\nvisit = \"check\"\nheaders = { X-A = \"1\" }\n", `headers: goes with open, submit, post, follow and wait with open`},
		{"many headers", step0 + numberedKeys("headers.h%d = ''\n", maxHeaders+1), `headers: 21 of them, at most 20`},
		{"basic of a visit", head + "[[step]]\nid = \"one\"\nvisit = \"check\"\nbasic = { user = \"a\", password = \"b\" }\n", `step "one", basic: goes with open, submit and post`},
		{"basic of a link", step0 + "[[step]]\nid = \"two\"\nfollow = \"a\"\nbasic = { user = \"a\", password = \"b\" }\n", `step "two", basic: goes with open, submit and post`},
		{"basic without a password", step0 + "basic = { user = \"a\" }\n", `step "one", basic: want {user, password}`},
		{"basic twice", step0 + "basic = { user = \"a\", password = \"b\" }\nheaders = { authorization = \"c\" }\n", `step "one", basic: cannot stand beside the header Authorization`},
		{"basic of no input", step0 + "basic = { user = \"a\", password = \"{{.input.b}}\" }\n", `step "one", basic.password: no input b`},
		{"visit elsewhere", head + "[[step]]\nid = \"one\"\nvisit = \"home\"\n", `want visit = "check": ask for the page that the network intercepts again`},
		{"template of a name", postFlow("form = { \"{{.link.x}}\" = \"1\" }\n"), `no name .link.x`},
		{"template of a key", postFlow("json = { \"{{.link.x}}\" = \"1\" }\n"), `no name .link.x`},
		{"secret name", secretHead + "[[step]]\nid = \"one\"\npost = \"/\"\nform = { \"{{.input.pin}}\" = \"1\" }\n", `secret input pin is not allowed here`},
		{"secret to compare", secretHead + "[[step]]\nid = \"one\"\nopen = \"/\"\nexpect = [{ css = \"b\", equals = \"{{.input.pin}}\" }]\n", `expect 1, equals: secret input pin is not allowed here`},
		{"uncaptured to compare", queryFlow(`{ css = "a", equals = "{{.capture.a}}" }`), `expect 1, equals: no earlier step captures a`},
		{"filter without a field", queryFlow(`{ json = "a[=b].c" }`), `want a path of keys and indexes like data.sessions.0.id`},
		{"next nowhere", step0 + "next = \"two\"\n", `step "one", next: no step "two"`},
		{"next before", step0 + "[[step]]\nid = \"two\"\nopen = \"/\"\nnext = \"one\"\n", `next: step "one" does not come after this one`},
		{"next leaves out a step", step0 + "next = \"end\"\n[[step]]\nid = \"two\"\nopen = \"/\"\n", `step "two": no step leads here: the one above says next, and no goto or closed names this one`},
		{"closed nowhere", step0 + "closed = { goto = \"two\" }\n", `step "one", closed.goto: no step "two"`},
		{"closed before", step0 + "[[step]]\nid = \"two\"\nopen = \"/\"\nclosed = { goto = \"one\" }\n", `closed.goto: step "one" does not come after this one`},
		{"late nowhere", step0 + "closed = { goto = \"two\", late = \"three\" }\n[[step]]\nid = \"two\"\nopen = \"/\"\n", `closed.late: no step "three"`},
		{"closed without goto", step0 + "closed = { late = \"two\" }\n[[step]]\nid = \"two\"\nopen = \"/\"\n", `closed: want {goto}: the later step that comes next if there is no answer`},
		{"closed of a wait", head + "[[step]]\nid = \"one\"\nwait = { open = \"/\", every = 1, at_most = 2, until = [{ url = \"*\" }] }\nclosed = { goto = \"two\" }\n[[step]]\nid = \"two\"\nopen = \"/\"\n", `closed: goes with open, submit, post, follow and visit`},
		{"captured only with an answer", step0 + "closed = { goto = \"two\" }\ncapture = { a = { css = \"a\" } }\n[[step]]\nid = \"two\"\nopen = \"/{{.capture.a}}\"\n", `capture a may be missing`},
		{"session in authenticate.toml", queryFlow(`{ session = "a" }`), `session: the session begins here: maintain.toml and logoff.toml query it`},
		{"session without a name", queryFlow(`{ session = "" }`), `want the name of a capture of authenticate.toml`},
		{"session captured", step0 + "capture = { a = { session = \"a\" } }\n", `a session value is no capture: templates read it as .session.a`},
		{"secret in no address", "secret_in_address = true\n" + step0, `secret_in_address: no URL of the flow reads a secret input: remove it`},
		{"secret not in address", "secret_in_address = false\n" + step0, `secret_in_address: false has no effect: remove it`},
		{"secret in open", secretHead + "[[step]]\nid = \"one\"\nopen = \"/{{.input.pin}}\"\n", `test.toml:6: step "one", open: secret input pin is not allowed here: a secret goes only into fields, form, json, headers or basic`},
		{"hashed secret in open", secretHead + "[[step]]\nid = \"one\"\nopen = \"/{{md5 (concat `a` .input.pin) | hex}}\"\n", `secret input pin is not allowed here`},
		{"secret in post", secretHead + "[[step]]\nid = \"one\"\npost = \"/{{.input.pin}}\"\nform = {}\n", `step "one", post: secret input pin is not allowed here`},
		{"secret in wait", secretHead + "[[step]]\nid = \"one\"\nwait = { open = \"/{{.input.pin}}\", every = 1, at_most = 2, until = [{ url = \"*\" }] }\n", `step "one", wait.open: secret input pin is not allowed here`},
		{"secret in expiry", "expires_in = \"{{.input.pin}}\"\n" + secretHead + step0[len(head):], `expires_in: secret input pin is not allowed here`},

		{"many hosts", strings.Replace(step0, `"a.test"`, strings.Repeat(`"a.test",`, maxHosts+1), 1), `hosts: 51 of them, at most 50`},
		{"many inputs", numberedKeys("inputs.i%d = { prompt = 'x' }\n", maxInputs+1) + step0, `inputs: 21 of them, at most 20`},
		{"many cases", step0 + strings.Repeat("[[step.case]]\nwhen = [{ url = '*' }]\nresult = 'denied'\n", maxCases+1), `step "one", case: 21 of them, at most 20`},
		{"many captures", step0 + numberedKeys("capture.c%d = { url = '*' }\n", maxFields+1), `step "one", capture: 101 of them, at most 100`},
		{"many fields", postFlow(numberedKeys("form.f%d = ''\n", maxFields+1)), `step "one", form: 101 of them, at most 100`},
		{"much json", postFlow(numberedKeys("json.f%d = ''\n", maxFields+1)), `step "one", json: 101 of them, at most 100`},
		{"long json list", postFlow("json = { l = [" + strings.Repeat("1,", maxFields+1) + "] }\n"), `step "one", json.l: 101 of them, at most 100`},
		{"template in json", postFlow("json = { l = [{ x = '{{.link.x}}' }] }\n"), `step "one", json.l 1, x: no name .link.x`},
		{"long selector", queryFlow(`{ css = "` + strings.Repeat("a", maxText+1) + `" }`), `expect 1, css: 4097 bytes, at most 4096`},
		{"long pattern", queryFlow(`{ regex = "` + strings.Repeat("a", maxText+1) + `" }`), `expect 1, regex: 4097 bytes, at most 4096`},

		{"every in authenticate.toml", "every = 60\n" + step0, `authenticate.toml:1: every: goes into maintain.toml, not into authenticate.toml`},
		{"every in logoff.toml", "every = 60\n" + step0, `logoff.toml:1: every: goes into maintain.toml, not into logoff.toml`},
		{"every too often", "every = 4\n" + step0, `test.toml:1: every: want 5 to 86400 seconds`},
		{"every too seldom", "every = 86401\n" + step0, `test.toml:1: every: want 5 to 86400 seconds`},
		{"terms in maintain.toml", "terms = 'Terms of Cafe'\n" + step0, `maintain.toml:1: terms: goes into authenticate.toml, not into maintain.toml`},
		{"terms of a step in logoff.toml", step0 + "terms = 'Terms of Cafe'\n", `logoff.toml:6: step "one", terms: goes into authenticate.toml, not into logoff.toml`},
		{"no terms of a step", step0 + "terms = ' '\n", `test.toml:6: step "one", terms: name the terms that the flow accepts, 1 to 120 characters on one line`},
		{"terms twice", "terms = 'Terms of Cafe'\n" + step0 + "terms = 'more'\n", `step "one", terms: the terms of the whole flow cover this step: remove one of the two`},
		{"unknown input asked for", queryFlow(`{ input = "pin" }`), `test.toml:6: step "one", expect 1, input: no input pin; declare it as [inputs.pin]`},
		{"value of an input", secretHead + step0[len(head):] + "expect = [{ input = 'pin', equals = '1' }]\n", `an input query tests presence only: remove equals`},
		{"capture of an input", secretHead + step0[len(head):] + "capture = { a = { input = 'pin' } }\n", `capture.a.input: an input is no capture: templates read it as .input.pin`},
		{"wait for an input", secretHead + "[[step]]\nid = \"one\"\nwait = { open = \"/\", every = 1, at_most = 2, until = [{ input = \"pin\" }] }\n", `an input does not change while the flow waits: use it in when or expect`},
		{"no terms", "terms = ''\n" + step0, `test.toml:1: terms: name the terms that the flow accepts, 1 to 120 characters on one line`},
		{"long terms", "terms = '" + strings.Repeat("ü", maxTerms+1) + "'\n" + step0, `name the terms that the flow accepts`},
		{"terms on two lines", "terms = \"a\\nb\"\n" + step0, `name the terms that the flow accepts`},
		{"session of authenticate.toml", openFlow("{{.session.id}}"), `authenticate.toml:5: step "one", open: no name .session.id: the session begins here; maintain.toml and logoff.toml read it`},
		{"stray drop", step0 + "drop = ['a']\n", `test.toml:6: step "one", drop: goes with submit, not with open`},
		{"drop nothing", step0 + "[[step]]\nid = 'two'\nsubmit = 'form'\ndrop = ['a', '']\n", `test.toml:9: step "two", drop 2: want the name of a field`},
		{"drop and set", step0 + "[[step]]\nid = 'two'\nsubmit = 'form'\ndrop = ['a']\nfields = { a = 'b' }\n", `step "two", drop 1: field a is in fields, too: keep it in one of them`},
		{"drop many", step0 + "[[step]]\nid = 'two'\nsubmit = 'form'\ndrop = [" + strings.Repeat("'a',", maxFields+1) + "]\n", `step "two", drop: 101 of them, at most 100`},
		{"many patterns", step0 + filledWith(`{ regex = '(?i)[a-zé]{900}' }`), `the regular expressions and selectors of a pack have more than 100000 bytes and instructions together`},
		{"many selectors", step0 + filledWith(`{ css = 'a[href#=((?i)[a-zé]{900})]' }`), `the regular expressions and selectors of a pack have more than 100000 bytes and instructions together`},
		{"empty wispr", queryFlow(`{ wispr = "" }`), `expect 1, wispr: want the name of an element, like LoginURL`},
		{"empty xml", queryFlow(`{ xml = "" }`), `expect 1, xml: want the name of an element`},
		{"empty via", queryFlow(`{ via = "" }`), `expect 1, via: want a text that the URL contains; "*" matches any text`},
		{"decode of css", queryFlow(`{ css = "a", decode = ["hex"] }`), `decode: goes with json, wispr, xml and regex, not with css`},
		{"decode nothing", queryFlow(`{ json = "a", decode = [] }`), `expect 1, decode: want at least one of base64, hex, jsonp, percent`},
		{"decode anything", queryFlow(`{ json = "a", decode = ["hex", "rot13"] }`), `expect 1, decode 2: no decoder "rot13"; want one of base64, hex, jsonp, percent`},
		{"decode much", queryFlow(`{ json = "a", decode = ["hex", "hex", "hex", "hex", "hex"] }`), `expect 1, decode: 5 of them, at most 4`},
		{"raw bytes", openFlow("{{md5 .probe.url}}"), `md5 .probe.url gives raw bytes: add | hex or | base64`},
		{"a condition", openFlow("{{if .probe.url}}a{{end}}"), `a flow has no if, range, with, define or variables`},
		{"wrong replace", openFlow(`{{replace .probe.url "" "x"}}`), `evaluate template: call replace: replace wants a text to look for that is not empty`},
		{"wrong urlhost", openFlow(`{{urlhost "cafe.test"}}`), `evaluate template: call urlhost: urlhost wants a whole URL`},
		{"wrong resolve", openFlow(`{{resolve "/a" "/b"}}`), `evaluate template: call resolve: resolve wants the whole URL of a page, and a reference`},
		{"too few arguments", openFlow(`{{urlhost}}`), `wrong number of arguments for urlhost: want 1, got 0`},
		{"a number for a text", openFlow(`{{hex 4}}`), `wrong argument for hex: want a string`},
		{"a text for a number", openFlow(`{{random_hex "4"}}`), `wrong argument for random_hex: want a whole number`},
		{"half a number", openFlow(`{{random_hex 1.5}}`), `1.5 is not a whole number`},
		{"a name that is called", openFlow(`{{.probe.url "x"}}`), `.probe.url is not a function but has arguments`},
	}
}

// filledWith returns cases with 400 queries.
func filledWith(query string) string {
	return strings.Repeat("[[step.case]]\nresult = 'denied'\nwhen = ["+strings.Repeat(query+",", 20)+"]\n", 20)
}

func TestParseMistakes(t *testing.T) {
	for _, m := range mistakes() {
		t.Run(m.name, func(t *testing.T) {
			f, err := Parse(m.kind(), m.part(), []byte(m.text))
			if err == nil || f != nil {
				t.Fatalf("Parse = %v, %v; want only an error", f, err)
			}
			if !strings.Contains(err.Error(), m.want) {
				t.Errorf("got  %v\nwant %s\nof\n%s", err, m.want, numbered(m.text))
			}
		})
	}
}

func TestParseReportsAllInOrder(t *testing.T) {
	_, err := Parse(AnyKind, "test.toml", []byte(head+`[[step]]
id = "one"
open = "{{.link.x}}"
Colour = []
expect = [{ css = "(" }]
[[step]]
id = "one"
follow = "["
`))
	var found strict.Mistakes
	if !errors.As(err, &found) {
		t.Fatalf("error is %T, want strict.Mistakes", err)
	}
	var lines []int
	for _, m := range found {
		lines = append(lines, m.Line)
	}
	if diff := cmp.Diff([]int{5, 6, 7, 9, 10}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s\n%v", diff, err)
	}
}

// A capture may be read if all paths have it, or if it is optional.
func TestParseBranches(t *testing.T) {
	for _, options := range [][2]string{
		{`{ css = "a" }`, `{ css = "b" }`},
		{`{ css = "a", optional = true }`, `{ css = "b", optional = true }`},
	} {
		mustParse(t, fmt.Sprintf(step0+`
[[step.case]]
when = [{ url = "/b" }]
goto = "b"
[[step]]
id = "a"
open = "/a"
capture = { x = %s }
[[step.case]]
when = [{ url = "*", absent = true }]
result = "unsupported"
[[step]]
id = "b"
open = "/b"
capture = { x = %s }
[[step]]
id = "end"
open = "{{.capture.x}}"
`, options[0], options[1]))
	}
	mustParse(t, strings.Replace(step0, "open", "capture.early = { url = '*' }\nopen", 1)+`
[[step]]
id = "two"
open = "/two"
[[step.case]]
when = [{ url = "/b" }]
goto = "end"
[[step]]
id = "a"
open = "/a"
capture = { x = { css = "a", optional = true } }
[[step]]
id = "end"
open = "{{.capture.x}}{{.capture.early}}"
`)
}
