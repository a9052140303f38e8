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

// readAnswer reads as much of a body as a session would, and why it ended early.
func readAnswer(response *http.Response) ([]byte, error) {
	defer response.Body.Close()
	return io.ReadAll(io.LimitReader(response.Body, portal.MaxBody+1))
}

// unpacked returns a response's header and body without the compression that some portals
// apply unasked. What cannot be unpacked stays.
func unpacked(header http.Header, data []byte) (Header, []byte) {
	kept := lasting(header)
	if !strings.EqualFold(header.Get("Content-Encoding"), "gzip") {
		return kept, data
	}
	reader, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return kept, data
	}
	delete(kept, "Content-Encoding")
	plain, _ := io.ReadAll(io.LimitReader(reader, portal.MaxBody)) // a session takes what there is, too
	return kept, plain
}

// failing reads nothing but an error; none is the end.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// expiry is the attribute of a cookie that tells when it ends.
var expiry = regexp.MustCompile(`(?i);\s*expires=([^;]*)`)

// lasting returns the header without what is true of one moment or one connection only:
// played next year, a cookie is not to be out of date.
func lasting(header http.Header) Header {
	kept := Header{}
	for name, values := range header {
		values = slices.Clone(values) // they are rewritten when a case is made
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

// keepPast drops an expiry that is still to come; one that is over deletes the cookie.
func keepPast(attribute string) string {
	when, err := http.ParseTime(strings.TrimSpace(expiry.FindStringSubmatch(attribute)[1]))
	if err == nil && when.Before(time.Now()) {
		return attribute
	}
	return ""
}
