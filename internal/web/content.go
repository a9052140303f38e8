package web

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrUndecodable is wrapped by the errors of a body that is not encoded as its header says, or
// in a way that was not asked for.
var ErrUndecodable = errors.New("undecodable body")

const (
	// maxCodings bounds the content codings of one body.
	maxCodings = 2
	// maxEncoded bounds the bytes that one coding is decoded from: an encoded body without end may
	// have nothing in it, and that of the other coding may be a thousand times what was received.
	maxEncoded = 4 << 20
)

// DecodeContent returns a body without its content codings (RFC 9110, section 8.4): gzip, and
// deflate with and without the zlib header, as servers send both. http.Transport removes only
// the gzip that it asked for, and some portals compress without a request. A body that does not
// begin as gzip is taken for one that is not compressed, as browsers do. The caller bounds what it reads.
func DecodeContent(header http.Header, body io.Reader) (io.Reader, error) {
	var codings []string
	for _, coding := range splitList(header["Content-Encoding"]) {
		if coding = lowerASCII(coding); coding != "" && coding != "identity" {
			codings = append(codings, coding)
		}
	}
	if len(codings) > maxCodings {
		return nil, fmt.Errorf("%w: %d codings", ErrUndecodable, len(codings))
	}
	for len(codings) > 0 {
		last := len(codings) - 1
		decoded, err := decodeContent(codings[last], bufio.NewReader(io.LimitReader(body, maxEncoded)))
		if err != nil {
			return nil, err
		}
		body, codings = decoded, codings[:last]
	}
	return body, nil
}

func decodeContent(coding string, body *bufio.Reader) (io.Reader, error) {
	head, err := body.Peek(2)
	if len(head) == 0 { // an empty body, as of many redirects
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		return nil, err
	}
	var decoded io.Reader
	switch coding {
	case "gzip", "x-gzip":
		if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
			return body, nil
		}
		decoded, err = gzip.NewReader(body)
	case "deflate":
		if isZlib(head) {
			decoded, err = zlib.NewReader(body)
		} else {
			decoded, err = flate.NewReader(body), nil
		}
	default:
		return nil, fmt.Errorf("%w: coding %q", ErrUndecodable, coding[:min(len(coding), 20)])
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUndecodable, err)
	}
	return contentReader{decoded}, nil
}

// isZlib reports whether a body begins with the header of RFC 1950, section 2.2.
func isZlib(head []byte) bool {
	return len(head) == 2 && head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0
}

// contentReader marks the errors of a decoder.
type contentReader struct{ io.Reader }

// Read reads decoded bytes.
func (r contentReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if isCorrupt(err) {
		err = fmt.Errorf("%w: %w", ErrUndecodable, err)
	}
	return n, err
}

// isCorrupt reports whether an error is that of a decoder of a content coding.
func isCorrupt(err error) bool {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	return corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, zlib.ErrChecksum)
}
