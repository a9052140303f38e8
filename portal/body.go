package portal

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
)

// readBody reads at most MaxBody bytes after decompression. The error says why they are
// not all; what was read until then is still a page, as it is to a browser.
func readBody(response *http.Response) ([]byte, error) {
	body := io.Reader(response.Body)
	// http.Transport decompresses what it asked for; some portals compress unasked.
	if strings.EqualFold(response.Header.Get("Content-Encoding"), "gzip") {
		unpacked, err := gzip.NewReader(body)
		if errors.Is(err, io.EOF) {
			return nil, nil // an empty body, as many send with a redirect
		}
		if err != nil {
			return nil, fmt.Errorf("decompress body: %w", err)
		}
		body = unpacked
	}
	data, err := io.ReadAll(io.LimitReader(body, MaxBody+1))
	if len(data) > MaxBody {
		return data[:MaxBody], fmt.Errorf("body has more than %d bytes", MaxBody)
	}
	if err != nil {
		return data, fmt.Errorf("read body: %w", err)
	}
	return data, nil
}

const charsetUTF8 = "utf-8" // as charset.Lookup names it

// decodeBody returns the body in UTF-8 and the name of its charset, found as browsers find
// it: byte order mark, header, meta element, and at last by looking at the bytes.
func decodeBody(data []byte, contentType string) (body, name string) {
	found, name, certain := charset.DetermineEncoding(data, contentType)
	// The bare Windows1252 is what the library falls back to after 1024 bytes; one that
	// the page asks for comes wrapped.
	fallback := found == charmap.Windows1252
	if !certain && isJSON(contentType) || fallback && looksUTF8(data) {
		name = charsetUTF8
	}
	encoding, name := charset.Lookup(name)
	decoded, err := encoding.NewDecoder().Bytes(data)
	if err != nil { // no decoder of HTML's charsets fails: they write U+FFFD
		return strings.ToValidUTF8(string(data), string(utf8.RuneError)), charsetUTF8
	}
	return strings.TrimPrefix(string(decoded), "\ufeff"), name
}

// isJSON reports whether a media type is of JSON, which is UTF-8 (RFC 8259, section 8.1).
func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json"))
}

// looksUTF8 reports whether data has letters beyond ASCII, all in good UTF-8, apart from one
// at the end that was cut.
func looksUTF8(data []byte) bool {
	for i := len(data) - 1; i >= max(0, len(data)-utf8.UTFMax); i-- {
		if utf8.RuneStart(data[i]) {
			if !utf8.FullRune(data[i:]) {
				data = data[:i]
			}
			break
		}
	}
	return utf8.Valid(data) && bytes.ContainsFunc(data, func(r rune) bool { return r >= utf8.RuneSelf })
}
