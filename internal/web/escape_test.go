package web

import (
	"strings"
	"testing"
)

func TestUnescapeBytes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, ""},
		{`plain ü`, "plain ü"},
		{`\011`, "\t"},
		{`\357\015\330\013`, "\xef\x0d\xd8\x0b"},
		{`\0`, "\x00"},
		{`\18`, "\x018"},
		{`\400`, "\x200"},
		{`\377a`, "\xffa"},
		{`\xEf\x0`, "\xefx0"},
		{`\x+1`, "x+1"},
		{`\u00e9`, "é"},
		{`\u{1F600}`, "😀"},
		{`\uD83D\uDE00`, "😀"},
		{`\uD83Dx`, "\ufffdx"},
		{`\uD83D\u0041`, "\ufffdA"},
		{`\u{110000}`, "u{110000}"},
		{`\u{}`, "u{}"},
		{`\u{0000000000041}`, "A"},
		{`\u{0000000000000000000000000041}`, "A"},
		{`\u{000}`, "\x00"},
		{`\u{00000`, "u{00000"},
		{`\u{0000000000000000000000000110000}`, "u{0000000000000000000000000110000}"},
		{`\u12`, "u12"},
		{`\n\r\t\b\f\v`, "\n\r\t\b\f\v"},
		{`\'\"\\\/\q`, `'"\/q`},
		{"a\\\nb\\\r\nc\\\rd", "abcd"},
		{"a\\\u2028b\\\u2029c", "abc"},
		{`\ü`, "ü"},
		{`\`, `\`},
		{`a\`, `a\`},
	} {
		if got := UnescapeBytes(c.text); got != c.want {
			t.Errorf("UnescapeBytes(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

// The escapes of bytes are characters in a text (ECMA-262, section 12.9.4.2).
func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{
		`\xe9\351\u00e9é`: "éééé",
		`\101`:            "A",
		`\uD83D\uDE00`:    "😀",
		`\uD83D`:          "\ufffd",
		"\xff":            "\ufffd",
	} {
		if got := Unescape(text); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", text, got, want)
		}
	}
}

// FuzzUnescapeBytes: the result is never longer than the text, and what has no backslash stays.
func FuzzUnescapeBytes(f *testing.F) {
	for _, text := range []string{`\011\357`, `\u{1F600}\uD83D\uDE00`, `\x0`, `\`, "\\\r\n", `\400`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := UnescapeBytes(text)
		if len(got) > len(text) {
			t.Errorf("UnescapeBytes(%q) = %q: longer", text, got)
		}
		if !strings.Contains(text, `\`) && got != text {
			t.Errorf("UnescapeBytes(%q) = %q", text, got)
		}
	})
}
