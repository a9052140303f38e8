package replay

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"hotspot-helper/portal"
)

// readBody reads a body up to the limit of what is read of an encoded one. The error says why it
// ended early.
func readBody(response *http.Response) ([]byte, error) {
	defer response.Body.Close()
	return io.ReadAll(io.LimitReader(response.Body, portal.MaxBody+1))
}

// decoded returns the header and the text that the session reads of a body: without content codings
// and in UTF-8, so that all of it is masked. The header is such that a replay reads the same. Of
// what cannot be decoded, the session reads nothing, and nothing is kept.
func decoded(header http.Header, data []byte, cut error) (Header, []byte) {
	kept := stableHeader(header)
	delete(kept, "Content-Encoding")
	body, _ := portal.ReadBody(header, io.MultiReader(bytes.NewReader(data), errorReader{cut})) // the session says why it is cut
	if again, err := portal.ReadBody(kept.http(), strings.NewReader(body.Text)); err != nil || again.Text != body.Text {
		kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
		kept["Content-Type"] = []string{cmp.Or(strings.TrimSpace(kind), "text/html") + "; charset=utf-8"}
	}
	return kept, []byte(body.Text)
}

// errorReader returns an error, or io.EOF if it is nil.
type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	return 0, io.EOF
}

// expiry is the expires attribute of a cookie.
var expiry = regexp.MustCompile(`(?i);\s*expires=([^;]*)`)

// stableHeader returns the header without fields of one moment or one connection, and
// without future expiries of cookies, which would have passed in a later replay.
func stableHeader(header http.Header) Header {
	kept := Header{}
	for name, values := range header {
		values = slices.Clone(values) // rewrite changes them
		switch name {
		case "Date", "Age", "Connection", "Keep-Alive", "Content-Length", "Transfer-Encoding":
			continue
		case "Set-Cookie":
			for i, value := range values {
				values[i] = expiry.ReplaceAllStringFunc(value, keepPast)
			}
		}
		kept[name] = values
	}
	return kept
}

// keepPast drops an expiry in the future. One in the past deletes the cookie.
func keepPast(attribute string) string {
	when, err := http.ParseTime(strings.TrimSpace(expiry.FindStringSubmatch(attribute)[1]))
	if err == nil && when.Before(time.Now()) {
		return attribute
	}
	return ""
}
