package strict

import (
	"fmt"
	"strings"
	"unicode"
)

// Quote returns a text as a basic string of TOML. Invalid UTF-8 becomes U+FFFD, because
// TOML cannot hold other bytes.
func Quote(text string) string { return `"` + Escape(text) + `"` }

// Escape returns a text as it stands between the quotes of [Quote].
func Escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// QuoteKey returns a key as TOML: bare if possible, else quoted.
func QuoteKey(key string) string {
	quoted := strings.ContainsFunc(key, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if quoted || key == "" {
		return Quote(key)
	}
	return key
}
