package flow

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// script runs a flow and returns what was sent.
func script(t *testing.T, text string, pages map[string]answer, env Env) ([]string, Result, error) {
	t.Helper()
	f := mustParse(t, text)
	handler := &answers{pages: pages}
	env.Terms = agreed
	result, err := f.Run(t.Context(), newSession(t, f, handler), env)
	return handler.got, result, err
}

func TestNamesOfFieldsAreTemplates(t *testing.T) {
	pages := map[string]answer{"GET /": html200(`<form method=post action=/go><input name=u17><input name=tok value=1></form>`), "POST /go": html200("x"), "POST /api": html200("x")}
	got, _, err := script(t, head+`[[step]]
id = "page"
open = "http://a.test/"
capture = { field = { css = "input", attr = "name" } }
[[step]]
id = "submit"
submit = "form"
fields = { "{{.capture.field}}" = "ada" }
[[step]]
id = "json"
post = "/api"
json = { "{{upper .capture.field}}" = ["{{null}}", { deep = " {{null}} " }], data = '{"u":{{jsonquote .capture.field}}}' }
`, pages, Env{})
	want := []string{"GET http://a.test/", "POST http://a.test/go u17=ada&tok=1", `POST http://a.test/api {"U17":[null,{"deep":null}],"data":"{\"u\":\"u17\"}"}`}
	for i := range want {
		want[i] = strings.Replace(want[i], "http://a.test", "", 1)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\ngot  %q\nwant %q", err, got, want)
	}
}

// next leaves out the steps of another branch, and ends a flow.
func TestNext(t *testing.T) {
	flow := head + `[[step]]
id = "page"
open = "http://a.test/"
  [[step.case]]
  when = [{ css = "b" }]
  goto = "b"
[[step]]
id = "a"
open = "/a"
next = "%s"
[[step]]
id = "b"
open = "/b"
[[step]]
id = "both"
open = "/both"
`
	for name, c := range map[string]struct{ next, page, want, last string }{
		"joins":          {"both", "<i>", "GET / GET /a GET /both", "both"},
		"ends":           {"end", "<i>", "GET / GET /a", "a"},
		"other branch":   {"end", "<b>", "GET / GET /b GET /both", "both"},
		"the step below": {"b", "<i>", "GET / GET /a GET /b GET /both", "both"},
	} {
		got, result, err := script(t, fmt.Sprintf(flow, c.next), map[string]answer{"GET /": html200(c.page), "GET /a": html200(""), "GET /b": html200(""), "GET /both": html200("")}, Env{})
		if sent := strings.Join(got, " "); err != nil || sent != c.want || result.Outcome != Submitted || result.Step != c.last {
			t.Errorf("%s: sent %s, %+v, %v; want %s", name, sent, result, err, c.want)
		}
	}
}

// What only one branch reads is asked for on demand alone.
func TestNextAndInputs(t *testing.T) {
	f := mustParse(t, head+`inputs.code = { prompt = "Code" }
[[step]]
id = "page"
open = "http://a.test/"
  [[step.case]]
  when = [{ css = "b" }]
  goto = "b"
[[step]]
id = "a"
open = "/a"
next = "end"
[[step]]
id = "b"
open = "/{{.input.code}}"
`)
	if in := f.Inputs(); !in[0].OnDemand {
		t.Errorf("%+v", in)
	}
}

// A step may read what a step captured before its own goto; it fails where that was not found.
func TestCaptureBeforeGoto(t *testing.T) {
	text := head + `[[step]]
id = "page"
open = "http://a.test/"
capture = { token = { css = "input", attr = "value" } }
  [[step.case]]
  when = [{ css = "b" }]
  goto = "go"
[[step]]
id = "other"
open = "/other"
[[step]]
id = "go"
open = "/go?t={{.capture.token}}"
`
	got, _, err := script(t, text, map[string]answer{"GET /": html200("<b><input value=7>"), "GET /go": html200("")}, Env{})
	if err != nil || strings.Join(got, " ") != "GET / GET /go?t=7" {
		t.Errorf("%v, %v", got, err)
	}
	if _, _, err := script(t, text, map[string]answer{"GET /": html200("<b>")}, Env{}); err == nil || !strings.Contains(err.Error(), `step "go" at http://a.test/: read .capture.token: it is not there`) {
		t.Error(err)
	}
}

func TestSessionQuery(t *testing.T) {
	text := head + `[[step]]
id = "page"
open = "http://a.test/"
  [[step.case]]
  when = [{ session = "kind", equals = "free" }]
  result = "submitted"
  reason = "free"
  [[step.case]]
  when = [{ session = "kind", absent = true }]
  result = "unsupported"
  reason = "none"
`
	for name, c := range map[string]struct {
		session map[string]string
		want    string
	}{
		"equal":  {map[string]string{"kind": "free"}, "free"},
		"other":  {map[string]string{"kind": "paid"}, "all steps went as expected"},
		"empty":  {map[string]string{"kind": ""}, "none"},
		"absent": {nil, "none"},
	} {
		if _, result, err := script(t, text, map[string]answer{"GET /": html200("")}, Env{Session: c.session}); err != nil || result.Reason != c.want {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
	}
	f, err := Parse(Maintain, "maintain.toml", []byte(text))
	if err != nil || !slices.Equal(f.SessionNames(), []string{"kind"}) {
		t.Errorf("%v, %v", f.SessionNames(), err)
	}
}

func TestEqualsIsATemplate(t *testing.T) {
	text := head + `inputs.user = { prompt = "U" }
[[step]]
id = "page"
open = "http://a.test/"
capture = { mac = { css = "i" } }
[[step]]
id = "list"
open = "/list"
expect = [{ css = "li", equals = "{{upper .capture.mac}}" }, { css = "b", equals = "{{.input.user}}" }]
`
	pages := map[string]answer{"GET /": html200("<i>ab"), "GET /list": html200("<li>CD</li><li>AB</li><b>ada</b>")}
	if _, result, err := script(t, text, pages, Env{Inputs: inputs(map[string]string{"user": "ada"})}); err != nil || result.Outcome != Submitted {
		t.Errorf("%+v, %v", result, err)
	}
	if _, result, err := script(t, text, pages, Env{}); err != nil || result.Outcome != NeedsUser || result.Missing != "user" {
		t.Errorf("%+v, %v", result, err)
	}
	if _, _, err := script(t, text, pages, Env{Inputs: inputs(map[string]string{"user": "eve"})}); err == nil || !strings.Contains(err.Error(), `expect css "b" that equals "{{.input.user}}"; found "ada"`) {
		t.Error(err)
	}
}

// An element of a list is chosen by the value of another of its fields.
func TestJSONFilter(t *testing.T) {
	body := `{"plans":[7,{"type":"paid","id":1},{"type":"free","id":2,"n":{"x.y":3}},{"type":"free","id":4}],"a[0]":5,"ids":[{"id":2,"on":true}],"l":[[{"k":"v=w","z":6}]]}`
	for path, want := range map[string]string{
		"plans[type=free].id": "2", "plans.[type=free].id": "2", "plans[id=4].type": "free", "plans[type=none].id": "", "plans[type=].id": "",
		"a[0]": "5", "ids[on=true].id": "2", "l.0[k=v=w].z": "6", "plans[n=x].id": "", "plans[type=free": "", "plans.1.id": "1", "[type=free].id": "",
	} {
		text := head + "[[step]]\nid = 'page'\nopen = 'http://a.test/'\ncapture = { x = { json = '" + path + "', optional = true } }\n"
		_, result, err := script(t, text, map[string]answer{"GET /": {body: body}}, Env{})
		if err != nil || result.Captures["x"] != want {
			t.Errorf("%s: %q, %v; want %q", path, result.Captures["x"], err, want)
		}
	}
}

func TestEmptyDefault(t *testing.T) {
	text := head + `inputs.mail = { prompt = "E-mail", default = "" }
[[step]]
id = "page"
open = "http://a.test/?m={{.input.mail}}"
`
	got, result, err := script(t, text, map[string]answer{"GET /": html200("")}, Env{})
	if err != nil || result.Outcome != Submitted || got[0] != "GET http://a.test/?m=" && got[0] != "GET /?m=" {
		t.Errorf("%v, %+v, %v", got, result, err)
	}
}

// headersSeen records a header of each request.
type headersSeen struct {
	http.Handler

	name string
	got  []string
}

func (h *headersSeen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.got = append(h.got, r.Method+" "+r.Header.Get(h.name))
	h.Handler.ServeHTTP(w, r)
}

func TestHeaders(t *testing.T) {
	page := `<form method=post action=/a></form><a href=/a>x</a>`
	h := &headersSeen{Handler: &answers{pages: map[string]answer{"GET /": html200(page), "POST /a": html200(page), "GET /a": html200(page)}}, name: "X-A"}
	f := mustParse(t, head+`inputs.user = { prompt = "U", default = "ada" }
[[step]]
id = "open"
open = "http://a.test/"
headers = { x-a = "1{{.input.user}}" }
[[step]]
id = "submit"
submit = "form"
headers = { x-a = "2" }
[[step]]
id = "post"
post = "/a"
form = {}
headers = { x-a = "3" }
[[step]]
id = "follow"
follow = "a"
headers = { x-a = "4" }
[[step]]
id = "poll"
wait = { open = "/a", every = 1, at_most = 1, until = [{ css = "a" }] }
headers = { x-a = "5" }
[[step]]
id = "none"
open = "/a"
`)
	_, err := f.Run(t.Context(), newSession(t, f, h), Env{Terms: agreed})
	if want := "GET 1ada,POST 2,POST 3,GET 4,GET 5,GET "; err != nil || strings.Join(h.got, ",") != want {
		t.Errorf("%v: got %s, want %s", err, strings.Join(h.got, ","), want)
	}
}

// A value of the portal's cannot add a header.
func TestHeaderInjection(t *testing.T) {
	got, _, err := script(t, head+`[[step]]
id = "page"
open = "http://a.test/"
capture = { x = { json = "x" } }
[[step]]
id = "next"
open = "/next"
headers = { X-A = "{{.capture.x}}" }
`, map[string]answer{"GET /": {body: `{"x":"a\r\nHost: b"}`}}, Env{})
	if err == nil || !strings.Contains(err.Error(), "header X-A: want one line of at most 4096 bytes") || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

// A secret in a URL needs the flow's word and the user's consent, over https as well, in
// whatever form, and no trace or error shows it.
func TestAddressWithASecret(t *testing.T) {
	text := func(url string) string {
		return "secret_in_address = true\n" + strings.Replace(secretHead, "PIN", "P", 1) + "[[step]]\nid = 'one'\nopen = '" + url + "'\n"
	}
	for _, url := range []string{
		"http://a.test/?p={{.input.pin}}", "https://a.test/?p={{.input.pin}}", "http://a.test/?p={{md5 .input.pin | hex}}",
		"http://a.test/x{{slice .input.pin 0 2}}/y", "http://a.test/?p=%2{{slice .input.pin 0 1}}",
	} {
		for _, allowed := range []bool{false, true} {
			f := mustParse(t, text(url))
			handler := &answers{}
			s, err := portal.New(portal.Config{Transport: handlerTransport{handler}, Hosts: f.Hosts(), Permission: func() portal.Permission {
				return portal.Permission{Cleartext: allowed}
			}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.Run(t.Context(), s, Env{Inputs: inputs(map[string]string{"pin": "2718"}, "pin")})
			if (err == nil) != allowed || (len(handler.got) == 1) != allowed {
				t.Errorf("%s, allowed %v: %v, sent %v", url, allowed, err, handler.got)
			}
			for _, secret := range []string{"2718", "x27/", "b1d10e7bafa4421218a51b1e1f1b0ba2"} {
				if shown := fmt.Sprint(s.Trace(), err); strings.Contains(shown, secret) {
					t.Errorf("%s: %s is shown in %s", url, secret, shown)
				}
			}
		}
	}
	if w := mustParse(t, text("http://a.test/?p={{.input.pin}}")).Warnings(); len(w) != 1 || !strings.Contains(w[0], "a secret is in a URL: servers, proxies and histories keep it") {
		t.Error(w)
	}
}

// The check is asked again, at a host that the flow does not name; the portal's page follows.
func TestVisitCheck(t *testing.T) {
	pages := map[string]answer{
		"GET /check": {status: http.StatusFound, header: map[string]string{"Location": "http://a.test/hi"}},
		"GET /hi":    html200("<b>"),
	}
	text := head + "[[step]]\nid = 'again'\nvisit = 'check'\nexpect = [{ css = 'b' }]\n"
	got, result, err := script(t, text, pages, Env{Probe: map[string]string{"check": "http://check.test/check"}})
	if err != nil || result.Outcome != Submitted || len(got) != 2 {
		t.Errorf("%v, %+v, %v", got, result, err)
	}
	if _, _, err := script(t, text, pages, Env{}); err == nil || !strings.Contains(err.Error(), "read .probe.check: it is not known on this network") {
		t.Error(err)
	}
}

// The controls of a form in a table are beside it in the tree: a selector of one of them
// finds the form.
func TestFormInATable(t *testing.T) {
	page := `<table><form action=/go method=post><tr><td><input name=user><input type=hidden name=tok value=1></td></tr></form></table><form action=/find method=post><input name=q></form>`
	got, _, err := script(t, head+`[[step]]
id = "page"
open = "http://a.test/"
[[step]]
id = "login"
submit = "input[name=user]"
fields = { user = "ada" }
`, map[string]answer{"GET /": html200(page), "POST /go": html200("")}, Env{})
	if err != nil || len(got) != 2 || got[1] != "POST /go user=ada&tok=1" {
		t.Errorf("%v, %v", got, err)
	}
}
