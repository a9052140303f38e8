package claims

import (
	"regexp"
	"strings"
	"testing"
)

// asExpression translates a glob to an expression over characters that each stand for a byte.
func asExpression(g glob) *regexp.Regexp {
	var text strings.Builder
	text.WriteString(`(?s)^`)
	for _, t := range g {
		switch t {
		case anyBytes:
			text.WriteString(`.*`)
		case anyByte:
			text.WriteString(`.`)
		default:
			text.WriteString(regexp.QuoteMeta(string(rune(t))))
		}
	}
	return regexp.MustCompile(text.String() + `$`)
}

// FuzzGlob compares globs with expressions.
func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{
		{"Cafe*", "Cafe 1"}, {"*a*b?", "xaxxbc"}, {`\xff*\x2a?`, "\xff*\xfe"}, {"a**b", "ab"}, {"*", ""}, {"?", ""}, {"*ab*abc", "abababc"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		g, err := parseGlob(text)
		if err != nil || len(name) > 100 {
			return
		}
		runes := make([]rune, len(name))
		for i := range len(name) {
			runes[i] = rune(name[i])
		}
		if got, want := g.matches(name), asExpression(g).MatchString(string(runes)); got != want {
			t.Errorf("%q matches %q: %v, the expression %v", text, name, got, want)
		}
		if g.matches(name) && !strings.HasPrefix(name, g.literals()[0]) {
			t.Errorf("%q begins with %q", name, g.literals()[0])
		}
	})
}

func TestRequired(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`^Cafe (Guest|Staff)$`: "Cafe ",
		`(abc)+de`:             "abc",
		`(?i)cafe`:             "",
		`a|b`:                  "",
		`(abcd)?e`:             "e",
		`x\d{3}yz`:             "yz",
	} {
		if got := required(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
