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
		{"http://gw.test/nodogsplash_deny/", "get http://gw.test/nodogsplash_deny/", "get http://gw.test/nodogsplash_deny/"},
		{"/nodogsplash_deny/", "get http://gw.test/nodogsplash_deny/", "get http://gw.test/nodogsplash_deny/"},
		{"/bye?0a0b0c0d", "get http://gw.test/bye?0a0b0c0d", "get http://gw.test" + mask},
		{"/bye?0a0b0c0d", "magic 0a0b0c0d", "magic " + mask},
		{"http://gw.test/off/0123456789abcdef/x", "/off/0123456789abcdef", "/off/" + mask},
		{"http://gw.test/off/9f8e7d6c", "get http://gw.test/off/9f8e7d6c: no", "get " + mask + ": no"},
		{"http://gw.test/off/9f8e7d6c", "get http://gw.test/keep/9f8e7d6c", "get http://gw.test/keep/" + mask},
		{"http://gw.test/off/9f8e7d6c5b4a392.do", "for 9f8e7d6c5b4a392", "for " + mask},
		{"http://gw.test/off/QZKDJWMXPL", "for QZKDJWMXPL", "for " + mask},
		{"http://gw.test/off/qZkDjWmX", "for qZkDjWmX", "for " + mask},
		{"http://gw.test/off;sid=9f8e7d6c", "for 9f8e7d6c", "for " + mask},
		{"http://gw.test/off/%39f8e7d6c", "for 9f8e7d6c", "for " + mask},
		{"http://a1b2c3d4.gw.test/off", "get https://a1b2c3d4.gw.test/on: no", "get https://" + mask + ".gw.test/on: no"},
		{"http://login2024.gw.test/off", "get http://login2024.gw.test/off", "get http://login2024.gw.test/off"},
		{"http://192.168.100.200:8080/off", "get http://192.168.100.200:8080/off", "get http://192.168.100.200:8080/off"},
		{"http://gw.test/off#9f8e7d6c", "for 9f8e7d6c", "for " + mask},
		{"http://ada:9f8e7d6c@gw.test/off", "for 9f8e7d6c", "for " + mask},
		{"http://gw.test/off?9f8e7d6c=1", "for 9f8e7d6c", "for " + mask},
		{"http://gw.test/off?a=1;sid=abcdefghij", "for abcdefghij", "for " + mask},
		{"http://gw.test/off?part=100%&sid=9f8e7d6c%", "for 9f8e7d6c", "for " + mask},
		{"http://gw.test/off?x=1#sid=%39f8e7d6c", "for 9f8e7d6c", "for " + mask},
		{"http://gw.test/off?sid=%61bcd+efghij", "for abcd efghij", "for " + mask},
		{"http://gw.test/off?to=http%3A%2F%2Fgw.test%2F9f8e7d6c", "for 9f8e7d6c", "for " + mask},
		{"/off/9f8e7d6c5b4a392", "get http://gw.test/off/9f8e7d6c5b4a392", "get http://gw.test" + mask},
		{"/off/9f8e7d6c5b4a392", "for 9f8e7d6c5b4a392", "for " + mask},
		{"logoff.cgi?sid=9f8e7d6c", "for 9f8e7d6c", "for " + mask},
		{`{"sid":"9f8e7d6c","url":"http://gw.test/"}`, "for 9f8e7d6c at http://gw.test/", "for " + mask + " at http://gw.test/"},
		{"/connection/terminate", "get http://gw.test/connection/terminate", "get http://gw.test/connection/terminate"},
		{"http://gw.test/off/signOutNow.html", "get http://gw.test/off/signOutNow.html", "get http://gw.test/off/signOutNow.html"},
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
