package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJar(t *testing.T) {
	at := &url.URL{Scheme: "http", Host: "www.a.test", Path: "/x/"}
	everything := func(*http.Cookie) bool { return true }
	for _, test := range []struct {
		name string
		set  []string
		want string
	}{
		{"plain", []string{"a=1; Path=/", "b=2"}, "b=2; a=1"},
		{"as sent", []string{`a="1,2" [3]`, "c[d]=e\xe9"}, `a="1,2" [3]; c[d]=e` + "\xe9"},
		{"without a name", []string{"abc", "=abc; Path=/y"}, "abc"},
		{"spaces around", []string{" a = 1 ; Path=/"}, "a=1"},
		{"replaced and removed", []string{"a=1", "a=2", "b=1", "b=; Max-Age=0"}, "a=2"},
		{"other domains and paths", []string{"a=1; Domain=b.test", "b=1; Domain=a.test", "c=1; Path=/z", "d=1; Secure", "e=1; Domain=test"}, "b=1"},
		{"empty", []string{"", "=", ";a=1", "a=\x01"}, ""},
		{"too long", []string{"a=" + strings.Repeat("x", MaxCookie), "b=1"}, "b=1"},
	} {
		jar := NewJar()
		jar.Keep(at, http.Header{"Set-Cookie": test.set})
		if diff := cmp.Diff(test.want, jar.Header(at, everything)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
	jar := NewJar()
	var many []string
	for i := range 2 * MaxCookies {
		many = append(many, fmt.Sprintf("a%d=1", i))
	}
	jar.Keep(at, http.Header{"Set-Cookie": many})
	jar.Keep(at, http.Header{"Set-Cookie": {"b=1"}})
	if n := strings.Count(jar.Header(at, everything), "="); n != MaxCookies {
		t.Errorf("%d cookies are sent, want %d", n, MaxCookies)
	}
	if got := jar.Header(at, func(c *http.Cookie) bool { return c.Name == "b" }); got != "b=1" {
		t.Errorf("chosen cookies %q", got)
	}
}

// What a script sets is kept as what a header sets.
func TestKeepScript(t *testing.T) {
	at := &url.URL{Scheme: "http", Host: "www.a.test", Path: "/x/"}
	jar := NewJar()
	jar.KeepScript(t.Context(), at, nil, `<script>document.cookie = 'sess={"id":"a b"}; path=/'; document.cookie = "c=d"; function f() { document.cookie = "e=f" }</script>`)
	if got, want := jar.Header(at, func(*http.Cookie) bool { return true }), `c=d; sess={"id":"a b"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzReadCookies: what a response sets is valid in a request.
func FuzzReadCookies(f *testing.F) {
	for _, line := range []string{"a=1; Path=/; Max-Age=1", `a[b]="c,d"; Expires=Wed, 21 Oct 2026 07:28:00 GMT`, "abc", "=", "a=\xe9; Domain=.a.test"} {
		f.Add(line)
	}
	at := &url.URL{Scheme: "https", Host: "a.test", Path: "/"}
	f.Fuzz(func(t *testing.T, line string) {
		jar := NewJar()
		jar.Keep(at, http.Header{"Set-Cookie": {line}})
		header := jar.Header(at, func(*http.Cookie) bool { return true })
		if strings.ContainsFunc(header, isControl) || len(header) > MaxCookie+1 {
			t.Errorf("%q is sent as %q", line, header)
		}
	})
}
