package portal

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// readBody reads at most MaxBody bytes after decompression. The error says why the body is
// cut. A cut body is still a page, as in a browser.
func readBody(response *http.Response) ([]byte, error) {
	body := io.Reader(response.Body)
	// http.Transport decompresses what it requested; some portals compress without a request.
	if strings.EqualFold(response.Header.Get("Content-Encoding"), "gzip") {
		unpacked, err := gzip.NewReader(body)
		if errors.Is(err, io.EOF) {
			return nil, nil // an empty body, as of many redirects
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
