package web

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecodeBody(t *testing.T) {
	tests := []struct {
		name, body, contentType, want string
		cut                           bool
	}{
		{"plain", "log in", "text/plain", "log in", false},
		{"UTF-8 undeclared, late", strings.Repeat("a", 2000) + "é", "text/html", strings.Repeat("a", 2000) + "é", false},
		{"Latin-1 undeclared", "caf\xe9", "text/html", "café", false},
		{"declared in the field", "\xcf\xf0\xe8\xe2\xe5\xf2", "text/html; charset=windows-1251", "Привет", false},
		{"declared in the page", "<meta charset=windows-1251>\xcf\xf0", "text/html", "<meta charset=windows-1251>Пр", false},
		{"byte order mark", "\xef\xbb\xbflog in", "text/plain", "log in", false},
		{"UTF-16", "\xff\xfel\x00o\x00g\x00", "text/html", "log", false},
		{"cut in a character", "abc\xe2\x82", "text/html; charset=utf-8", "abc", true},
		{"cut in a character, undeclared", "é\xe2\x82", "text/html", "é", true},
		{"broken UTF-8", "a\xffb", "text/html; charset=utf-8", "a\ufffdb", false},
		{"unknown charset", "abc", "text/html; charset=nonsense", "abc", false},
	}
	for _, test := range tests {
		if got, _ := DecodeBody([]byte(test.body), test.contentType, test.cut); got != test.want {
			t.Errorf("%s: body = %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzDecodeBody(f *testing.F) {
	f.Add([]byte("caf\xe9"), "text/html", true)
	f.Add([]byte("\xff\xfea\x00"), "text/html; charset=utf-16", false)
	f.Fuzz(func(t *testing.T, body []byte, contentType string, cut bool) {
		if got, _ := DecodeBody(body, contentType, cut); !utf8.ValidString(got) {
			t.Errorf("DecodeBody(%q, %q) = %q", body, contentType, got)
		}
	})
}
