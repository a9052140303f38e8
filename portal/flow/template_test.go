package flow

import (
	"regexp"
	runtimepkg "runtime"
	"strings"
	"testing"
	"testing/synctest"
)

// templateCase is a template and its text for the values of TestTemplate.
type templateCase struct{ text, want string }

func templateCases() []templateCase {
	return []templateCase{
		{"", ""},
		{"plain", "plain"},
		{"a {{/* said nowhere */}}b", "a b"},
		{"{{.probe.url}}?x={{.input.user}}", "http://a.test/?x=Ada L"},
		{`{{"text"}}`, "text"},
		{"{{ (.input.user) | lower }}", "ada l"},
		// RFC 1321, A.5; FIPS 180-2; RFC 4231, 4.3 and the same message for the others
		{`{{md5 "abc" | hex}}`, "900150983cd24fb0d6963f7d28e17f72"},
		{`{{sha1 "abc" | hex}}`, "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{`{{"abc" | sha256 | hex}}`, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{`{{hmac "sha256" "Jefe" "what do ya want for nothing?" | hex}}`, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{`{{hmac "md5" "Jefe" "what do ya want for nothing?" | hex}}`, "750c783e6ab0b503eaa86e310a5db738"},
		{`{{hmac "sha1" "Jefe" "what do ya want for nothing?" | hex}}`, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
		{`{{base64 "any carnal pleas"}}`, "YW55IGNhcm5hbCBwbGVhcw=="},
		{`{{urlencode "a b&c=ü/"}}`, "a%20b%26c%3D%C3%BC%2F"},
		{`{{urlencode (md5 "abc")}}`, "%90%01P%98%3C%D2O%B0%D6%96%3F%7D%28%E1%7Fr"},
		{`{{unescape .capture.challenge | hex}}`, "ef0dd80b"},
		{`{{xor "abcde" .capture.key | hex}}`, "6060606064020304"},
		{`{{xor "" .capture.key | hex}}`, ""},
		{`{{concat "a" .input.user "b"}}`, "aAda Lb"},
		{`{{concat}}`, ""},
		{`{{lower "ÄB"}}`, "Äb"},
		{`{{or "" .input.user "b"}}{{or "" ""}}{{or}}`, "Ada L"},
		// the login of MikroTik's HotSpot
		{`{{concat (unescape .capture.id) .input.pass (unescape .capture.challenge) | md5 | hex}}`, "0baf7c32b80d79438dae570663c5ac8b"},

		{`{{slice "abcdef" 1 3}}`, "bcd"},
		{`{{slice "abcdef" -2 9}}`, "ef"},
		{`{{slice "abcdef" 1 -2}}`, "bcd"},
		{`{{slice "abc" 5 2}}{{slice "abc" -9 1}}{{slice "abc" 2 -9}}`, "a"},
		{`{{slice (md5 "abc") 0 2 | hex}}`, "9001"},
		{`{{split "a;b;;d" ";" 1}}{{split "a;b;;d" ";" 2}}{{split "a;b;;d" ";" -1}}`, "bd"},
		{`{{split .probe.url "/" -2}}`, "a.test"},
		{`{{jsonquote "a\"<\n"}}`, `"a\"<\n"`},
		{`{{jsonquote .input.user}}`, `"Ada L"`},
		{`{{timediff "2026-01-02T15:04:05Z" "2026-01-02T17:04:06+01:00"}}`, "3601"},
		{`{{timediff "2026-01-02 15:04:05" "Fri, 02 Jan 2026 15:03:05 GMT"}}`, "-60"},
		{`{{upper "äb"}}`, "äB"},
		{`{{replace .probe.url "http:" "https:"}}`, "https://a.test/"},
		{`{{unbase64 "YW55IGNhcm5hbCBwbGVhcw=="}}`, "any carnal pleas"},
		{`{{unbase64 "_-8"  | hex}}`, "ffef"},
		{`{{unhex "687474703A2F2F" | concat}}`, "http://"},
		{`{{.capture.hexed | unhex | urlhost}}`, "check.test:8080"},
		{`{{urldecode "a%20b%26c%3D%C3%BC%2F+%zz%4"}}`, "a b&c=ü/+%zz%4"},
		{`{{urlhost .probe.url}}`, "a.test"},
		{`{{urlhost "https://[2001:db8::1]:8443/x?y=http://b.test/"}}`, "[2001:db8::1]:8443"},
		{`{{rawquery .capture.grant}}`, "ap=%7e1&url=x&url=y"},
		{`{{rawquery .probe.url}}`, ""},
		{`{{setquery .probe.url "a b" "c&d"}}`, "http://a.test/?a%20b=c%26d"},
		{`{{setquery .capture.grant "url" "http://b.test/?x"}}`, "https://n1.test/grant?ap=%7e1&url=http%3A%2F%2Fb.test%2F%3Fx#top"},
		{`{{setquery .capture.grant "new" ""}}`, "https://n1.test/grant?ap=%7e1&url=x&url=y&new=#top"},
		{`{{setquery "/x?a%20b" "a b" "1"}}`, "/x?a%20b=1"},
		{`{{resolve .capture.grant "/out?a=b"}}`, "https://n1.test/out?a=b"},
		{`{{resolve .capture.grant "out"}}`, "https://n1.test/out"},
		{`{{resolve .capture.grant "?x"}}`, "https://n1.test/grant?x"},
		{`{{resolve "http://[2001:db8::1]:8090/a/b.html#c" "../live?u="}}x`, "http://[2001:db8::1]:8090/live?u=x"},
		{`{{resolve .probe.url "//b.test"}}`, "http://b.test/"},
		{`{{resolve .probe.url "https://b.test/c"}}`, "https://b.test/c"},
	}
}

func TestTemplate(t *testing.T) {
	values := map[string]map[string]string{
		"input":   {"user": "Ada L", "pass": "secret"},
		"capture": {"id": `\011`, "challenge": `\357\015\330\013`, "key": "\x01\x02\x03\x04", "hexed": "687474703A2F2F636865636B2E746573743A383038302F", "grant": "https://n1.test/grant?ap=%7e1&url=x&url=y#top"},
		"probe":   {"url": "http://a.test/"},
	}
	for _, c := range templateCases() {
		t.Run(c.text, func(t *testing.T) {
			compiled, err := compileTemplate(c.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := compiled.execute(values, tryWork(), runtime{})
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestTemplateRefuses(t *testing.T) {
	const plainOnly = "want only names, strings, numbers and functions"
	for _, c := range []struct{ text, want string }{
		{"{{if .probe.url}}a{{else}}b{{end}}", plainOnly},
		{"{{range .probe.url}}a{{end}}", plainOnly},
		{"{{with .probe.url}}a{{end}}", plainOnly},
		{`{{define "x"}}a{{end}}`, plainOnly},
		{`{{block "x" .}}a{{end}}`, plainOnly},
		{`{{template "x"}}`, plainOnly},
		{"{{$x := .probe.url}}", plainOnly},
		{"{{$.probe.url}}", plainOnly},
		{"{{.}}", plainOnly},
		{"{{true}}", plainOnly},
		{"{{(.probe).url}}", plainOnly},
		{"{{nil}}", plainOnly},
		{"{{.probe.url.x}}", "no name .probe.url.x"},
		{"{{.Probe.url}}", "no name .Probe.url"},
		{"{{println 1}}", "no function println"},
		{`{{call "x"}}`, "no function call"},
		{"{{nope", "not a template: unclosed action"},
		{"{{", "not a template: unclosed action"},
		{"line\n{{nope", "not a template: unclosed action"},
		{`{{md5 "a"}}`, `md5 "a" gives raw bytes: add | hex or | base64`},
		{`{{concat "x" (sha1 "a")}}`, "gives raw bytes"},
		{`{{sha256 "a" | lower}}`, "gives raw bytes"},
		{`{{hmac "md5" "k" "a"}}`, "gives raw bytes"},
		{`{{hmac "crc" "k" "a" | hex}}`, `evaluate template: call hmac: hmac wants "md5", "sha1" or "sha256" first, then key and message`},
		{`{{md5 | hex}}`, "wrong number of arguments for md5"},
		{`{{xor "a" | hex}}`, "wrong number of arguments for xor"},
		{`{{xor "a" "" | hex}}`, "xor wants a key that is not empty"},
		{`{{random_hex}}`, "wrong number of arguments for random_hex: want 1, got 0"},
		{`{{random_hex "4"}}`, "wrong argument for random_hex: want a whole number"},
		{`{{random_hex 0}}`, "random_hex wants 1 to 128 digits"},
		{`{{random_hex 129}}`, "random_hex wants 1 to 128 digits"},
		{`{{unbase64 "?"}}`, "evaluate template: call unbase64: unbase64 wants base64"},
		{`{{unhex "0"}}`, "unhex wants hexadecimal digits"},
		{`{{urlhost "/x"}}`, "urlhost wants a whole URL"},
		{`{{resolve "/x" "y"}}`, "resolve wants the whole URL of a page"},
		{`{{resolve "http://a.test/" "javascript:x"}}`, "a reference to an http or https URL"},
		{`{{slice "a" 0 65537}}`, "want a number from -65536 to 65536"},
		{`{{slice "a" -65537 0}}`, "want a number from -65536 to 65536"},
		{`{{slice "a" "0" 1}}`, "wrong argument for slice: want a whole number"},
		{`{{slice 1 0 1}}`, "wrong argument for slice: want a string"},
		{`{{split "a" "" 0}}`, "split wants a separator that is not empty"},
		{`{{split "a" "b" 1}}`, "split finds no part "},
		{`{{split "a" "b" -2}}`, "split finds no part "},
		{`{{split "a" "b" 99999}}`, "want a number from -65536 to 65536"},
		{`{{slice (md5 "a") 0 2}}`, "gives raw bytes"},
		{`{{timediff "soon" "later"}}`, "timediff wants two times like 2006-01-02T15:04:05Z07:00"},
		{`{{null}}`, "no function null"},
		{`{{replace "a" "" "b"}}`, "replace wants a text to look for that is not empty"},
		{`{{setquery "a" "b"}}`, "wrong number of arguments for setquery"},
		{`{{unhex (md5 "a")}}`, "gives raw bytes"},
		{`{{hex 4}}`, "wrong argument for hex: want a string"},
		{`{{random_hex 1.5}}`, "1.5 is not a whole number"},
		{`{{random_hex .input.user}}`, "want a whole number"},
		{`{{"x" | .probe.url}}`, ".probe.url is not a function but has arguments"},
		{`{{.probe.url "x"}}`, ".probe.url is not a function but has arguments"},
		{`{{xor "ab" "k"}}`, `xor "ab" "k" gives raw bytes`},
	} {
		t.Run(c.text, func(t *testing.T) {
			_, err := compileTemplate(c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestTemplateNowAndRandom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		compiled, err := compileTemplate("{{now_ms}} {{random_hex 13}} {{random_hex 13}} {{concat now_ms}}")
		if err != nil {
			t.Fatal(err)
		}
		got, err := compiled.execute(nil, tryWork(), runtime{})
		if err != nil {
			t.Fatal(err)
		}
		// the clock of a synctest bubble begins on 2000-01-01
		match := regexp.MustCompile(`^946684800000 ([0-9a-f]{13}) ([0-9a-f]{13}) 946684800000$`).FindStringSubmatch(got)
		if match == nil || match[1] == match[2] {
			t.Errorf("got %q", got)
		}
	})
}

// Errors at run time quote no value, which may be a secret.
func TestTemplateErrorQuotesNoValue(t *testing.T) {
	compiled, err := compileTemplate("{{xor .input.pass .capture.key | hex}}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = compiled.execute(map[string]map[string]string{"input": {"pass": "s3cr3t"}, "capture": {"key": ""}}, tryWork(), runtime{})
	if err == nil || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v", err)
	}
}

// No value within a template grows without limit, at load or in a run.
func TestTemplateValuesAreBounded(t *testing.T) {
	long := strings.Repeat("a", 16<<10)
	values := map[string]map[string]string{"capture": {"long": long}}
	for _, text := range []string{
		`{{"x"` + strings.Repeat(" | hex", 34) + `}}`,
		`{{concat .capture.long .capture.long .capture.long .capture.long .capture.long | md5 | hex}}`,
		`{{replace .capture.long "a" .capture.long | md5 | hex}}`,
		`{{xor "a" .capture.long | hex | hex | hex}}`,
		`{{setquery .capture.long .capture.long (concat .capture.long .capture.long .capture.long)}}`,
		strings.Repeat("{{.capture.long}}", 5),
	} {
		var before, after runtimepkg.MemStats
		runtimepkg.ReadMemStats(&before)
		compiled, err := compileTemplate(text)
		if err == nil {
			_, err = compiled.execute(values, tryWork(), runtime{})
		}
		runtimepkg.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "more than 65536 bytes") {
			t.Errorf("%.60s: %v", text, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
			t.Errorf("%.60s: %d bytes", text, used)
		}
	}
	if compiled, err := compileTemplate("{{hex .capture.long}}"); err != nil {
		t.Error(err)
	} else if got, err := compiled.execute(values, tryWork(), runtime{}); err != nil || len(got) != 32<<10 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
