package portal_test

import (
	"net/http"
	"testing"
)

// Cookies come back byte for byte, as from a browser: servers compare them so.
func TestCookiesComeBackUnchanged(t *testing.T) {
	for _, test := range []struct{ set, want string }{
		{"a=1; Path=/", "a=1"},
		{"ci[sess]=abc; path=/", "ci[sess]=abc"},
		{"sess=a,b; path=/", "sess=a,b"},
		{"sess=a b", "sess=a b"},
		{`sess="quoted"`, `sess="quoted"`},
		{`sess={"id":"a b","x":1}; Path=/`, `sess={"id":"a b","x":1}`},
		{"sess=Caf\xe9", "sess=Caf\xe9"},
		{"abcdef; path=/", "abcdef"},
		{"a=b=c", "a=b=c"},
	} {
		sent := ""
		session := network{"http://a.test": func(w http.ResponseWriter, r *http.Request) {
			sent = r.Header.Get("Cookie")
			w.Header()["Set-Cookie"] = []string{test.set}
		}}.session(t, "a.test")
		open(t, session, "http://a.test/")
		open(t, session, "http://a.test/next")
		if sent != test.want {
			t.Errorf("Set-Cookie: %s came back as %q, want %q", test.set, sent, test.want)
		}
	}
}
