package web

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
)

const charsetUTF8 = "utf-8" // as charset.Lookup names it

// DecodeBody returns a body in UTF-8 and the name of its character encoding, found as
// browsers find it (WHATWG HTML, section 13.2.3.2): byte order mark, Content-Type, meta
// element, then the bytes themselves. A truncated body may end within a character, which is
// dropped.
func DecodeBody(data []byte, contentType string, truncated bool) (body, encoding string) {
	found, name, certain := charset.DetermineEncoding(data, contentType)
	// The library falls back to the bare Windows1252 after 1024 bytes; one that the page
	// declares is wrapped.
	fallback := found == charmap.Windows1252
	if !certain && isJSON(contentType) || fallback && looksUTF8(data) {
		name = charsetUTF8
	}
	decoder, name := charset.Lookup(name)
	decoded, err := decoder.NewDecoder().Bytes(data)
	if err != nil { // no decoder of HTML's encodings fails: they write U+FFFD
		decoded, name = data, charsetUTF8
	}
	if truncated {
		decoded = bytes.TrimSuffix(trimPartialRune(decoded), []byte("\ufffd"))
	}
	decoded = bytes.TrimPrefix(decoded, []byte("\ufeff"))
	return strings.ToValidUTF8(string(decoded), "\ufffd"), name
}

// isJSON reports whether a media type is of JSON, which is UTF-8 (RFC 8259, section 8.1).
func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json"))
}

// looksUTF8 reports whether data has letters beyond ASCII and all of them are valid
// UTF-8. The last one may be incomplete.
func looksUTF8(data []byte) bool {
	data = trimPartialRune(data)
	return utf8.Valid(data) && bytes.ContainsFunc(data, func(r rune) bool { return r >= utf8.RuneSelf })
}

// trimPartialRune drops an incomplete UTF-8 sequence at the end.
func trimPartialRune(data []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(data); i++ {
		if tail := data[len(data)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return data[:len(data)-i]
			}
			break
		}
	}
	return data
}

// TruncateUTF8 cuts a text to at most n bytes without splitting a character.
func TruncateUTF8(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return string(trimPartialRune([]byte(text[:n])))
}
