package portal

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"

	htmlcharset "golang.org/x/net/html/charset"
)

// encodeEntries returns the body of a POST and its media type (WHATWG HTML, section 4.10.21).
func encodeEntries(entries []Entry, enctype, charset string) (body []byte, contentType string, err error) {
	switch enctype {
	case enctypeMultipart:
		return encodeMultipart(entries, charset)
	case enctypePlain:
		return encodePlain(entries, charset), enctypePlain, nil
	}
	return encodeURL(entries, charset), enctypeURL, nil
}

// encodeURL is the application/x-www-form-urlencoded serializer (WHATWG URL, section 5.2).
func encodeURL(entries []Entry, charset string) []byte {
	encode := newEncoder(charset)
	var out []byte
	for i, entry := range entries {
		if i > 0 {
			out = append(out, '&')
		}
		out = appendEscaped(out, encode(entry.Name))
		out = append(out, '=')
		out = appendEscaped(out, encode(entry.Value.Reveal()))
	}
	return out
}

// appendEscaped differs from url.QueryEscape in "*" and "~", as browsers do.
func appendEscaped(out []byte, text string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			out = append(out, '+')
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("*-._", c) >= 0:
			out = append(out, c)
		default:
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return out
}

func encodePlain(entries []Entry, charset string) []byte {
	encode := newEncoder(charset)
	var out []byte
	for _, entry := range entries {
		out = append(out, encode(entry.Name)+"="+encode(entry.Value.Reveal())+"\r\n"...)
	}
	return out
}

func encodeMultipart(entries []Entry, charset string) (body []byte, contentType string, err error) {
	encode := newEncoder(charset)
	// The multipart/form-data encoding algorithm escapes only these three.
	escape := strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22")
	var out bytes.Buffer
	writer := multipart.NewWriter(&out)
	for _, entry := range entries {
		header := textproto.MIMEHeader{}
		disposition := fmt.Sprintf(`form-data; name="%s"`, escape.Replace(encode(entry.Name)))
		if entry.File {
			disposition += `; filename=""`
			header.Set("Content-Type", "application/octet-stream")
		}
		header.Set("Content-Disposition", disposition)
		part, err := writer.CreatePart(header)
		if err != nil {
			return nil, "", fmt.Errorf("write part: %w", err)
		}
		if _, err := part.Write([]byte(encode(entry.Value.Reveal()))); err != nil {
			return nil, "", fmt.Errorf("write part: %w", err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, "", fmt.Errorf("end parts: %w", err)
	}
	return out.Bytes(), writer.FormDataContentType(), nil
}

// AsSent returns a text as UTF-8 that a form sends: with CRLF for each newline, and with one replacement character
// for bytes that are no UTF-8. Of JSON and headers, texts with the same result may differ.
func AsSent(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	return strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(text)
}

// newEncoder returns a function that converts UTF-8 to the charset. Characters that the
// charset lacks become decimal references, as in browsers.
func newEncoder(charset string) func(string) string {
	encoding, _ := htmlcharset.Lookup(charset)
	return func(text string) string {
		text = AsSent(text)
		if encoding == nil {
			return text
		}
		encoded, err := encoding.NewEncoder().String(text)
		if err != nil { // unreachable: the encoder replaces what the charset lacks
			return text
		}
		return encoded
	}
}
