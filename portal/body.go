package portal

import (
	"fmt"
	"io"
	"net/http"

	"hotspot-helper/internal/web"
)

// readBody reads at most MaxBody bytes after decompression. The error says why the body is
// cut. A cut body is still a page, as in a browser.
func readBody(response *http.Response) ([]byte, error) {
	body, err := web.DecodeContent(response.Header, response.Body)
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
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
