package portal

import (
	"fmt"
	"io"
	"net/http"

	"hotspot-helper/internal/web"
)

// ResponseBody is the body of a response as a [Page] has it.
type ResponseBody struct {
	Text    string // in UTF-8
	Charset string // name of the encoding that it was in
	Size    int    // bytes without content codings
}

// ReadBody reads a body as a session does: at most MaxBody bytes without its content codings, and as many in
// UTF-8. The error says why the body is cut. A cut body is still a page, as in a browser.
func ReadBody(header http.Header, body io.Reader) (ResponseBody, error) {
	data, err := readBody(header, body)
	text, charset := web.DecodeBody(data, header.Get("Content-Type"), err != nil)
	if len(text) > MaxBody { // a byte may be a character of three
		text, err = web.TruncateUTF8(text, MaxBody), errLongBody
	}
	return ResponseBody{text, charset, len(data)}, err
}

var errLongBody = fmt.Errorf("body has more than %d bytes", MaxBody)

// readBody reads at most MaxBody bytes without content codings.
func readBody(header http.Header, body io.Reader) ([]byte, error) {
	decoded, err := web.DecodeContent(header, body)
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(decoded, MaxBody+1))
	if len(data) > MaxBody {
		return data[:MaxBody], errLongBody
	}
	if err != nil {
		return data, fmt.Errorf("read body: %w", err)
	}
	return data, nil
}
