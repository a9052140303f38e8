package replay

import "testing"

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		`regex "\\bauth\\.js"`: `regex "\\bauth\\.js"`,
		"a\nb\tc\x1b[31m\xff":  `a\nb\tc\x1b[31m\xff`,
		"Café \u202e€ \u00a0":  `Café \u202e€ \u00a0`,
		"\ufffd":               "\ufffd",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	}
}
