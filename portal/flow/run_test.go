package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
)

// inputs looks values up in a map; those of secretNames are secret.
func inputs(values map[string]string, secretNames ...string) func(string) (portal.Value, bool, error) {
	return func(name string) (portal.Value, bool, error) {
		text, ok := values[name]
		for _, secret := range secretNames {
			if name == secret {
				return portal.Secret(text), ok, nil
			}
		}
		return portal.Plain(text), ok, nil
	}
}

const loginForm = `<title>Sign in</title><form id=login action=/auth method=post>
<input type=hidden name=tok value=42><input name=user value=""><input name=terms type=checkbox checked>
<button name=go value=1>Go</button><button name=help value=2>Help</button></form>
<a href="/next#x">a</a><a href=/next class=n>b</a><iframe src="/frame"></iframe><a class=js href="javascript:x()">c</a>`

// Each flow opens a page and then runs the step of the table.
func TestActions(t *testing.T) {
	site := map[string]answer{
		"GET /":       html200(loginForm),
		"POST /auth":  html200("welcome"),
		"POST /api":   {body: `{"ok":true}`, header: map[string]string{"Content-Type": "application/json"}},
		"GET /next":   html200("next"),
		"GET /frame":  html200("frame"),
		"GET /meta":   html200(`<meta http-equiv=refresh content="0;url=next">`),
		"GET /header": {body: "x", header: map[string]string{"Refresh": "0;url=/next"}},
		"GET /away":   {status: 302, header: map[string]string{"Location": "http://elsewhere.test/x"}},
		"GET /moved":  {status: 302, header: map[string]string{"Location": "/next"}},
	}
	for _, c := range []struct{ name, step, want string }{
		{"open", `open = "http://a.test/next"`, "GET /next"},
		{"open relative", `open = "next?a={{urlencode .input.user}}"`, "GET /next?a=ada%26b"},
		{"open redirect", `open = "/moved"`, "GET /moved GET /next"},
		{"submit", `submit = "form"`, "POST /auth tok=42&user=&terms=on&go=1"},
		{"submit fields", "submit = \"#login\"\nfields = { user = '{{.input.user}}', extra = 'e', tok = '43' }", "POST /auth tok=43&user=ada%26b&terms=on&go=1&extra=e"},
		{"submit drop", "submit = \"#login\"\ndrop = ['terms', 'none']\nfields = { user = 'x' }", "POST /auth tok=42&user=x&go=1"},
		{"submit button", "submit = \"#login\"\nbutton = '[name=help]'", "POST /auth tok=42&user=&terms=on&help=2"},
		{"post form", "post = '/api'\nform = { z = '1', a = '{{.input.user}}' }", "POST /api z=1&a=ada%26b"},
		{"post nothing", "post = '/api'\nform = {}", "POST /api "},
		{"post json", "post = '/api'\njson = { s = '{{.input.user}}', n = 3, f = 1.5, b = true, l = ['x', { y = 'z' }] }", `POST /api {"b":true,"f":1.5,"l":["x",{"y":"z"}],"n":3,"s":"ada\u0026b"}`},
		{"follow", `follow = "a:not(.js)"`, "GET /next"},
		{"follow frame", `follow = "iframe"`, "GET /frame"},
		{"follow meta", "open = '/meta'\n[[step]]\nid='f'\nfollow = 'meta'", "GET /meta GET /next"},
		{"follow header", "open = '/header'\n[[step]]\nid='f'\nfollow = 'meta'", "GET /header GET /next"},
		{"wait", "wait = { open = '/next', every = 1, at_most = 2, until = [{ css = 'body', text = 'next' }] }", "GET /next"},
		{"outside", "open = '/away'\nexpect = [{ status = [302] }, { header = 'Location', text = '//elsewhere.test/' }]", "GET /away"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := mustParse(t, head+"inputs.user = { prompt = \"U\", default = \"ada&b\" }\n[[step]]\nid = 'first'\nopen = '{{.probe.url}}?u={{urlencode .input.user}}'\n[[step]]\nid = 'it'\n"+c.step+"\n")
			handler := &answers{pages: site}
			result, err := f.Run(t.Context(), newSession(t, f, handler), Env{Terms: agreed, Probe: map[string]string{"url": "http://a.test/"}})
			if err != nil {
				t.Fatal(err)
			}
			if result.Outcome != Submitted || result.Reason != "all steps went as expected" {
				t.Errorf("got %v, %q", result.Outcome, result.Reason)
			}
			if got := strings.Join(handler.got[1:], " "); got != c.want {
				t.Errorf("sent %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestActionErrors(t *testing.T) {
	site := map[string]answer{"GET /": html200(loginForm + `<form></form>`)}
	for _, c := range []struct{ name, step, want string }{
		{"no form", `submit = "#nope"`, `run test.toml: step "it" at http://a.test/: submit "#nope": find form: selector matches 0 of the 2 forms on the page on the page "Sign in" (status 200)`},
		{"two forms", `submit = "form"`, `matches 2 of the 2 forms`},
		{"no button", "submit = '#login'\nbutton = '.nope'", `at http://a.test/: submit form: find button: selector matches 0 submit buttons of the form`},
		{"no link", `follow = ".nope"`, `follow ".nope": no such link on the page "Sign in" (status 200)`},
		{"link without href", `follow = "form"`, `follow "form": no such link`},
		{"two places", `follow = "a.n, iframe"`, `follow "a.n, iframe": it matches links to different places on the page "Sign in"`},
		{"script link", `follow = "a.js"`, `follow "a.js": it matches an element without an http URL on the page "Sign in"`},
		{"no refresh", `follow = "meta"`, `follow meta: no refresh on the page "Sign in"`},
		{"other host", `open = "http://b.test/"`, `b.test`},
		{"other scheme", `open = "file:///etc/passwd"`, `file`},
		{"expect", "open = '/'\nexpect = [{ css = 'h1', text = 'Hi' }]", `expect css "h1" with text "Hi"; found nothing on the page "Sign in" (status 200)`},
		{"expect otherwise", "open = '/'\nexpect = [{ url = '*' }, { css = 'button', equals = 'Stop' }]", `expect css "button" that equals "Stop"; found "Go" on the page "Sign in"`},
		{"expect none", "open = '/'\nexpect = [{ css = 'button', absent = true }]", `expect no css "button"; found "Go" on the page`},
		{"expect status", "open = '/404'\nexpect = [{ status = [200] }]", `expect status [200]; found nothing on the page without a title (status 404)`},
		{"capture", "open = '/'\ncapture = { x = { json = 'a.b' } }", `capture x: want json "a.b"; found nothing on the page "Sign in"`},
		{"unknown here", `open = "/{{.probe.api}}"`, `read .probe.api: it is not known on this network`},
		{"unknown link", `open = "/{{.link.gateway}}"`, `read .link.gateway: it is not known on this network`},
		{"no session", `open = "/{{.session.logout}}"`, `read .session.logout: it is not there`},
		{"evaluation", "post = '/'\nform = { a = '{{xor \"a\" .session.key | hex}}' }", `field a: evaluate template: call xor: xor wants a key that is not empty`},
		{"json twins", "post = '/'\njson = { a = 'x', '{{lower \"A\"}}' = 'y' }", `json: two members are named "a"`},
		{"json twins below", "post = '/'\njson = { list = [{ '{{lower \"A\"}}' = ['x'], a = 'y' }] }", `json: two members are named "a"`},
		{"evaluation in json", "post = '/'\njson = { a = ['{{.link.gateway}}'] }", `read .link.gateway`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := mustParse(t, head+"[[step]]\nid = 'first'\nopen = 'http://a.test/'\n[[step]]\nid = 'it'\n"+c.step+"\n")
			_, err := f.Run(t.Context(), newSession(t, f, &answers{pages: site}), Env{Terms: agreed, Session: map[string]string{"key": ""}})
			var failed *StepError
			if !errors.As(err, &failed) || failed.Step != "it" || failed.Flow != "test.toml" {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestFirstStepError(t *testing.T) {
	f := mustParse(t, step0)
	_, err := f.Run(t.Context(), newSession(t, f, &answers{}), Env{})
	if err == nil || !strings.HasPrefix(err.Error(), `run test.toml: step "one": open URL: `) {
		t.Errorf("got %v", err)
	}
}

const caseFlow = `format = 1
hosts = ["a.test"]
expires_in = "{{.capture.left}}"
[[step]]
id = "one"
open = "http://a.test/{{.probe.host}}"
capture = { left = { css = "i" } }
[[step.case]]
when = [{ css = ".error", text = "wrong pin" }, { status = [200] }]
result = "denied"
[[step.case]]
when = [{ css = ".error" }]
result = "denied"
reason = "The card is blocked."
[[step.case]]
when = [{ css = "b", absent = true }, { url = "/ask" }]
result = "needs-user"
[[step.case]]
when = [{ url = "/strange" }]
result = "unsupported"
[[step.case]]
when = [{ url = "/jump" }]
goto = "three"
[[step.case]]
when = [{ url = "/done" }]
result = "submitted"
[[step]]
id = "two"
open = "/two"
expect = [{ status = [200] }]
[[step]]
id = "three"
open = "/three"
`

func TestCases(t *testing.T) {
	for _, c := range []struct {
		host, page string
		want       Result
		got        string
	}{
		{"x", "<i>60</i>", Result{Outcome: Submitted, Step: "three", Reason: "all steps went as expected", Captures: map[string]string{"left": "60"}, Expires: time.Minute}, "/x /two /three"},
		{"x", "<i>nonsense</i>", Result{Outcome: Submitted, Step: "three", Reason: "all steps went as expected", Captures: map[string]string{"left": "nonsense"}}, "/x /two /three"},
		{"x", "<p class=error>Wrong  PIN!", Result{Outcome: Denied, Step: "one", Reason: `the portal says "Wrong PIN!"`}, "/x"},
		{"x", "<p class=error>Blocked", Result{Outcome: Denied, Step: "one", Reason: `The card is blocked.`}, "/x"},
		{"ask", "<title>Hm</title>", Result{Outcome: NeedsUser, Step: "one", Reason: `no css "b" on the page "Hm" (status 200)`}, "/ask"},
		{"strange", "", Result{Outcome: Unsupported, Step: "one", Reason: `url "/strange" on the page without a title (status 200)`}, "/strange"},
		{"jump", "", Result{Outcome: Submitted, Step: "three", Reason: "all steps went as expected"}, "/jump /three"},
		{"done", "", Result{Outcome: Submitted, Step: "one", Reason: `url "/done" on the page without a title (status 200)`}, "/done"},
		{"x", "<p class=error>wrong PIN " + strings.Repeat("é", 200), Result{Outcome: Denied, Step: "one", Reason: `the portal says "wrong PIN ` + strings.Repeat("é", 55) + `…"`}, "/x"},
	} {
		t.Run(c.host+" "+c.page[:min(20, len(c.page))], func(t *testing.T) {
			f := mustParse(t, caseFlow)
			handler := &answers{pages: map[string]answer{"GET /" + c.host: html200(c.page), "GET /two": html200("2"), "GET /three": html200("3")}}
			var steps []string
			env := Env{Probe: map[string]string{"host": c.host}, Progress: func(step string) { steps = append(steps, step) }}
			s := newSession(t, f, handler)
			got, err := f.Run(t.Context(), s, env)
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Captures == nil {
				c.want.Captures = map[string]string{}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if got := strings.ReplaceAll(strings.Join(handler.got, " "), "GET ", ""); got != c.got {
				t.Errorf("opened %s, want %s", got, c.got)
			}
			if len(steps) != len(handler.got) || s.Trace()[0].Step != "one" {
				t.Errorf("progress %v, trace %v", steps, s.Trace())
			}
		})
	}
}

// Only a login that was submitted expires.
func TestDeniedDoesNotExpire(t *testing.T) {
	f := mustParse(t, "expires_in = '{{.capture.left}}'\n"+head+`
[[step]]
id = "one"
open = "http://a.test/"
capture = { left = { css = "i" } }
[[step]]
id = "two"
open = "/"
[[step.case]]
when = [{ css = "i" }]
result = "denied"
`)
	handler := &answers{pages: map[string]answer{"GET /": html200("<i>60</i>")}}
	result, err := f.Run(t.Context(), newSession(t, f, handler), Env{})
	want := Result{Outcome: Denied, Step: "two", Reason: `the portal says "60"`, Captures: map[string]string{"left": "60"}}
	if diff := cmp.Diff(want, result); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestOptionalCapture(t *testing.T) {
	f := mustParse(t, head+`
[[step]]
id = "one"
open = "http://a.test/"
capture = { a = { css = "b", optional = true }, "c" = { css = "i" } }
[[step]]
id = "two"
open = "/?a={{.capture.a}}&c={{.capture.c}}"
`)
	handler := &answers{pages: map[string]answer{"GET /": html200("<i>x</i>")}}
	result, err := f.Run(t.Context(), newSession(t, f, handler), Env{})
	if err != nil || handler.got[1] != "GET /?a=&c=x" {
		t.Fatalf("sent %v, %v", handler.got, err)
	}
	if diff := cmp.Diff(map[string]string{"a": "", "c": "x"}, result.Captures); diff != "" {
		t.Errorf("captures (-want +got):\n%s", diff)
	}
}

func TestCaptureIsBounded(t *testing.T) {
	f := mustParse(t, head+"[[step]]\nid = 'one'\nopen = 'http://a.test/'\ncapture = { a = { css = 'b', optional = true } }\n")
	handler := &answers{pages: map[string]answer{"GET /": html200("<b>" + strings.Repeat("x", maxCapture+1))}}
	_, err := f.Run(t.Context(), newSession(t, f, handler), Env{})
	if err == nil || !strings.Contains(err.Error(), "capture a: 16385 bytes, at most 16384") {
		t.Errorf("got %v", err)
	}
}

func TestInputs(t *testing.T) {
	const text = `format = 1
hosts = ["a.test"]
inputs.user = { prompt = "Card number" }
inputs.mail = { prompt = "E-mail", optional = true }
inputs.lang = { prompt = "Language", default = "en" }
[[step]]
id = "one"
post = "http://a.test/"
form = { m = "{{.input.mail}}", l = "{{.input.lang}}" }
[[step]]
id = "two"
post = "/"
form = { u = "{{.input.user}}" }
`
	site := map[string]answer{"POST /": html200("ok")}
	t.Run("missing", func(t *testing.T) {
		f := mustParse(t, text)
		handler := &answers{pages: site}
		result, err := f.Run(t.Context(), newSession(t, f, handler), Env{Terms: agreed})
		if err != nil || result.Outcome != NeedsUser || result.Reason != "Card number" || result.Missing != "user" || result.Step != "two" {
			t.Errorf("got %+v, %v", result, err)
		}
		if diff := cmp.Diff([]string{"POST / m=&l=en"}, handler.got); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
	t.Run("given", func(t *testing.T) {
		f := mustParse(t, text)
		handler := &answers{pages: site}
		_, err := f.Run(t.Context(), newSession(t, f, handler), Env{Inputs: inputs(map[string]string{"user": "ada", "mail": "a@b.test", "lang": ""})})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"POST / m=a%40b.test&l=", "POST / u=ada"}, handler.got); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
	t.Run("error", func(t *testing.T) {
		f := mustParse(t, text)
		locked := errors.New("keyring is locked")
		_, err := f.Run(t.Context(), newSession(t, f, &answers{pages: site}), Env{Inputs: func(string) (portal.Value, bool, error) { return portal.Value{}, false, locked }})
		if !errors.Is(err, locked) || !strings.Contains(err.Error(), `step "one": field m: look up input mail: keyring is locked`) {
			t.Errorf("got %v", err)
		}
	})
}

func TestExpires(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		text string
		want time.Duration
	}{
		{"60", time.Minute},
		{"1.5", 1500 * time.Millisecond},
		{"1h30m", 90 * time.Minute},
		{"31622400", maxExpires},
		{"31622401", 0},
		{"1e300", 0},
		{"Inf", 0},
		{"NaN", 0},
		{"-5", 0},
		{"-5s", 0},
		{"99999h", 0},
		{"", 0},
		{"soon", 0},
		{" 60 ", time.Minute},
		{"2026-01-02T03:14:05Z", 10 * time.Minute},
		{"2026-01-02T04:14:05+01:00", 10 * time.Minute},
		{"2026-01-02 03:14:05", 10 * time.Minute},
		{"2026-01-02T03:14", 9*time.Minute + 55*time.Second},
		{"2026-01-02 04:14:05+01:00", 10 * time.Minute},
		{"2026-01-02T04:14:05.5+0100", 10*time.Minute + 500*time.Millisecond},
		{"2026-01-03", 20*time.Hour + 55*time.Minute + 55*time.Second},
		{"Fri, 02 Jan 2026 03:14:05 GMT", 10 * time.Minute},
		{"1767323645", 10 * time.Minute},
		{"1767323645250", 10*time.Minute + 250*time.Millisecond},
		{"2026-01-02T03:04:04Z", 0},
		{"2028-01-01T00:00:00Z", 0},
		{"9999-99-99", 0},
	} {
		if got := parseExpires(c.text, now); got != c.want {
			t.Errorf("parseExpires(%q) = %v, want %v", c.text, got, c.want)
		}
	}
}

func TestAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "soon": 0, "NaN": 0, "-1": 0, "120": 2 * time.Minute, "1h": time.Hour, "1e300": maxAfter, "99999h": maxAfter,
		"2026-01-03T00:00:00Z": 20*time.Hour + 55*time.Minute + 55*time.Second, "2026-01-01T00:00:00Z": 0, "9999-01-01": maxAfter,
	} {
		if got := parseAfter(text, now); got != want {
			t.Errorf("parseAfter(%q) = %v, want %v", text, got, want)
		}
	}
}

// A limit that passes: the page, or a header of the same response, says when.
func TestLater(t *testing.T) {
	text := head + `[[step]]
id = "page"
open = "http://a.test/"
capture = { wait = { header = "Retry-After" } }
  [[step.case]]
  when = [{ css = "p", text = "limit" }]
  result = "later"
  after = "{{.capture.wait}}"
  [[step.case]]
  when = [{ css = "b" }]
  result = "later"
  reason = "the quota of today is used up"
  after = "4h"
`
	for name, c := range map[string]struct {
		page   answer
		reason string
		after  time.Duration
	}{
		"seconds":     {answer{body: "<p>limit", header: map[string]string{"Content-Type": "text/html", "Retry-After": "90"}}, `the portal says "limit"`, 90 * time.Second},
		"time":        {answer{body: "<p>limit", header: map[string]string{"Content-Type": "text/html", "Retry-After": "Fri, 02 Jan 2026 03:14:05 GMT"}}, `the portal says "limit"`, 10 * time.Minute},
		"it says not": {html200("<p>limit"), `the portal says "limit"`, 0},
		"constant":    {html200("<b>"), "the quota of today is used up", 4 * time.Hour},
	} {
		f := mustParse(t, text)
		result, err := f.Run(t.Context(), newSession(t, f, &answers{pages: map[string]answer{"GET /": c.page}}), Env{
			Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		})
		if err != nil || result.Outcome != Later || result.Reason != c.reason || result.After != c.after {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
	}
}

// What a flow waits for is in its result.
func TestCause(t *testing.T) {
	text := head + `[[step]]
id = "page"
open = "http://a.test/"
  [[step.case]]
  when = [{ css = "p", text = "server" }]
  result = "later"
  cause = "unreachable"
  [[step.case]]
  when = [{ css = "input[name=code]" }]
  result = "needs-user"
  cause = "code"
  [[step.case]]
  when = [{ css = "p" }]
  result = "later"
`
	for page, want := range map[string]Result{
		"<p>no server":      {Outcome: Later, Cause: CauseUnreachable},
		"<input name=code>": {Outcome: NeedsUser, Cause: CauseCode},
		"<p>limit":          {Outcome: Later},
	} {
		f := mustParse(t, text)
		result, err := f.Run(t.Context(), newSession(t, f, &answers{pages: map[string]answer{"GET /": html200(page)}}), Env{})
		if err != nil || result.Outcome != want.Outcome || result.Cause != want.Cause {
			t.Errorf("%s: %+v, %v", page, result, err)
		}
	}
}

func TestOutcome(t *testing.T) {
	for outcome, want := range map[Outcome]string{0: "unknown", Submitted: "submitted", Denied: "denied", NeedsUser: "needs-user", Unsupported: "unsupported", Later: "later", 9: "unknown(9)"} {
		if text, err := outcome.MarshalText(); outcome.String() != want || string(text) != want || err != nil {
			t.Errorf("got %s, %s, %v; want %s", outcome, text, err, want)
		}
	}
}

func TestStepErrorUnwraps(t *testing.T) {
	err := fmt.Errorf("login: %w", &StepError{Flow: "f", Step: "s", Err: context.Canceled})
	if !errors.Is(err, context.Canceled) || err.Error() != `login: run f: step "s": context canceled` {
		t.Errorf("got %v", err)
	}
}
