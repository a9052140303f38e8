package web

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Unescape reads the escapes of a JavaScript string literal (ECMA-262, sections 12.9.4 and
// B.1.2) as text in UTF-8. An invalid escape loses its backslash; a lone surrogate becomes
// U+FFFD.
func Unescape(s string) string {
	return strings.ToValidUTF8(unescape(s, func(b *strings.Builder, unit byte) { b.WriteRune(rune(unit)) }), "\ufffd")
}

// UnescapeBytes is [Unescape], but \xHH and octal escapes such as \357 give one byte each,
// because portals write the bytes of a challenge so.
func UnescapeBytes(s string) string {
	return unescape(s, func(b *strings.Builder, unit byte) { b.WriteByte(unit) })
}

// unescape passes the values of \xHH and octal escapes to writeUnit.
func unescape(s string, writeUnit func(*strings.Builder, byte)) string {
	var b strings.Builder
	for {
		plain, escaped, found := strings.Cut(s, `\`)
		b.WriteString(plain)
		if !found {
			return b.String()
		}
		if escaped == "" {
			b.WriteByte('\\')
			return b.String()
		}
		s = escaped[unescapeOne(&b, escaped, writeUnit):]
	}
}

// UnescapeOne reads the escape behind a backslash as [UnescapeBytes] does. It returns how many
// bytes of the text that was; 0 if the text is empty.
func UnescapeOne(s string) (plain string, size int) {
	if s == "" {
		return "", 0
	}
	var b strings.Builder
	size = unescapeOne(&b, s, func(b *strings.Builder, unit byte) { b.WriteByte(unit) })
	return b.String(), size
}

// unescapeOne writes the value of the escape behind a backslash and returns its length.
func unescapeOne(b *strings.Builder, s string, writeUnit func(*strings.Builder, byte)) int {
	switch c := s[0]; {
	case '0' <= c && c <= '7':
		unit, size := octal(s)
		writeUnit(b, unit)
		return size
	case c == 'x':
		if n, ok := hexDigits(s, 1, 3); ok {
			writeUnit(b, byte(n))
			return 3
		}
	case c == 'u':
		if r, size := unescapeUnicode(s); size > 0 {
			b.WriteRune(r)
			return size
		}
	case strings.HasPrefix(s, "\r\n"):
		return 2
	}
	if i := strings.IndexByte("nrtbfv", s[0]); i >= 0 {
		b.WriteByte("\n\r\t\b\f\v"[i])
		return 1
	}
	r, size := utf8.DecodeRuneInString(s)
	if !strings.ContainsRune("\r\n\u2028\u2029", r) { // else the literal continues in the next line
		b.WriteString(s[:size])
	}
	return size
}

// octal reads up to three octal digits with a value of at most 255 (ECMA-262, section B.1.2).
func octal(s string) (value byte, size int) {
	n := 0
	for size < min(3, len(s)) && '0' <= s[size] && s[size] <= '7' && n*8+int(s[size]-'0') <= 0xff {
		n = n*8 + int(s[size]-'0')
		size++
	}
	return byte(n), size
}

// maxCodePoint bounds the bytes of u{12345}, apart from leading zeros: without a bound, each of many such
// escapes would search the whole text.
const maxCodePoint = 16

// unescapeUnicode reads u1234, a pair of surrogates, or u{12345}; size is 0 for anything else.
func unescapeUnicode(s string) (r rune, size int) {
	if strings.HasPrefix(s, "u{") {
		zeros := len(s[2:]) - len(strings.TrimLeft(s[2:], "0"))
		end := strings.IndexByte(s[zeros:min(len(s), zeros+maxCodePoint)], '}') + zeros
		n, ok := hexDigits(s, 2+max(zeros-1, 0), end)
		if !ok || n > utf8.MaxRune {
			return 0, 0
		}
		return rune(n), end + 1
	}
	n, ok := hexDigits(s, 1, 5)
	if !ok {
		return 0, 0
	}
	if strings.HasPrefix(s[5:], `\u`) {
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
