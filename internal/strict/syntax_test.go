package strict_test

import (
	"errors"
	"strings"
	"testing"

	"hotspot-helper/internal/strict"
)

// The decoder's own position is a line off in the first column, and its excerpt panics on a
// file that ends in an escape.
func TestSyntaxMistakePlace(t *testing.T) {
	tests := map[string]struct {
		give    string
		line    int
		excerpt string // how it begins
	}{
		"at the end":      {"a = 1\nb = \"\"\"\\", 2, "At line 2, column 8"},
		"in column one":   {"a = 1\na = 2", 2, "At line 2, column 1"},
		"after BOM":       {"\ufeffa = 1\nb = x", 2, "At line 2, column 5"},
		"in a long line":  {"a = " + strings.Repeat("[", 10000), 1, ""},
		"zero byte":       {"a\x00 = 1", 1, "At line 1, column 2"},
		"not UTF-8":       {"a = '\xff'", 1, "At line 1, column 5"},
		"between CR LFs":  {"a = 1\r\nb\r\nc = 1", 2, "At line 2, column 2"},
		"in long string":  {"a = '''\n\n'''\nb = '''\n\n", 5, "At line 5, column 1"},
		"under a header":  {"[a]\n\n\n[a]", 4, "At line 4, column 2"},
		"in inline table": {"a = {\n b = 1,\n b = 2 }", 3, "At line 3, column 2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := strict.Decode("f", []byte(test.give), new(struct{}))
			var mistake strict.Mistake
			if !errors.As(err, &mistake) {
				t.Fatalf("no mistake but %v", err)
			}
			if mistake.Line != test.line || !strings.HasPrefix(mistake.Excerpt, test.excerpt) || (test.excerpt == "") != (mistake.Excerpt == "") {
				t.Errorf("%+v", mistake)
			}
		})
	}
}
