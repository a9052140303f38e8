package probe

import (
	"strings"
	"testing"
	"time"
)

// seen builds a sight from words like "debian=online", first answer first. The
// check "tls" is Google's over TLS; one without a result, and "api", are still out.
func seen(words string, api *CAPPORT) sight {
	s := sight{api: api}
	for i, word := range strings.Fields(words) {
		name, result, _ := strings.Cut(word, "=")
		if name == "api" {
			s.asking = true
			continue
		}
		o := observation{operator: name, secure: name == "tls"}
		if o.secure {
			o.operator = "google"
		}
		o.Check = Check{Endpoint: name, Result: CheckResult(result), Detail: "said " + result, Elapsed: time.Duration(i)}
		s.checks = append(s.checks, o)
	}
	return s
}

func TestJudge(t *testing.T) {
	captive := &CAPPORT{URL: "https://api.test/", Captive: true, Trusted: true}
	hearsay := &CAPPORT{URL: "http://api.test/", Captive: true}
	free := &CAPPORT{URL: "https://api.test/", Trusted: true}
	tests := []struct {
		name     string
		seen     string
		api      *CAPPORT
		verdict  Verdict
		decisive bool
		reason   string // part of it
	}{
		{"nothing yet", "debian google tls", nil, VerdictLimited, false, "none of 3 checks was answered"},
		{"all failed", "debian=failed google=failed tls=failed", nil, VerdictLimited, true, "debian: said failed"},
		{"all failed, API still out", "debian=failed tls=failed api", nil, VerdictLimited, false, ""},
		{"one interception", "debian=portal google tls", nil, VerdictPortal, true, "debian: said portal"},
		{"interception beside successes", "debian=online google=online mozilla=portal tls=online", nil, VerdictPortal, true, "mozilla: said portal"},
		{"captive:false does not undo an interception", "debian=portal google tls", free, VerdictPortal, true, "debian: said portal"},
		{"trusted captive:true", "debian google tls", captive, VerdictPortal, true, "https://api.test/"},
		{"trusted captive:true beside successes", "debian=online google=online", captive, VerdictPortal, true, "https://api.test/"},
		{"untrusted captive:true beside successes", "debian=online google=online", hearsay, VerdictFull, true, ""},
		{"untrusted captive:true in silence", "debian=failed google", hearsay, VerdictPortal, false, "http://api.test/"},
		{"untrusted captive:true after failures", "debian=failed google=failed", hearsay, VerdictPortal, true, "http://api.test/"},
		{"captive:false alone says nothing", "debian=failed google=failed", free, VerdictLimited, true, ""},
		{"one operator", "debian=online google tls", nil, VerdictFull, false, "debian: said online"},
		{"one operator by two ways", "google=online tls=online debian", nil, VerdictFull, false, ""},
		{"two operators, one over TLS", "debian=online tls=online google mozilla", nil, VerdictFull, true, ""},
		{"two operators, others silent", "debian=online google=online mozilla tls", nil, VerdictFull, true, "debian: said online, google: said online"},
		{"two operators, API still out", "debian=online google=online mozilla api", nil, VerdictFull, true, ""},
		{"all but one operator failed", "debian=online google=failed mozilla=failed tls=failed", nil, VerdictFull, true, ""},
		{"one operator blocked for good", "google=failed tls=failed debian=online mozilla=online", nil, VerdictFull, true, ""},
		{"TLS only, http still out", "tls=online debian google", nil, VerdictFull, false, "no answer over http"},
		{"TLS only, http failed", "tls=online debian=failed google=failed", nil, VerdictFull, true, "no answer over http"},
		{"foreign certificate, http still out", "tls=portal debian google", nil, VerdictPortal, false, "tls: said portal"},
		{"foreign certificate, http failed", "tls=portal debian=failed google=failed", nil, VerdictPortal, true, "tls: said portal"},
		{"foreign certificate behind a clear http", "tls=portal debian=online google=online", nil, VerdictFull, true, ""},
		{"no endpoint", "", nil, VerdictLimited, true, "none of 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := judge(seen(test.seen, test.api))
			if got.verdict != test.verdict || got.decisive != test.decisive || !strings.Contains(got.reason, test.reason) || got.reason == "" {
				t.Errorf("judge(%s) = %v, decisive %t, %q; want %v, %t, %q",
					test.seen, got.verdict, got.decisive, got.reason, test.verdict, test.decisive, test.reason)
			}
		})
	}
}

// Whoever answers first only leads the reason.
func TestJudgeIgnoresOrder(t *testing.T) {
	words := []string{"debian=online", "google=portal", "mozilla=failed", "tls=online", "apple"}
	want := judge(seen(strings.Join(words, " "), nil))
	for range words {
		words = append(words[1:], words[0])
		if got := judge(seen(strings.Join(words, " "), nil)); got != want {
			t.Errorf("judge(%q) = %+v, want %+v", words, got, want)
		}
	}
}
