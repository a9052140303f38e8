package replay

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"hotspot-helper/portal"
)

// readBody reads a body up to the limit of a session. The error says why it ended early.
func readBody(response *http.Response) ([]byte, error) {
	defer response.Body.Close()
	return io.ReadAll(io.LimitReader(response.Body, portal.MaxBody+1))
}

// decompress returns header and body without the compression that some portals use without
// being asked. A body that cannot be decompressed is kept.
func decompress(header http.Header, data []byte) (Header, []byte) {
	kept := stableHeader(header)
	if !strings.EqualFold(header.Get("Content-Encoding"), "gzip") {
		return kept, data
	}
	reader, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return kept, data
	}
	delete(kept, "Content-Encoding")
	plain, _ := io.ReadAll(io.LimitReader(reader, portal.MaxBody)) // a session accepts a cut body, too
	return kept, plain
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
