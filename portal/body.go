package portal

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
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
