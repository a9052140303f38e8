package web

import (
	"net/url"
	"strings"
	"testing"
)

func TestResolveReference(t *testing.T) {
	for _, test := range []struct {
		base, ref, want string
		sent            string // of the request line; "": as in want
	}{
		{"", "http://a.test:80/x", "http://a.test/x", ""},
		{"", "https://a.test:443", "https://a.test", "/"},
		{"", "https://a.test:80/", "https://a.test:80/", "/"},
		{"", "http://a.test:/", "http://a.test/", "/"},
		{"", "http://[fe80::1]:80/x", "http://[fe80::1]/x", "/x"},
		{"http://a.test:80/d/", "x", "http://a.test/d/x", "/d/x"},
		{"", "http://a.test/portal/100%/x", "http://a.test/portal/100%25/x", "/portal/100%/x"},
		{"", "http://a.test/100%25/5%/x?a=%&b", "http://a.test/100%25/5%25/x?a=%&b", "/100%25/5%/x?a=%&b"},
		{"http://a.test/d/", "100%/x%2fy z", "http://a.test/d/100%25/x%2fy%20z", ""},
		{"http://a.test/d/", "../5%", "http://a.test/5%25", "/5%"},
		{"http://a.test/", "/%", "http://a.test/%25", "/%"},
		{"http://a.test/", "/%#%", "http://a.test/%25#%25", "/%"},
		{"http://a.test/d/e", `\login\x`, "http://a.test/login/x", "/login/x"},
		{"http://a.test/d/e", `\\b.test\x?a=\`, `http://b.test/x?a=\`, `/x?a=\`},
		{"http://a.test/d/e", `http:\\b.test\x`, "http://b.test/x", "/x"},
		{"http://a.test/d/e", "http:/x", "http://a.test/x", "/x"},
		{"http://a.test/d/e", "http:x", "http://a.test/d/x", "/d/x"},
		{"http://a.test/d/e", "https:/b.test/x", "https://b.test/x", "/x"},
		{"http://a.test/d/e", "HTTP:///b.test/x", "http://b.test/x", "/x"},
		{"http://a.test/d/e", "///b.test/x", "http://b.test/x", "/x"},
		{"http://a.test/d/e", "a:b", "a:b", "b"},
		{"http://a.test/d/e?q#f", "", "http://a.test/d/e?q", "/d/e?q"},
	} {
		var base *url.URL
		if test.base != "" {
			base, _ = url.Parse(test.base)
		}
		got, err := ResolveReference(base, test.ref)
		if err != nil || got.String() != test.want {
			t.Errorf("%q on %q: %v %v, want %s", test.ref, test.base, got, err, test.want)
			continue
		}
		if sent := RequestURL(got).RequestURI(); test.sent != "" && sent != test.sent {
			t.Errorf("%q on %q: %q is sent, want %q", test.ref, test.base, sent, test.sent)
		}
	}
}

// A reference on a page keeps the percent signs of the page's address.
func TestResolveOnStrayPercent(t *testing.T) {
	page, err := ResolveReference(nil, "http://a.test/100%/x")
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{"y": "/100%/y", "/z": "/z", "50%": "/100%/50%", "?q": "/100%/x?q"} {
		got, err := ResolveReference(page, ref)
		if err != nil || RequestURL(got).RequestURI() != want {
			t.Errorf("%q: %v %v, want %s", ref, got, err, want)
		}
	}
}

func TestEscapeComponent(t *testing.T) {
	if got, want := EscapeComponent("a b+c&d=é!'()*~-_."), "a%20b%2Bc%26d%3D%C3%A9!'()*~-_."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzResolveReference(f *testing.F) {
	for _, seed := range []string{"http://a.test:80/100%/x", `\\b\c`, "http:x", "///", "%", "?%#%", "/\uf8fe\uf8ff%", "http://[::1]:80"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, page, ref string) {
		base, err := ResolveReference(nil, page)
		if err != nil {
			return
		}
		u, err := ResolveReference(base, ref)
		if err != nil || !isWeb(u) {
			return
		}
		sent := RequestURL(u)
		if line := sent.RequestURI(); strings.ContainsFunc(line, func(r rune) bool { return r <= ' ' || r == 0x7f }) && sent != u {
			t.Errorf("request line %q", line)
		}
		if replaceStrayPercent(sent.EscapedPath(), strayPercent) != u.EscapedPath() || sent.Host != u.Host {
			t.Errorf("%s is sent as %s", u, sent)
		}
	})
}
