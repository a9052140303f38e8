package probe

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"
)

// seen makes an observation of words like "debian=online". The nth result came after n
// times 100 ms. "tls" is Google's check over TLS, "tls2" another operator's; "apple" and
// "wispr" are Apple's by either agent. A check without a result is pending, an unresolved
// one waits for a name server, a nameless one has failed at it, a mistaken one was answered
// wrongly over verified TLS, and an expired one had a certificate that is out of date.
func seen(words string) observation {
	var s observation
	operators := map[string]string{"tls": "google", "tls2": "grapheneos", "wispr": "apple", "decoy": "decoy", "decoy2": "decoy", "debian2": "debian"}
	for i, word := range strings.Fields(words) {
		name, result, _ := strings.Cut(word, "=")
		o := checkState{Check: Check{Endpoint: name, Result: CheckResult(result)}}
		o.endpoint = Endpoint{Name: name, Operator: name, URL: "http://" + name + ".test/", Decoy: strings.HasPrefix(name, "decoy")}
		if operator, ok := operators[name]; ok {
			o.endpoint.Operator = operator
		}
		switch name {
		case "tls", "tls2":
			o.endpoint.URL = "https://" + name + ".test/"
		case "wispr":
			o.endpoint.URL, o.endpoint.Agent = "http://apple.test/", AgentWISPr
		}
		o.stage = stageConnecting
		if result == "unresolved" {
			o.Result, result, o.stage = "", "", stageResolving
		}
		switch result {
		case "nameless":
			o.Result, o.stage = CheckFailed, stageResolving
		case "mistaken":
			o.Result, o.stage, o.page = CheckFailed, stageSecured, &page{}
		case "expired":
			o.Result, o.err = CheckFailed, x509.CertificateInvalidError{Reason: x509.Expired}
		}
		if result != "" {
			o.Detail, o.Elapsed = "said "+result, time.Duration(i+1)*100*time.Millisecond
		}
		s.checks = append(s.checks, o)
	}
	return s
}

func TestJudge(t *testing.T) {
	const dead = 2800
	tests := []struct {
		name    string
		seen    string
		verdict Verdict
		until   int    // ms from the start; 0: at once
		reason  string // part of it
	}{
		{"nothing yet", "debian google tls", VerdictLimited, dead, "none of 3 checks was answered"},
		{"no endpoint", "", VerdictLimited, 0, "no check to ask"},
		{"all failed", "debian=failed google=failed tls=failed", VerdictLimited, 0, "none of 3"},
		{"all failed, a decoy is pending", "debian=failed google=failed decoy", VerdictLimited, 1200, "none of 2"},

		// 1. two operators intercepted
		{"two interceptions", "debian=portal google=portal tls apple", VerdictPortal, 0, "debian: said portal, which is not its operator's answer"},
		{"two interceptions beside successes", "debian=online google=online mozilla=portal apple=portal", VerdictPortal, 0, "mozilla: said portal"},
		{"a decoy and a name", "decoy=portal debian=portal google tls", VerdictPortal, 0, "decoy: said portal, where no server is"},

		// 2. a success for one agent only
		{"spoofed for WISPr", "wispr=online apple=portal debian=online google=online", VerdictPortal, 0, "wispr: said online, but only for one kind of client"},
		{"spoofed for browsers", "apple=online wispr=portal debian=online google=online", VerdictPortal, 0, "wispr: said portal"},

		// 3. one operator filtered
		{"one filtered, two clear", "debian=portal google=online mozilla=online", VerdictFull, 0, "only debian is intercepted, by a filter"},
		{"one filtered, two clear, another pending", "debian=portal google=online mozilla=online apple", VerdictFull, 400, "debian: said portal"},
		{"one filtered, two clear, a decoy pending", "debian=portal google=online mozilla=online decoy", VerdictFull, 0, ""},
		{"one agent filtered, the other pending", "wispr=portal apple debian=online google=online", VerdictFull, 533, "only apple is intercepted"},
		{"both agents filtered", "apple=portal wispr=portal debian=online google=online", VerdictFull, 0, "only apple is intercepted"},
		{"both checks of one operator filtered", "debian=portal debian2=portal google=online mozilla=online", VerdictFull, 0, ""},
		{"a box answers for the decoys", "decoy=portal decoy2=portal debian=online google=online", VerdictFull, 0, "only decoy is intercepted"},
		{"a filter, and https works for no operator", "debian=portal google=online mozilla=online tls=failed tls2=portal", VerdictPortal, 0, "debian: said portal, which is not its operator's answer; https does not work: tls: said failed, tls2: said portal"},
		{"a lone twin is no second operator", "debian=portal google=online apple=online wispr=failed", VerdictPortal, 0, ""},

		// 4. one operator intercepted, and no two others clear
		{"one interception, others pending", "debian=portal google mozilla tls", VerdictPortal, 1100, "debian: said portal"},
		{"one interception, too few pending", "debian=portal google=failed mozilla tls", VerdictPortal, 0, ""},
		{"one interception, the rest failed", "debian=portal google=failed mozilla=failed tls=online", VerdictPortal, 0, ""},
		{"one interception, one clear", "debian=portal google=online mozilla=failed", VerdictPortal, 0, ""},
		{"one interception, one clear, one pending", "debian=portal google=online mozilla", VerdictPortal, 1100, ""},
		{"decoy alone, names pending", "decoy=portal debian google mozilla", VerdictPortal, 1100, "where no server is"},
		{"decoy alone, no name resolved", "decoy=portal debian=unresolved google=unresolved mozilla=unresolved", VerdictPortal, 150, "where no server is"},
		{"decoy alone, one name resolved", "decoy=portal debian=unresolved google=unresolved mozilla", VerdictPortal, 1100, "where no server is"},
		{"one interception, no other name resolved", "debian=portal google=unresolved mozilla=unresolved", VerdictPortal, 1100, ""},
		{"decoy alone, names failed", "decoy=portal debian=failed google=failed", VerdictPortal, 0, ""},
		{"the only check", "debian=portal", VerdictPortal, 0, ""},

		// 5. two operators clear
		{"two clear, the rest pending", "debian=online google=online mozilla tls decoy", VerdictFull, 0, "debian: said online, google: said online"},
		{"one blocked for good", "google=failed tls=failed debian=online mozilla=online", VerdictFull, 0, ""},
		{"two clear, a twin pending", "apple=online debian=online google=online wispr", VerdictFull, 400, "debian: said online, google: said online"},
		{"two clear, a twin failed", "apple=online wispr=failed debian=online google=online", VerdictFull, 0, "debian: said online, google: said online"},
		{"both twins are clear", "apple=online wispr=online debian=online", VerdictFull, 0, "apple: said online, debian: said online"},
		{"foreign certificate behind a clear http", "tls=portal debian=online mozilla=online", VerdictFull, 0, ""},

		// HTTP works and HTTPS does not.
		{"https fails for two operators", "debian=online google=online tls=failed tls2=failed", VerdictLimited, 0, "http works, https does not: tls: said failed, tls2: said failed"},
		{"https is foreign for one operator and fails for another", "tls=portal tls2=failed debian=online mozilla=online", VerdictLimited, 0, "http works, https does not"},
		{"https fails for one operator, another is pending", "debian=online google=online tls=failed tls2", VerdictFull, 0, ""},
		{"https fails for one operator, another is clear", "debian=online google=online tls=failed tls2=online", VerdictFull, 0, ""},
		{"https fails for one operator, another is answered wrongly", "debian=online google=online tls=failed tls2=mistaken", VerdictFull, 0, ""},
		{"https fails for one operator, another has no name", "debian=online google=online tls=failed tls2=nameless", VerdictFull, 0, ""},
		{"https fails for one operator, another's certificate is out of date", "debian=online google=online tls=failed tls2=expired", VerdictFull, 0, ""},
		{"https fails for one operator of one", "debian=online google=online tls=failed", VerdictFull, 0, ""},
		{"one clear, https fails for two operators", "debian=online google=failed tls=failed tls2=failed", VerdictLimited, 0, "http works, https does not"},
		{"one clear, others pending, https fails for two operators", "debian=online google tls=failed tls2=failed", VerdictLimited, 2100, "http works, https does not"},

		// 6. one operator clear
		{"one clear, the rest pending", "debian=online google tls", VerdictFull, 2100, "debian: said online"},
		{"one clear, the rest failed", "debian=online google=failed mozilla=failed tls=failed", VerdictFull, 0, ""},
		{"one clear, a decoy pending", "debian=online google=failed decoy", VerdictFull, 0, ""},
		{"one clear by http and TLS", "google=online tls=online debian", VerdictFull, 2100, ""},
		{"one clear by http, another by TLS", "debian=online tls=online google mozilla", VerdictFull, 0, "debian: said online, tls: said online"},

		// 7. TLS only
		{"TLS only, http pending", "tls=online debian google", VerdictFull, 2100, "no answer over http"},
		{"TLS only, http failed", "tls=online debian=failed google=failed", VerdictFull, 0, "no answer over http"},

		// 8. foreign certificate
		{"foreign certificate, http pending", "tls=portal debian google", VerdictPortal, dead, "tls: said portal"},
		{"foreign certificate, http failed", "tls=portal debian=failed google=failed", VerdictPortal, 0, "tls: said portal"},

		// 9. no result that counts
		{"a success for one agent, the other silent", "apple=online wispr debian=failed", VerdictLimited, dead, "only for one kind of client"},
		{"a success for one agent, the other refused", "wispr=online apple=failed debian=failed", VerdictLimited, 0, "only for one kind of client"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := seen(test.seen)
			got := judge(s)
			until := time.Duration(test.until) * time.Millisecond
			if until == 0 {
				for _, o := range s.checks {
					until = max(until, o.Elapsed)
				}
				if got.until > until {
					t.Errorf("holds from %v on, want at once", got.until)
				}
			} else if got.until.Truncate(time.Millisecond) != until {
				t.Errorf("holds from %v on, want %v", got.until, until)
			}
			if got.verdict != test.verdict || !strings.Contains(got.reason, test.reason) || got.reason == "" {
				t.Errorf("judge(%s) = %v, %q; want %v, %q", test.seen, got.verdict, got.reason, test.verdict, test.reason)
			}
		})
	}
}

// Only an interception that cannot be an operator's mistake is announced early.
func TestJudgeEarly(t *testing.T) {
	tests := map[string]bool{
		"decoy=portal debian google mozilla":               true,
		"decoy=portal debian=unresolved google=unresolved": true,
		"decoy=portal debian=failed google mozilla":        true,
		"decoy=portal debian=online google mozilla":        false,
		"debian=portal google mozilla tls decoy":           false,
		"decoy=portal debian=online google=online":         false,
		"decoy debian google":                              false,
	}
	for words, want := range tests {
		if got := judge(seen(words)); got.early != want {
			t.Errorf("judge(%s) = %+v, want early %t", words, got, want)
		}
	}
}

// A link that says that it has no portal counts against a lone interception.
func TestJudgeUnrestricted(t *testing.T) {
	tests := map[string]Verdict{
		"debian=portal google=online mozilla=failed": VerdictFull,
		"debian=portal google=failed mozilla=failed": VerdictPortal,
		"debian=portal google=portal mozilla=online": VerdictPortal,
	}
	for words, want := range tests {
		s := seen(words)
		s.unrestricted = true
		if got := judge(s); got.verdict != want {
			t.Errorf("judge(%s) = %v, %q; want %v", words, got.verdict, got.reason, want)
		}
	}
}

// The order of the results changes only the reason.
func TestJudgeIgnoresOrder(t *testing.T) {
	s := seen("debian=online google=portal mozilla=failed tls=online apple=online wispr decoy")
	want := judge(s)
	for range s.checks {
		s.checks = append(s.checks[1:], s.checks[0])
		if got := judge(s); got != want {
			t.Errorf("judge(%v) = %+v, want %+v", s.checks, got, want)
		}
	}
}

// A slow network gets three times as long as its latest progress took.
func TestDeadline(t *testing.T) {
	tests := map[time.Duration]time.Duration{
		0:                       deadTime,
		900 * time.Millisecond:  deadTime,
		1500 * time.Millisecond: 4500 * time.Millisecond,
		5 * time.Second:         slowTime,
	}
	for progress, want := range tests {
		s := seen("debian google decoy")
		s.checks[1].progress = progress
		s.checks[2].progress = time.Hour
		if got := s.deadline(); got != want {
			t.Errorf("after progress at %v: %v, want %v", progress, got, want)
		}
	}
}

func TestConclude(t *testing.T) {
	captive := &CAPPORT{URL: "https://api.test/", Captive: true, Trusted: true}
	hearsay := &CAPPORT{URL: "http://api.test/", Captive: true}
	free := &CAPPORT{URL: "https://api.test/", Trusted: true}
	const second = time.Second
	full := decision{verdict: VerdictFull, reason: "clear", at: 300 * time.Millisecond}
	portal := decision{verdict: VerdictPortal, reason: "debian: 302"}
	maybe := decision{verdict: VerdictPortal, reason: "decoy: 302", until: second}
	foreign := decision{verdict: VerdictPortal, reason: "tls: foreign", until: 2 * second, weak: true}
	waiting := decision{verdict: VerdictLimited, reason: "silent", until: 2800 * time.Millisecond}
	limited := decision{verdict: VerdictLimited, reason: "refused"}
	one := func(r decision) []familyDecision { return []familyDecision{{FamilyIPv4, r}} }
	two := func(a, b decision) []familyDecision { return []familyDecision{{FamilyIPv4, a}, {FamilyIPv6, b}} }
	tests := []struct {
		name     string
		families []familyDecision
		api      capportState
		verdict  Verdict
		until    time.Duration
		reason   string
	}{
		{"one family", one(full), capportState{}, VerdictFull, 0, "clear"},
		{"one family, API pending", one(full), capportState{pending: true}, VerdictFull, 0, "clear"},
		{"captive:false does not undo an interception", one(portal), capportState{document: free}, VerdictPortal, 0, "debian: 302"},
		{"trusted captive:true", one(waiting), capportState{document: captive}, VerdictPortal, 0, "the captive portal API https://api.test/ says captive"},
		{"trusted captive:true beside successes", one(full), capportState{document: captive}, VerdictPortal, 0, "https://api.test/"},
		{"untrusted captive:true beside successes", one(full), capportState{document: hearsay}, VerdictFull, 0, "clear"},
		{"untrusted captive:true in silence", one(waiting), capportState{document: hearsay}, VerdictPortal, waiting.until, "no check was answered"},
		{"untrusted captive:true after failures", one(limited), capportState{document: hearsay}, VerdictPortal, 0, "http://api.test/"},
		{"captive:false alone says nothing", one(limited), capportState{document: free}, VerdictLimited, 0, "refused"},
		{"a page offered, and silence", one(limited), capportState{page: "http://p.test/"}, VerdictPortal, 0, "the link offers the page http://p.test/"},
		{"a page offered, and successes", one(full), capportState{page: "http://p.test/"}, VerdictFull, 0, "clear"},
		{"failures, API pending", one(limited), capportState{pending: true}, VerdictLimited, deadTime, "refused"},
		{"foreign certificate", one(foreign), capportState{}, VerdictPortal, 2 * second, "tls: foreign"},

		{"both clear", two(full, full), capportState{}, VerdictFull, 0, "over IPv4, clear"},
		{"IPv4 captive, IPv6 clear", two(portal, full), capportState{}, VerdictPortal, 0, "over IPv4, debian: 302; IPv6 is full"},
		{"IPv6 captive, IPv4 clear", two(full, portal), capportState{}, VerdictPortal, 0, "over IPv6, debian: 302; IPv4 is full"},
		{"IPv6 perhaps captive, IPv4 clear", two(full, maybe), capportState{}, VerdictPortal, second, "over IPv6, decoy"},
		{"both captive, one surely", two(maybe, portal), capportState{}, VerdictPortal, 0, "over IPv6, debian: 302"},
		{"IPv4 clear, IPv6 silent", two(full, waiting), capportState{}, VerdictFull, 400 * time.Millisecond, "over IPv4, clear; IPv6 is not decided"},
		{"IPv4 clear, IPv6 failed", two(full, limited), capportState{}, VerdictFull, 0, "over IPv4, clear; IPv6 is limited"},
		{"IPv6 clear, IPv4 failed", two(limited, full), capportState{}, VerdictFull, 0, "over IPv6, clear; IPv4 is limited"},
		{"IPv4 clear, foreign certificate over IPv6", two(full, foreign), capportState{}, VerdictFull, 400 * time.Millisecond, "IPv6 is portal"},
		{"both dead, one silent", two(waiting, limited), capportState{}, VerdictLimited, waiting.until, "over IPv4, silent"},
		{"captive document and two families", two(full, full), capportState{document: captive}, VerdictPortal, 0, "says captive"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := conclude(test.families, test.api)
			if got.verdict != test.verdict || !strings.Contains(got.reason, test.reason) || max(got.until, got.at)-got.at != max(test.until, got.at)-got.at {
				t.Errorf("got %v, %q, until %v; want %v, %q, until %v", got.verdict, got.reason, got.until, test.verdict, test.reason, test.until)
			}
		})
	}
}
