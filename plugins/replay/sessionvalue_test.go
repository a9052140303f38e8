package replay

import (
	"strings"
	"testing"
)

// A session value of any form loses what identifies the session, and keeps what the portal is.
func TestSessionValuesAreMasked(t *testing.T) {
	t.Parallel()
	const token = "9f8e7d6c5b4a39281706"
	for value, kept := range map[string]string{
		token:                                    "",
		"sid=" + token + "&next=http://gw.test/": "http://gw.test/",
		`{"sid":"` + token + `","url":"http://gw.test/"}`:             "http://gw.test/",
		"location='http://login2024.gw.test/off?sid=" + token + "'":   "location='http://login2024.gw.test/off?sid=",
		"javascript:go('" + token + "','http://gw.test/')":            "javascript:go('",
		"logoff.cgi?sid=" + token:                                     "logoff.cgi?sid=",
		" http://gw.test/off?sid=" + token:                            " http://gw.test/off?sid=",
		"http://gw.test/off/" + token + ".do":                         "http://gw.test/off/",
		"/off/" + token + ".do":                                       "/off/",
		"/off/session_" + token + ".php":                              ".php",
		"http://login2024.gw.test/logoff2.php?a=" + token:             "http://login2024.gw.test/logoff2.php?a=",
		"http://gw.test/off#" + token:                                 "http://gw.test/off#",
		"http://gw.test/off%2?sid=" + token:                           "sid=",
		"http://gw.test:8x/off?sid=" + token:                          "sid=",
		"http://" + token + ".gw.test/off":                            ".gw.test/off",
		"http://ada:" + token + "@gw.test/off":                        "@gw.test/off",
		"http://gw.test/off?" + token + "=1":                          "http://gw.test/off?",
		"http://gw.test/off?u=a://&sid=" + token:                      "http://gw.test/off?u=a://&sid=",
		"http://gw.test/off?u=a://" + token:                           "http://gw.test/off?u=a://",
		"http://gw.test/off?u=http%3A%2F%2Flogin2024.test%2F" + token: "http://gw.test/off?u=http%3A%2F%2Flogin2024.test%2F",
		"gw.test/off?sid=" + token:                                    "gw.test/off?sid=",
		"//gw.test/off?sid=" + token:                                  "//gw.test/off?sid=",
		"http:/gw.test/off?sid=" + token:                              "http:/gw.test/off?sid=",
		"9f8e7.5b4a3c.28d1706":                                        "",
		"9f8e7:5b4a3c:28d1706":                                        "",
	} {
		m := newMasker()
		m.session(value)
		got := m.replacer()("<" + value + ">")
		for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return !word.MatchString(string(r)) || r == '.' || r == '=' || r == '/' || r == '_' }) {
			if len(part) >= shortest && looksRandom(part) && !strings.Contains(part, "log") && strings.Contains(got, part) {
				t.Errorf("%s: %s stays: %s", value, part, got)
			}
		}
		if strings.Contains(got, token) || !strings.Contains(got, kept) || m.over {
			t.Errorf("%s: %s, want %s kept", value, got, kept)
		}
	}
	m := newMasker()
	m.session(strings.Repeat("x=http://gw.test/?a=", 50000) + token) // bounded
}
