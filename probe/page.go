package probe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

var (
	errNoHead = errors.New("no answer in time")
	errNoBody = errors.New("body not complete in time")
)

// page is one answer: its head at once, its body once it is read.
type page struct {
	hop      Hop
	verified bool // came over TLS with a verified certificate
	response *http.Response
	cancel   context.CancelCauseFunc
}

// fetch sends one GET and returns when the head of the answer is there, within
// the limit. It asks the transport itself, so that no redirect is followed and no
// cookie is kept. The caller reads or closes the page.
func fetch(ctx context.Context, transport http.RoundTripper, url, accept string, limit time.Duration) (*page, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limit, func() { cancel(errNoHead) })
	defer timer.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	request.Close = true
	request.Header = http.Header{
		"Accept":        {accept},
		"Cache-Control": {"no-cache"},
		"User-Agent":    {userAgent},
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		cancel(nil)
		return nil, err
	}
	return &page{
		hop:      Hop{URL: url, Status: response.StatusCode, Header: keepHeader(response)},
		verified: response.TLS != nil && len(response.TLS.VerifiedChains) > 0,
		response: response,
		cancel:   cancel,
	}, nil
}

// keepHeader copies what fits. The transfer coding is a field again, because the
// client takes it out and a body that a 204 announces shows in nothing else.
func keepHeader(response *http.Response) http.Header {
	kept := http.Header{}
	size := 0
	for _, name := range slices.Sorted(maps.Keys(response.Header)) {
		for _, value := range response.Header[name] {
			if size += len(name) + len(value); size > maxHeader {
				return kept
			}
			kept.Add(name, value)
		}
	}
	if len(response.TransferEncoding) > 0 {
		kept["Transfer-Encoding"] = response.TransferEncoding
	}
	return kept
}

// read keeps the head of the body and closes the page.
func (p *page) read() {
	timer := time.AfterFunc(bodyTime, func() { p.cancel(errNoBody) })
	defer timer.Stop()
	defer p.close()
	body, err := io.ReadAll(io.LimitReader(p.response.Body, maxBody+1))
	p.hop.Truncated = err != nil || len(body) > maxBody
	p.hop.Body = text(body[:min(len(body), maxBody)], p.response.Header.Get("Content-Type"))
}

// close gives up what is not read. It may be called again.
func (p *page) close() {
	p.cancel(nil)
	_ = p.response.Body.Close()
}

// text returns a body as UTF-8, at most maxBody octets of it. The encoding is
// found as a browser does (WHATWG Encoding, HTML section 13.2.3.2), but a body
// that declares none and is UTF-8 throughout stays as it is.
func text(body []byte, contentType string) string {
	encoding, _, certain := charset.DetermineEncoding(body, contentType)
	decoded := body
	if certain || !utf8.Valid(wholeRunes(body)) {
		if out, err := encoding.NewDecoder().Bytes(body); err == nil {
			decoded = out
		}
	}
	decoded = bytes.TrimPrefix(decoded, []byte("\ufeff"))
	decoded = wholeRunes(decoded[:min(len(decoded), maxBody)])
	return strings.ToValidUTF8(string(decoded), "\ufffd")
}

// wholeRunes drops a character cut off at the end.
func wholeRunes(body []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(body); i++ {
		tail := body[len(body)-i:]
		if utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return body[:len(body)-i]
			}
			break
		}
	}
	return body
}

// brief makes foreign text fit for a detail or a reason.
func brief(text string) string {
	if len(text) > maxDetail {
		text = text[:maxDetail] + "…"
	}
	return strings.ToValidUTF8(text, "\ufffd")
}
