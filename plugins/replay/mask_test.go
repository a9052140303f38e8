package replay

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// TestInputsAreReplaced: each spelling of an input is replaced.
func TestInputsAreReplaced(t *testing.T) {
	t.Parallel()
	const secret = `p&ss "wörd" +1`
	m := newMasker()
	if fake := m.input("pass", portal.Secret(secret), ""); fake != "fake-pass" {
		t.Errorf("fake %q", fake)
	}
	if fake := m.input("user", portal.Plain("ada lovelace"), "bob"); fake != "bob" {
		t.Errorf("fake %q", fake)
	}
	if fake := m.input("initials", portal.Plain("al"), ""); fake != "fake-initials" {
		t.Errorf("fake %q", fake)
	}
	if fake := m.input("room", portal.Plain("12"), ""); fake != "12" {
		t.Errorf("a short number was replaced by %q", fake)
	}
	if fake := m.input("empty", portal.Plain(""), ""); fake != "" {
		t.Errorf("nothing was replaced by %q", fake)
	}
	replace := m.replacer()
	for _, spell := range spellings() {
		if got := replace("<" + spell(secret) + ">"); got != "<"+spell("fake-pass")+">" {
			t.Errorf("%q becomes %q", spell(secret), got)
		}
	}
	for text, want := range map[string]string{
		"ada+lovelace of al": "bob of fake-initials",
		"also, al/Al":        "also, fake-initials/Al",
		"room 12":            "room 12",
		"Caf\xe9 al":         "Caf\xe9 fake-initials",
	} {
		if got := replace(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestScramble: another text of the same form, the same each time.
func TestScramble(t *testing.T) {
	t.Parallel()
	m := newMasker()
	for text, form := range map[string]string{
		"0004610d1b2c":            `^[0-9]{7}[a-f][0-9][a-f][0-9][a-f]$`,
		"Zm9vYmFy-12_x":           `^[A-Z][a-z][0-9][a-z][A-Z][a-z][A-Z][a-z]-[0-9]{2}_[a-z]$`,
		strings.Repeat("aZ9", 40): `^([a-z][A-Z][0-9]){40}$`,
	} {
		got := m.scramble(text)
		if got == text || got != m.scramble(text) || !regexp.MustCompile(form).MatchString(got) {
			t.Errorf("%q becomes %q", text, got)
		}
		if newMasker().scramble(text) == got {
			t.Errorf("%q always becomes %q", text, got)
		}
	}
}

// TestScan puts identifying and other texts into each place of a case.
func TestScan(t *testing.T) {
	t.Parallel()
	private := []string{
		"10.23.42.99", "fd00::42:99",
		"tok11111", "tok22222", "tok33333", "tok44444", "tok55555", "tok66666", "tok77777", "tok88888", "tok99999", "tok10101", "tok12121",
		"ac:16:2d:01:02:03", "AC-16-2D-01-02-03", "ac%3A16%3A2d%3A01%3A02%3A03", "AC%3a16%3a2D%3a01%3a02%3a03", "ac16.2d01.0203", "AC162D010203",
	}
	public := []string{"http://cafe.test/", "version=9.10.0", "lang=english", "index2.html", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "short1", "Welcome 12345"}
	page := `<form action="/go?t=tok33333"><input type=hidden name=k value=tok44444><input name=shown value=tok0visible>
<a href="http://cafe.test/a?u=http%3A%2F%2Fcafe.test%2F%3Fs%3Dtok55555">x</a>
<script>location.href = "http://cafe.test/keepalive?tok66666"</script> ac:16:2d:01:02:03 AC-16-2D-01-02-03 ac16.2d01.0203
ac%3A16%3A2d%3A01%3A02%3A03 AC%3a16%3a2D%3a01%3a02%3a03 mac=AC162D010203 10.23.42.99 fd00::42:99 ` + strings.Join(public, " ")
	c := &Case{
		Portal: "http://cafe.test/?s=tok11111", API: "http://cafe.test/api?s=tok10101", Session: map[string]string{"out": "http://cafe.test/out/tok99999", "bye": "/bye?tok12121"},
		Hops: []Hop{{URL: "http://cafe.test/?sid=tok22222", Response: Response{data: []byte(page)}}},
		Answers: []Answer{
			{method: "GET", url: "http://cafe.test/tok2/", Response: Response{Header: Header{"Set-Cookie": {"c=tok77777; Path=/"}, "Location": {"/x"}}}},
			{method: "GET", url: "http://cafe.test/", Response: Response{data: []byte(`{"session": {"ids": ["tok88888"]}, "n": 3}`)}},
		},
	}
	m := newMasker()
	m.client([]netip.Prefix{netip.MustParsePrefix("10.23.42.99/24"), netip.MustParsePrefix("fd00::42:99/64")})
	m.scan(c)
	c.rewrite(m.replacer())
	text := strings.Join(c.texts(), "\n") + c.Answers[0].To
	for _, part := range private {
		if strings.Contains(text, part) {
			t.Errorf("%s leaked", part)
		}
	}
	for _, part := range append(public, "tok0visible", "GET http://cafe.test/tok2/", "192.0.2.50", "2001:db8::51", "02:00:00:00:00:01", "02-00-00-00-00-01", "0200.0000.0001", "mac=020000000001") {
		if !strings.Contains(text, part) {
			t.Errorf("%s is gone:\n%s", part, text)
		}
	}
}
