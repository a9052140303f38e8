package redact

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
)

// secrets are five secrets with and without special characters.
func secrets() []Target {
	return []Target{{Text: `Pä$$<w>&"ö'rd`}, {Text: "correct horse"}, {Text: "2718", Word: true}, {Text: "swordfish"}, {Text: "a%2Fb+c"}}
}

// page is a page of 200 kB: text, markup, scripts, links and an image.
func page() string {
	var out strings.Builder
	image := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x89PNG\x00\xff&%\\u0041", 600)))
	fmt.Fprintf(&out, `<img src="data:image/png;base64,%s">`, image)
	for i := 0; out.Len() < 200_000; i++ {
		fmt.Fprintf(&out, "<p class=\"row\">Welcome to Cafe Lumen &amp; friends, caf&eacute; no. %d. <a href=\"/go?id=%06x&amp;next=http%%3A%%2F%%2Fa.test%%2F\">go</a>\n"+
			"<script>var s%d = \"\\u0041\\x42\\/\";</script></p>\n", i, i*7919, i)
	}
	return out.String()
}

func BenchmarkPage(b *testing.B) {
	m, text := New(secrets()), page()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if m.Redact(text) != text {
			b.Fatal("something was masked")
		}
	}
}

// The work is in proportion to any text. The bound of time is far from what
// it takes, and from what work in proportion to a square would take.
func TestWorkIsBounded(t *testing.T) {
	const size, most = 1 << 20, time.Minute
	for name, part := range map[string]string{
		"base64": "QUFB", "hex": "41", "letters": "a", "backslashes": `\`, "escapes": `\x5c`, "open escapes": `\u{`, "half-open escapes": `\u{0`, "references": "&amp;amp;", "ampersands": "&",
		"zeros": "&#" + strings.Repeat("0", 100), "zero references": "&#0", "zeros in braces": `\u{` + strings.Repeat("0", 100), "styles": "<style>", "scripts and styles": "<script><style>", "ends": "<style></", "lines with indents": "QUFB \r\n\t",
		"percent": "%25", "double": "%2525", "tags": "<a", "comments": "<!--", "brackets": "<", "words": "abc ", "high bytes": "\xe4", "text": "ä",
		"secret": "swordfish", "almost": "swordfis", "cuts": "sword" + Cut, "cut escapes": "sword%6" + Cut, "quotes": `<a b="`, "invisible": "a\u200b", "lines": "QUFB\n",
	} {
		begin := time.Now()
		m := New(secrets())
		m.Redact(strings.Repeat(part, size/len(part)))
		if took := time.Since(begin); took > most {
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}

// Many targets that begin alike cost no more than others.
func TestManyTargets(t *testing.T) {
	var targets []Target
	for i := range 1000 {
		targets = append(targets, Target{Text: strings.Repeat("a", i+8) + "b", Exact: true})
	}
	begin := time.Now()
	New(targets).Redact(strings.Repeat("a", 1<<20))
	if took := time.Since(begin); took > time.Minute {
		t.Error(took)
	}
}

// A portal chooses tokens, so that at one letter of a text many are almost there: few are compared with it, and
// what is not compared is masked in any case.
func TestFewTargetsAreCompared(t *testing.T) {
	var cases, suffixes []Target
	for i := range 900 {
		text := []byte(strings.Repeat("a", 12))
		for bit := range text {
			if i>>bit&1 == 1 {
				text[bit] = 'A'
			}
		}
		cases = append(cases, Target{Text: string(text), Exact: true})
		suffixes = append(suffixes, Target{Text: strings.Repeat("A", 8+i), Exact: true})
	}
	for name, targets := range map[string][]Target{
		"cases": cases, "suffixes": suffixes, "both": append(cases, suffixes...), "long": {{Text: strings.Repeat("A", 15_000), Exact: true}},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMatcher(targets)
			for i := range m.nodes {
				compared := 0
				for at := int32(i); at != 0; at = m.nodes[at].shorter {
					n := m.nodes[at].ends
					for ; n != 0 && m.needles[n-1].exact; n = m.needles[n-1].same {
						compared += m.needles[n-1].size
					}
					if n != 0 {
						break
					}
				}
				if most := maxSame * maxSuffixes * maxExact; compared > most {
					t.Fatalf("%d bytes are compared with each letter, at most %d", compared, most)
				}
			}
			text := strings.Repeat("a", 20_000)
			if got := New(targets).Redact(text); got == text {
				t.Error("a target in another case is not masked")
			}
		})
	}
}

// Short targets are found as words, and not by accident.
func TestWords(t *testing.T) {
	m := New([]Target{{Text: "2718", Word: true}, {Text: "ab"}, {Text: "Token12345", Exact: true}})
	for text, want := range map[string]string{
		"2718 12718 27180 a2718 2718":          Mask + " 12718 27180 a2718 " + Mask,
		"MjcxOA==":                             Mask,
		"8172":                                 Mask, // backwards
		"xaby":                                 "x" + Mask + "y",
		"x" + hex.EncodeToString([]byte("ab")): "x6162",
		"Token12345 token12345 54321nekoT":     Mask + " token12345 54321nekoT",
		"%54oken12345":                         Mask,
	} {
		if got := m.Redact(text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// What a person sees as one word is one, and base64 in lines is base64.
func TestSpellings(t *testing.T) {
	m := New([]Target{{Text: "swordfish"}})
	packed := base64.StdEncoding.EncodeToString([]byte("ada:swordfish!"))
	zeros := strings.Repeat("0", 60)
	for _, text := range []string{
		`sword<b title="a>b">fish`, `sword<b title='>'></b>fish`,
		"sword&shy;fish", "sword\u200bfish", "sword<wbr>&#8203;fish", "sword\x00fish", "sword\x01fish", "sword\x7ffish",
		"sword\u200efish", "sword\u200ffish", "sword\u2062fish", "sword\u034ffish", "sword\ufe0ffish", "sword\u2068fish", "sword\u202afish", "sword\u180efish",
		"sword\U000e0041fish", "sword&lrm;fish", "sword&InvisibleTimes;fish", `sword<b a=">">fish`, `sword<b a = ">">fish`, "<!-- sword<b>fish</b> -->", "<!-- sword<b>&lrm;fish</b>",
		"&#" + zeros + "115;wordfish", "&#x" + zeros + "73;wordfish", "sword&#X" + zeros + "66ish", `\u{` + zeros + `73}wordfish`, `sword\u{` + zeros + `66}ish`,
		"sword<style>a>b{}</style>fish", "sword<SCRIPT>var a='<b>'</Script >fish", "s<style>a</style>word<script>b</script>f<title>c</title>ish", "sword&lt;style>a&lt;/style>fish", "sword<style>fish",
		"<script>'sword<b>fish'</script>", "ſwordﬁsh", "SWORDFIſH",
		packed[:8] + "\r\n\t" + packed[8:12] + " \r\n\t" + packed[12:], packed[:8] + "\n  \n  " + packed[8:],
		packed[:8] + "\r\n" + packed[8:], packed[:7] + "<wbr>" + packed[7:], packed[:8] + "&#10;" + packed[8:],
		"73776f<wbr>726466697368",
	} {
		if got := m.Redact(text); !strings.Contains(got, Mask) || strings.Contains(got, "sword") || strings.Contains(got, packed[8:]) {
			t.Errorf("%q is %q", text, got)
		}
	}
}

// Letters that are the same in upper case are the same.
func TestCases(t *testing.T) {
	m := New([]Target{{Text: "straße1x"}, {Text: "ΟΔΟΣ12"}, {Text: "MASSE"}})
	for _, text := range []string{"STRASSE1X", "STRAẞE1X", "strasse1x", "οδος12", "οδοσ12", "Maße"} {
		if got := m.Redact(text); got != Mask {
			t.Errorf("%q is %q", text, got)
		}
	}
}

// The beginning of a secret is masked where a text was cut, in any spelling.
func TestCut(t *testing.T) {
	const secret = "swordfish-2718"
	m := New([]Target{{Text: secret}, {Text: "2718", Word: true}})
	spellings := map[string]func(text string) string{
		"plain":   func(text string) string { return text },
		"percent": func(text string) string { return strings.NewReplacer("o", "%6f", "i", "%69", "-", "%2d").Replace(text) },
		"HTML":    func(text string) string { return strings.NewReplacer("o", "&#111;", "-", "&#45;").Replace(text) },
		"script":  func(text string) string { return strings.NewReplacer("o", `\u006f`, "-", `\x2d`).Replace(text) },
		"zeros":   func(text string) string { return strings.ReplaceAll(text, "f", `&#x`+strings.Repeat("0", 50)+"66;") },
		"braces":  func(text string) string { return strings.ReplaceAll(text, "f", `\u{`+strings.Repeat("0", 50)+"66}") },
		"base64":  func(text string) string { return base64.StdEncoding.EncodeToString([]byte("ada:" + text)) },
		"hex":     func(text string) string { return hex.EncodeToString([]byte(text)) },
	}
	for name, spell := range spellings {
		whole := spell(secret)
		for cut := range len(whole) {
			seen := whole[:cut]
			for _, got := range []string{m.Redact("user " + seen + Cut + " and more"), m.Redact("user " + seen + Cut)} {
				at := strings.Index(got, Mask) // of packed ones too, from minPacked bytes on
				if left := strings.TrimPrefix(got, "user "); at < 0 && len(left) > len(spell("sw"))+maxEscape {
					t.Errorf("%s: %q is %q", name, seen, got)
				}
				for from := range secret[:len(secret)-minCut] {
					if part := spell(secret[from : from+minCut]); name != "base64" && name != "hex" && strings.Contains(got, part) {
						t.Errorf("%s: %q is %q", name, seen, got)
					}
				}
			}
		}
	}
	for _, text := range []string{"a sword is no fish", "user swordfis", "user sword, " + Cut, Cut + "sword"} {
		if got := m.Redact(text); got != text {
			t.Errorf("%q is %q", text, got)
		}
		if m.Contains("user swordfis" + Cut) {
			t.Error("the beginning of a secret is no secret")
		}
	}
}

// A form sends every newline as CRLF.
func TestNewlines(t *testing.T) {
	for _, secret := range []string{"sword\nfish", "sword\r\nfish"} {
		m := New([]Target{{Text: secret}})
		for _, text := range []string{"sword\nfish", "sword\r\nfish", "sword%0D%0Afish", "sword%0Afish"} {
			if got := m.Redact(text); got != Mask {
				t.Errorf("%q in %q is %q, want %q", secret, text, got, Mask)
			}
		}
	}
}

// A fake is spelled as the text that it replaces, so that a recorded login can be replayed.
func TestFakes(t *testing.T) {
	m := New([]Target{{Text: "p w&1", Replacement: `f "&`}, {Text: "swordfish", Replacement: "fake-pass"}})
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for text, want := range map[string]string{
		"x p w&1 y":                             `x f "& y`,
		"x=p+w%261":                             "x=f+%22%26",
		"x=p%20w%261":                           "x=f%20%22%26",
		"p w&amp;1":                             "f &#34;&amp;",
		`p w\u00261`:                            `f \"&`,
		encode("ada:swordfish"):                 encode("ada:fake-pass"),
		hex.EncodeToString([]byte("swordfish")): hex.EncodeToString([]byte("fake-pass")),
		"SWORDFISH":                             "FAKE-PASS",
		"hsifdrows":                             "ssap-ekaf",
	} {
		if got := m.Redact(text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// No formatter prints what a masker looks for.
func TestMaskerIsNotPrinted(t *testing.T) {
	m := New([]Target{{Text: "swordfish"}})
	for _, text := range []string{fmt.Sprint(m), fmt.Sprintf("%+v %#v", m, m)} {
		if strings.Contains(text, "swordfish") {
			t.Error(text)
		}
	}
	if got := (Masker{}).Redact("all"); got != "all" || (Masker{}).Contains("all") {
		t.Error(got)
	}
}

// Every text is masked without the secret in it, and what is masked stays masked.
func FuzzRedact(f *testing.F) {
	for _, text := range []string{"swordfish", "%73wordfish", "&#115wordfish", `\x73wordfish`, "c3dvcmRmaXNo", "73776f726466697368", "<b>sword</b>fish", "Ã¤\xe4"} {
		f.Add(text, text)
	}
	m := New(secrets())
	f.Fuzz(func(t *testing.T, before, after string) {
		got := m.Redact(before + "swordfish" + after)
		if !strings.Contains(got, Mask) || strings.Contains(strings.ToLower(got), "swordfish") {
			t.Errorf("%q", got)
		}
	})
}
