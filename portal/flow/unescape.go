package flow

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape reads the escapes of a JavaScript string (ECMA-262, 12.9.4 and
// B.1.2): \xHH and octal \357 give one byte each, because portals put the bytes
// of a challenge so; \uHHHH and \u{H} give the character as UTF-8. What is no
// escape stays.
func unescape(s string) string {
	var b strings.Builder
	for s != "" {
		if s[0] != '\\' || len(s) == 1 {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		s = s[1:]
		s = s[unescapeOne(&b, s):]
	}
	return b.String()
}

// unescapeOne writes what the text behind a backslash stands for, and returns how much of the text that was.
func unescapeOne(b *strings.Builder, s string) int {
	switch c := s[0]; {
	case '0' <= c && c <= '7':
		return unescapeOctal(b, s)
	case c == 'x':
		if n, ok := hexDigits(s, 1, 3); ok {
			b.WriteByte(byte(n))
			return 3
		}
	case c == 'u':
		if r, size := unescapeUnicode(s); size > 0 {
			b.WriteRune(r)
			return size
		}
	case c == '\r' && strings.HasPrefix(s, "\r\n"):
		return 2
	case c == '\r', c == '\n':
		return 1
	}
	if i := strings.IndexByte("nrtbfv", s[0]); i >= 0 {
		b.WriteByte("\n\r\t\b\f\v"[i])
		return 1
	}
	_, size := utf8.DecodeRuneInString(s)
	b.WriteString(s[:size])
	return size
}

func unescapeOctal(b *strings.Builder, s string) int {
	size, n := 0, 0
	for size < min(3, len(s)) && '0' <= s[size] && s[size] <= '7' && n*8+int(s[size]-'0') <= 0xff {
		n = n*8 + int(s[size]-'0')
		size++
	}
	b.WriteByte(byte(n))
	return size
}

// unescapeUnicode reads u1234, a pair of them, or u{12345}; size is 0 where there is none.
func unescapeUnicode(s string) (r rune, size int) {
	if strings.HasPrefix(s, "u{") {
		end := strings.IndexByte(s, '}')
		n, ok := hexDigits(s, 2, end)
		if !ok || n > utf8.MaxRune {
			return 0, 0
		}
		return rune(n), end + 1
	}
	n, ok := hexDigits(s, 1, 5)
	if !ok {
		return 0, 0
	}
	if len(s) > 5 && strings.HasPrefix(s[5:], `\u`) {
		if low, ok := hexDigits(s, 7, 11); ok {
			if pair := utf16.DecodeRune(rune(n), rune(low)); pair != utf8.RuneError {
				return pair, 11
			}
		}
	}
	return rune(n), 5
}

// hexDigits reads s[from:to] as a hexadecimal number.
func hexDigits(s string, from, to int) (uint64, bool) {
	if to <= from || to > len(s) {
		return 0, false
	}
	n, err := strconv.ParseUint(s[from:to], 16, 32)
	return n, err == nil
}
