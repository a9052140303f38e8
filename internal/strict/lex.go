package strict

import (
	"strings"

	"github.com/BurntSushi/toml"
)

// skip skips at most n bytes and counts the lines.
func (f *finder) skip(n int) {
	n = min(n, len(f.text))
	f.line += strings.Count(f.text[:n], "\n")
	f.text = f.text[n:]
}

// blank skips white space and, if lines is set, line ends and comments.
func (f *finder) blank(lines bool) {
	for {
		f.skip(len(f.text) - len(strings.TrimLeft(f.text, " \t")))
		switch {
		case !lines:
			return
		case strings.HasPrefix(f.text, "#"):
			f.skip(until(f.text, "\n"))
		case strings.HasPrefix(f.text, "\n"), strings.HasPrefix(f.text, "\r"):
			f.skip(1)
		default:
			return
		}
	}
}

// dottedKey reads a key such as a.b."c d" up to = or ].
func (f *finder) dottedKey() toml.Key {
	var parts toml.Key
	for {
		f.blank(false)
		parts = append(parts, f.simpleKey())
		f.blank(false)
		if len(parts) > maxDepth {
			f.exceed("nested more than %d times", maxDepth)
		}
		if !strings.HasPrefix(f.text, ".") {
			return parts
		}
		f.skip(1)
	}
}

// bareKey are the characters of a key without quotes.
const bareKey = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func (f *finder) simpleKey() string {
	start := f.text
	defer func() {
		if n := len(start) - len(f.text); n > maxKey {
			f.exceed("key of %d bytes, at most %d", n, maxKey)
		}
	}()
	if !strings.HasPrefix(start, `"`) && !strings.HasPrefix(start, "'") {
		f.skip(max(len(start)-len(strings.TrimLeft(start, bareKey)), 1))
		return start[:len(start)-len(f.text)]
	}
	f.quoted()
	written := start[:len(start)-len(f.text)]
	if !strings.Contains(written, `\`) || written[0] == '\'' {
		return strings.Trim(written, written[:1])
	}
	// The decoder reads the key, because it knows the escapes.
	var table map[string]any
	meta, err := toml.Decode(written+" = 0", &table)
	if err != nil || len(meta.Keys()) != 1 {
		return ""
	}
	return meta.Keys()[0][0]
}

// quoted skips a string of any kind.
func (f *finder) quoted() {
	quote := f.text[:1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(f.text, long) {
		f.skip(3)
		f.skip(endOf(f.text, long))
		// Up to two more quotes may come before the closing three; after an escape the
		// decoder accepts more. No other quote can follow a string.
		f.skip(len(f.text) - len(strings.TrimLeft(f.text, quote)))
		return
	}
	f.skip(1)
	f.skip(endOf(f.text, quote))
}

// endOf returns the length of the text including the closing quotes.
func endOf(text, quotes string) int {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && quotes[0] == '"' {
			i++ // an escaped character does not end the string
		} else if strings.HasPrefix(text[i:], quotes) {
			return i + len(quotes)
		}
	}
	return len(text)
}

// until returns the length of the text before any of the characters.
func until(text, characters string) int {
	if i := strings.IndexAny(text, characters); i >= 0 {
		return i
	}
	return len(text)
}
