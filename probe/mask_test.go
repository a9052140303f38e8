package probe

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestMasked(t *testing.T) {
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
	}
	for text, want := range tests {
		if got := masked(text); got != want {
			t.Errorf("masked(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestMaskedError(t *testing.T) {
	err := &url.Error{Op: "parse", URL: "http://[/?pin=secret", Err: errors.New("missing ']' in host")}
	if got := maskedError(err); strings.Contains(got, "secret") || !strings.Contains(got, "missing ']'") {
		t.Errorf("got %q", got)
	}
	if got := maskedError(errors.New("plain")); got != "plain" {
		t.Errorf("got %q", got)
	}
}
