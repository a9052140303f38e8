package replay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
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
		"/?u=%2C0%2Cal&z=al": "/?u=%2C0%2Cfake-initials&z=fake-initials",
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

// TestSessionValues: of what identifies a session only what looks random is replaced, the same
// wherever it stands.
// A number of JSON remains one.
func TestScrambledNumbers(t *testing.T) {
	for range 100 {
		if got := newMasker().scramble("10407"); got[0] == '0' {
			t.Fatalf("a leading zero: %s", got)
		}
	}
}

func TestSessionValues(t *testing.T) {
	t.Parallel()
	for value, test := range map[string]struct{ gone, stays []string }{
		"http://gw.test/nodogsplash_deny/":              {nil, []string{"http://gw.test/nodogsplash_deny/"}},
		"http://gw.test/nodogsplash_deny/?tok=0a1b2c3d": {[]string{"0a1b2c3d"}, []string{"http://gw.test/nodogsplash_deny/?tok="}},
		"/bye?0a1b2c3d":                      {[]string{"0a1b2c3d"}, []string{"/bye?"}},
		"/off/tok11111/page.cgi?zone=guests": {[]string{"tok11111"}, []string{"/page.cgi?zone=guests"}},
		"logout('0a1b2c3d', 'http')":         {[]string{"0a1b2c3d"}, []string{"logout('", "', 'http')"}},
		"eyJhbGciOi.0a1b2c3d4e.kJhGfDsAqW":   {[]string{"0a1b2c3d4e", "kJhGfDsAqW"}, nil},
		"username":                           {nil, []string{"username"}},
		"passwordField":                      {nil, []string{"passwordField"}},
		"qwertyuiopasdfghjklzxcvb":           {[]string{"qwertyuiopasdfghjklzxcvb"}, nil},
		"kJhGfDsAqWeR":                       {[]string{"kJhGfDsAqWeR"}, nil},
		"/bye?mac=000000000000":              {nil, []string{"/bye?mac=000000000000"}},
		"http://gw.test/bye?next=http%3A%2F%2Fgw.test%2F%3Fs%3D0a1b2c3d": {[]string{"0a1b2c3d"}, []string{"http://gw.test/bye?next=http%3A%2F%2Fgw.test%2F%3Fs%3D"}},
	} {
		m := newMasker()
		m.session(value)
		masked := m.replacer()("<" + value + ">")
		for _, part := range test.gone {
			if strings.Contains(masked, part) {
				t.Errorf("%s of %s stays", part, value)
			}
		}
		for _, part := range test.stays {
			if !strings.Contains(masked, part) {
				t.Errorf("%s of %s is gone: %s", part, value, masked)
			}
		}
		if again := m.replacer()("<" + value + ">"); again != masked || len(masked) != len(value)+2 {
			t.Errorf("%s becomes %s, then %s", value, masked, again)
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
	if err := m.scan(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	c.rewrite(m.replacer())
	text := c.Answers[0].To
	c.rewrite(func(part string) string {
		text += "\n" + part
		return part
	})
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

// hardwareAddresses is a text of distinct hardware addresses.
func hardwareAddresses(count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "02:11:%02x:%02x:%02x:%02x\n", byte(i>>24), byte(i>>16), byte(i>>8), byte(i))
	}
	return text.String()
}

// nestedURLs is a URL within a URL and so on, with a token in the innermost.
func nestedURLs(depth int) string {
	return strings.Repeat("http://a.test/?u=", depth) + "tok11111"
}

// TestTooMuchToMask: what has too many tokens, or URLs too deep in each other, is left out,
// and the rest is masked.
func TestTooMuchToMask(t *testing.T) {
	t.Parallel()
	var tokens strings.Builder
	for i := range maxTargets + 1 {
		fmt.Fprintf(&tokens, "<a href='/?t=tok%05d'></a>", i)
	}
	for name, page := range map[string]string{
		"hardware addresses": hardwareAddresses(maxTargets),
		"tokens":             tokens.String(),
		"page too complex":   strings.Repeat("<a href='/?t=tok11111'>", maxTargets),
		"nested URLs":        nestedURLs(maxNested + 1),
		"nested JSON":        `{"u": "` + nestedURLs(maxNested+1) + `"}`,
		"many nested URLs":   nestedURLs(20_000),
	} {
		other := "x " + nestedURLs(maxNested) + " tok11111"
		c := &Case{Answers: []Answer{
			{url: "http://cafe.test/?t=tok22222", Response: Response{data: []byte(other)}},
			{Response: Response{Header: Header{"Location": {"/?" + hardwareAddresses(maxTargets)}}, data: []byte("hello")}},
			{Response: Response{Header: Header{"Location": {"/ok"}}, data: []byte(page)}},
		}}
		m := newMasker()
		if err := m.scan(t.Context(), c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(m.pairs) > maxTargets {
			t.Errorf("%s: %d texts to replace", name, len(m.pairs))
		}
		c.rewrite(m.replacer())
		flood, large := c.Answers[1], c.Answers[2]
		if flood.Header != nil || string(flood.data) != "hello" {
			t.Errorf("%s: header %.80q, body %q", name, flood.Header, flood.data)
		}
		if string(large.data) != leftOut || large.location() != "/ok" {
			t.Errorf("%s: body %.80q, location %q", name, large.data, large.location())
		}
		if strings.Contains(c.Answers[0].url+string(c.Answers[0].data), "tok") {
			t.Errorf("%s: %s leaked", name, c.Answers[0].data)
		}
	}
}

// TestTooMuchOutsideOfPages: a case without its addresses is none.
func TestTooMuchOutsideOfPages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*Case{
		"hop":     {Hops: []Hop{{URL: nestedURLs(maxNested + 1)}}},
		"portal":  {Portal: nestedURLs(maxNested + 1)},
		"session": {Session: map[string]string{"out": "/" + nestedURLs(maxNested+1)}},
		"wispr":   {WISPr: hardwareAddresses(maxTargets)},
	} {
		if err := newMasker().scan(t.Context(), c); !errors.Is(err, errTooMuch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCaseEndsWithItsContext: nothing is kept of what was not masked yet.
func TestCaseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := &Recorder{}
	r.Record(plugins.Job{Evidence: probe.Evidence{Hops: []probe.Hop{{URL: "http://cafe.test/", Body: "page"}}}})
	if _, err := r.Case(ctx, "case", plugins.FlowAuthenticate, ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if data, err := r.Report(ctx, nil, &Metadata{}); !errors.Is(err, context.Canceled) || data != nil {
		t.Error(err)
	}
	c := &Case{Hops: []Hop{{Response: Response{data: []byte(hardwareAddresses(1))}}}}
	if err := newMasker().scan(ctx, c); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestHeaderNamesAreMasked: a portal may repeat a secret as the name of a header.
func TestHeaderNamesAreMasked(t *testing.T) {
	t.Parallel()
	const secret = "Swordfish2718"
	r := &Recorder{Transport: site{"/": answer("hello", http.Header{"X-" + secret: {"1"}, "Y": {"2"}, "X-021122334455": {"3"}, "X-02-11-22-33-44-55": {"4"}})}}
	job := r.Record(plugins.Job{
		Evidence: probe.Evidence{Hops: []probe.Hop{{URL: "https://cafe.test/", Status: http.StatusOK}}},
		Inputs:   func(string) (portal.Value, bool, error) { return portal.Secret(secret), true, nil },
		Open: func(hosts, _ []string) (*portal.Session, error) {
			return portal.New(portal.Config{Hosts: hosts, Transport: r})
		},
	})
	session, err := job.Open([]string{"cafe.test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pin, _, _ := job.Inputs("pin")
	session.Declare(pin)
	if _, err := session.Open(t.Context(), "https://cafe.test/"); err != nil {
		t.Fatal(err)
	}
	data, err := r.Report(t.Context(), asker{}, &Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := readReport("report.zip", data)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(report, ReportCase, "report.zip")
	if err != nil {
		t.Fatal(err)
	}
	names := fmt.Sprint(c.Answers[0].Header)
	for _, private := range []string{"swordfish", "021122334455", "02-11-22-33-44-55"} {
		if strings.Contains(strings.ToLower(names), private) {
			t.Errorf("%s leaked: %s", private, names)
		}
	}
	if len(c.Answers[0].Header) != 4 {
		t.Error(names)
	}
}

// asker is a helper that asks for nothing.
type asker struct{ plugins.Helper }

func (asker) Claim(context.Context, *claims.Facts) claims.Claim { return claims.Claim{} }

func (asker) Authenticate(context.Context, plugins.Job) (flow.Result, error) {
	return flow.Result{}, nil
}

// TestLimitOfCase: the limit is for the responses of the probe and of the flow together.
func TestLimitOfCase(t *testing.T) {
	t.Parallel()
	r := &Recorder{Limit: 1000, Simulated: true, answers: []Answer{
		{Response: Response{data: []byte(strings.Repeat("b", 300))}},
		{Response: Response{data: []byte(strings.Repeat("c", 300))}},
		{Response: Response{Header: Header{"Long": {strings.Repeat("d", 300)}}, data: []byte("e")}},
	}}
	r.job.Evidence = probe.Evidence{WISPr: strings.Repeat("f", 300), Hops: []probe.Hop{{Body: strings.Repeat("a", 500)}}}
	c, err := r.Case(t.Context(), "case", plugins.FlowAuthenticate, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, response := range c.responses() {
		got = append(got, len(response.data), len(response.Header))
	}
	if want := []int{500, 0, 300, 0, len(leftOut), 0, 1, 0}; !slices.Equal(got, want) || c.WISPr != "" {
		t.Errorf("%v, want %v", got, want)
	}
}
