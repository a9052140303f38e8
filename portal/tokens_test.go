package portal_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"hotspot-helper/portal"
)

func TestDeclareTokensOfURL(t *testing.T) {
	const mask = "[redacted]"
	for _, test := range []struct{ token, text, want string }{
		{"", "all", "all"},
		{"1234567", "too short: 1234567", "too short: 1234567"},
		{"12345678", "x12345678y", "x" + mask + "y"},
		{"http://gw.test/status", "get http://gw.test/status: no", "get http://gw.test/status: no"},
		{"http://gw.test:80/keepalive?0a0b0c0d", "http://gw.test/keepalive?0a0b0c0d", mask},
		{"http://gw.test:80/keepalive?0a0b0c0d", "magic 0a0b0c0d", "magic " + mask},
		{"http://gw.test:80/keepalive?0a0b0c0d", "http://gw.test/keepalive", "http://gw.test/keepalive"},
		{"http://gw.test/logout?zone=1&id=abcdefgh", "zone=1&id=abcdefgh", mask},
		{"http://gw.test/logout?zone=1&id=abcdefgh", "the id abcdefgh", "the id " + mask},
		{"http://gw.test/off/0123456789abcdef/x", "/off/0123456789abcdef", "/off/" + mask},
	} {
		s := network{}.session(t, "gw.test")
		s.DeclareTokens(test.token)
		if got := s.Redact(test.text); got != test.want {
			t.Errorf("%s in %s: got %s", test.token, test.text, got)
		}
	}
}

// Tokens may be sent anywhere, and are masked everywhere.
func TestDeclareTokens(t *testing.T) {
	const token = "0123456789abcdef"
	synctest.Test(t, func(t *testing.T) {
		s := network{"http://gw.test": paths(map[string]http.HandlerFunc{
			"/off/" + token: to(http.StatusFound, "http://elsewhere.test/"+token),
		})}.session(t, "gw.test")
		s.DeclareTokens("http://gw.test/off/" + token)
		if page := open(t, s, "http://gw.test/off/"+token); page.Status != http.StatusFound {
			t.Errorf("got %v", page)
		}
		_, err := s.Open(t.Context(), "ftp://gw.test/"+token)
		trace, _ := json.Marshal(s.Trace())
		for _, text := range []string{err.Error(), string(trace)} {
			if strings.Contains(text, token) {
				t.Errorf("leaked in %s", text)
			}
		}
		if s.ContainsSecret(token) {
			t.Error("a token counts as a secret")
		}
		s.Declare(portal.Secret(token))
		if !s.ContainsSecret("x" + token) {
			t.Error("a declared secret does not count as one")
		}
	})
}
