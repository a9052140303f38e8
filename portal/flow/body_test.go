package flow

import (
	"net/url"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

func TestDecoders(t *testing.T) {
	for _, c := range []struct {
		decoder, text, want string
		cannot              bool
	}{
		{"base64", "YW55IGNhcm5hbCBwbGVhcw==", "any carnal pleas", false},
		{"base64", " YW55\r\nIGNh\tcm5h bCBwbGVhcw", "any carnal pleas", false},
		{"base64", "_-8=", "\xff\xef", false},
		{"base64", "", "", false},
		{"base64", "{}", "", true},
		{"hex", " 4a4B\n", "JK", false},
		{"hex", "4a4", "", true},
		{"jsonp", `chilliJSON.reply({"a":"(x)"});`, `{"a":"(x)"}`, false},
		{"jsonp", "f()", "", false},
		{"jsonp", `{"a":1}`, "", true},
		{"jsonp", ") (", "", true},
		{"percent", "%7B%22a%22%3a+%7D%", `{"a":+}%`, false},
	} {
		got, ok := decoders()[c.decoder](c.text)
		if got != c.want && ok || ok == c.cannot {
			t.Errorf("%s of %q = %q, %v", c.decoder, c.text, got, ok)
		}
	}
	if got := (&view{work: tryWork()}).decoded("JTdCJTdE", []string{"base64", "percent"}); got != "{}" {
		t.Errorf("decoded from left to right: %q", got)
	}
	if got := (&view{work: tryWork()}).decoded("?", []string{"base64", "percent"}); got != "" {
		t.Errorf("invalid input decoded: %q", got)
	}
}

// FuzzDecode: no decoder panics or returns more bytes than its input, in any order.
func FuzzDecode(f *testing.F) {
	f.Add("JTdCJTdE", uint(0))
	f.Add("f(7B7D)", uint(9))
	f.Fuzz(func(t *testing.T, text string, order uint) {
		names := decoderNames()
		for range maxDecode {
			plain := (&view{work: tryWork()}).decoded(text, []string{names[order%uint(len(names))]})
			if len(plain) > len(text) {
				t.Fatalf("%q became %q", text, plain)
			}
			text, order = plain, order/uint(len(names))
		}
	})
}

const message = "<!--<?xml version=\"1.0\"?><WISPAccessGatewayParam><Redirect><LoginURL>%</LoginURL></Redirect></WISPAccessGatewayParam>-->"

func TestBodyQuery(t *testing.T) {
	wispr := answer{body: "<html>" + strings.Replace(message, "%", "https://a.test/login?a=1&b=2", 1)}
	packed := answer{body: "JTdCJTIyZXJyb3IlMjIlM0ElMjJubyUyMiU3RA=="} // {"error":"no"}, percent-encoded
	jsonp := answer{body: `f({"clientState":1,"name":"Ada"});`}
	for _, c := range []struct {
		page  answer
		query string
		holds bool
		value string
	}{
		{wispr, `{ wispr = "loginurl" }`, true, "https://a.test/login?a=1&b=2"},
		{wispr, `{ wispr = "LogoffURL" }`, false, ""},
		{wispr, `{ wispr = "LogoffURL", absent = true }`, true, ""},
		{wispr, `{ xml = "LoginURL", matches = "^https:" }`, true, "https://a.test/login?a=1&b=2"},
		{jsonp, `{ xml = "LoginURL" }`, false, ""},
		{jsonp, `{ json = "clientState", decode = ["jsonp"] }`, true, "1"},
		{jsonp, `{ json = "clientState" }`, false, ""},
		{jsonp, `{ regex = '"name":"(\w+)"', decode = ["jsonp"] }`, true, "Ada"},
		{packed, `{ json = "error", decode = ["base64", "percent"] }`, true, "no"},
		{packed, `{ json = "error", decode = ["percent", "base64"] }`, false, ""},
		{packed, `{ regex = "err.r", decode = ["base64"] }`, true, "error"},
		{packed, `{ xml = "error", decode = ["base64"] }`, false, ""},
		{packed, `{ wispr = "error", decode = ["hex"] }`, false, ""},
		{answer{body: "3c613e783c2f613e"}, `{ xml = "a", decode = ["hex"] }`, true, "x"},
	} {
		if value, holds := ask(t, c.page, c.query); holds != c.holds || value != c.value {
			t.Errorf("%s: %v, %q; want %v, %q", c.query, holds, value, c.holds, c.value)
		}
	}
}

// via and wispr look at the page and then at the hops, the last first.
func TestVia(t *testing.T) {
	pages := map[string]answer{
		"GET /":  {status: 302, header: map[string]string{"Location": "/b?n=2&only=b"}, body: strings.Replace(message, "%", "first", 1)},
		"GET /b": {status: 307, header: map[string]string{"Location": "/c?n=3"}, body: strings.Replace(message, "%", "second", 1)},
		"GET /c": html200("the page"),
	}
	probed := &portal.Page{
		URL:  &url.URL{Scheme: "http", Host: "check.test", Path: "/", RawQuery: "n=0&first=1"},
		Body: "<WISPAccessGatewayParam><LoginURL>probed</LoginURL></WISPAccessGatewayParam>",
	}
	for query, want := range map[string]string{
		`{ via = "*" }`:                               "http://a.test/c?n=3",
		`{ via = "/?" }`:                              "http://a.test/?n=1",
		`{ via = "*", param = "n" }`:                  "3",
		`{ via = "*", param = "n", equals = "1" }`:    "1",
		`{ via = "/?", param = "n" }`:                 "1",
		`{ via = "*", param = "only" }`:               "b",
		`{ via = "/b?" }`:                             "http://a.test/b?n=2&only=b",
		`{ via = "/d?" }`:                             "",
		`{ wispr = "LoginURL" }`:                      "second",
		`{ wispr = "LoginURL", decode = ["base64"] }`: "",
		`{ xml = "LoginURL" }`:                        "",
		`{ via = "check.test" }`:                      "http://check.test/?n=0&first=1",
		`{ via = "*", param = "first" }`:              "1",
		`{ wispr = "AbortLoginURL" }`:                 "",
	} {
		f := mustParse(t, strings.Replace(queryFlow(query), `"/"`, `"http://a.test/?n=1"`, 1))
		r := &run{flow: f, session: newSession(t, f, &answers{pages: pages}), work: tryWork(), env: Env{Hops: []*portal.Page{probed}}}
		if err := f.steps[0].action.run(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if got, _ := f.steps[0].expect[0].first(r.view(t.Context())); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

// A message that only the probe met is found, too.
func TestMessageOfTheProbe(t *testing.T) {
	f := mustParse(t, strings.Replace(queryFlow(`{ wispr = "LoginURL" }`), `"/"`, `"http://a.test/"`, 1))
	probed := &portal.Page{URL: &url.URL{Host: "check.test"}, Body: strings.Replace(message, "%", "probed", 1)}
	r := &run{flow: f, session: newSession(t, f, &answers{}), work: tryWork(), env: Env{Hops: []*portal.Page{probed}}}
	if err := f.steps[0].action.run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, _ := f.steps[0].expect[0].first(r.view(t.Context())); got != "probed" {
		t.Errorf("got %q", got)
	}
}

// How messages describe queries.
func TestQueryWords(t *testing.T) {
	for query, want := range map[string]string{
		`{ via = "*", param = "n", equals = "1" }`:               `via "*" param n that equals "1"`,
		`{ wispr = "LoginURL" }`:                                 `wispr LoginURL`,
		`{ xml = "a", absent = true }`:                           `no xml a`,
		`{ json = "a", decode = ["base64", "hex"], text = "x" }`: `json "a" behind base64, hex with text "x"`,
		`{ regex = "a", decode = ["jsonp"] }`:                    `regex "a" behind jsonp`,
	} {
		if got := mustParse(t, queryFlow(query)).steps[0].expect[0].String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
