package web

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestRedactURLText(t *testing.T) {
	tests := map[string]string{
		"":                        "",
		"/login":                  "/login",
		"http://portal.test/a/b":  "http://portal.test/a/b",
		"http://p.test/?a=1&b=2":  "http://p.test/?a=…&b=…",
		"http://p.test/?":         "http://p.test/?",
		"?token":                  "?…",
		"?a=1&&b":                 "?a=…&&…",
		"http://p.test/#frag":     "http://p.test/#…",
		"http://p.test/?a=x?y#z":  "http://p.test/?a=…#…",
		"http://me:pin@p.test/?a": "http://p.test/?…",
		"javascript:go('secret')": "javascript:…",
		"http://[/?a=secret":      "http://[/?a=…",
		"(null)":                  "(null)",
		"//p.test/?fas=aGlk=":     "//p.test/?fas=…",
		"http://[2001:db8::1]/?a": "http://[2001:db8::1]/?…",

		"http://p.test/s/0A1b2C3d4E5f6a7b/grant": "http://p.test/s/…/grant",
		"/login/c2Vzc2lvbiB0b2tlbg==":            "/login/…",
		"http://[/s/0A1b2C3d4E5f6a7b?x":          "http://[/s/…?…",
	}
	for text, want := range tests {
		if got := RedactURLText(text); got != want {
			t.Errorf("RedactURLText(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestRedactURL(t *testing.T) {
	for raw, want := range map[string]string{
		"http://a.test":                           "http://a.test",
		"https://ada:pw@a.test:8443/p/q":          "https://a.test:8443/p/q",
		"http://a.test/login?tok=1&redir=http:x":  "http://a.test/login?tok=…&redir=…",
		"http://a.test/fgtauth?0004610d63757532":  "http://a.test/fgtauth?…",
		"http://a.test/?a=1&a=&b&=x":              "http://a.test/?a=…&a=…&…&=…",
		"http://a.test/%2e%2Fx#token":             "http://a.test/%2e%2Fx#…",
		"http://a.test/s/0A1b2C3d4E5f6a7b/grant":  "http://a.test/s/…/grant",
		"http://a.test/c2Vzc2lvbiB0b2tlbg==":      "http://a.test/…",
		"http://a.test/x;jsessionid=ABCDEF?a=b":   "http://a.test/…?a=…",
		"http://a.test/captive-portal/login_page": "http://a.test/captive-portal/login_page",
		"http://a.test/short-7/fgtauth2":          "http://a.test/short-7/fgtauth2",
		"http://a-long-host-name-7.test:8080":     "http://a-long-host-name-7.test:8080",
		"/twice//0a1b2c3d4e5f6a7b":                "/twice//…",
		"/relative/0a1b2c3d4e5f6a7b":              "/relative/…",
		"mailto:ada@a.test":                       "mailto:…",
		"/rel?x=1":                                "/rel?x=…",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := RedactURL(u); got != want {
			t.Errorf("RedactURL(%q) = %q, want %q", raw, got, want)
		}
	}
	if got := RedactURL(nil); got != "" {
		t.Errorf("RedactURL(nil) = %q", got)
	}
}

func TestRedactError(t *testing.T) {
	err := &url.Error{Op: "parse", URL: "http://[/?pin=secret", Err: errors.New("missing ']' in host")}
	if got := RedactError(err); strings.Contains(got, "secret") || !strings.Contains(got, "missing ']'") {
		t.Errorf("got %q", got)
	}
	if got := RedactError(errors.New("plain")); got != "plain" {
		t.Errorf("got %q", got)
	}
}

func FuzzRedactURLText(f *testing.F) {
	f.Add("http://p.test/login", "session")
	f.Add("//me:pin@p.test", "a=1#x?y")
	f.Fuzz(func(t *testing.T, address, query string) {
		const secret = "c0ffee4711"
		text := address + "?" + query + "=" + secret
		got := RedactURLText(text)
		if strings.Contains(got, secret) {
			t.Errorf("RedactURLText(%q) = %q", text, got)
		}
	})
}
