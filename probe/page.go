package probe

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"hotspot-helper/internal/web"
)

var (
	errNoHead = errors.New("no answer in time")
	errNoBody = errors.New("body not complete in time")
)

// page is one response: its head at once, its body after read.
type page struct {
	hop      Hop
	verified bool // came over TLS with a verified certificate
	response *http.Response
	cancel   context.CancelCauseFunc
	once     sync.Once // reads the body
}

// pageRequest is one GET.
type pageRequest struct {
	url    string
	accept string        // media types
	agent  Agent         // whose request it imitates
	path   string        // as [url.URL] RawPath; "": that of the URL
	hop    bool          // on the way to the portal's page: as a browser requests it, and a login that follows
	limit  time.Duration // until the head of the response
}

// newPageRequest is the GET of a browser that follows a redirect or a link.
func newPageRequest(url string) pageRequest {
	return pageRequest{url: url, accept: acceptHop, limit: hopTime, hop: true}
}

func (q pageRequest) header() http.Header {
	if q.agent == AgentWISPr {
		return http.Header{"Accept": {"*/*"}, "Cache-Control": {"no-cache"}, "User-Agent": {wisprAgent}}
	}
	header := http.Header{"Accept": {q.accept}, "Cache-Control": {"no-cache"}, "User-Agent": {browserAgent}}
	if q.hop {
		header.Set("Accept-Language", acceptLanguage)
	}
	return header
}

// fetch sends one GET and returns when it has the head of the response. It uses the
// transport without a client, so that no redirect is followed and no cookie is kept. The
// caller reads or closes the page.
func fetch(ctx context.Context, transport http.RoundTripper, q pageRequest) (*page, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(q.limit, func() { cancel(errNoHead) })
	defer timer.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, q.url, http.NoBody)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	request.URL.RawPath = cmp.Or(q.path, request.URL.RawPath)
	request.Close = !q.hop
	request.Header = q.header()
	response, err := transport.RoundTrip(request)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		cancel(nil)
		return nil, err
	}
	return &page{
		hop:      Hop{URL: q.url, Status: response.StatusCode, Header: keepHeader(response)},
		verified: response.TLS != nil && len(response.TLS.VerifiedChains) > 0,
		response: response,
		cancel:   cancel,
	}, nil
}

// keepHeader copies up to maxHeader bytes. It puts back the transfer coding, which the
// client removes: it is the only sign of a body that a 204 announces.
func keepHeader(response *http.Response) http.Header {
	kept := http.Header{}
	if len(response.TransferEncoding) > 0 {
		kept["Transfer-Encoding"] = response.TransferEncoding
	}
	first := []string{"Location", "Refresh", "Content-Type", "Set-Cookie"} // what the way to the portal's page needs
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(response.Header)), func(name string) bool { return slices.Contains(first, name) })
	size := 0
	for _, name := range append(first, names...) {
		for _, value := range response.Header[name] {
			if size += len(name) + len(value); size > maxHeader {
				return kept
			}
			kept.Add(name, value)
		}
	}
	return kept
}

// redirectTarget returns where the head of the response redirects to, or nil. It may be
// called while the body is read.
func (p *page) redirectTarget() *url.URL {
	if p.hop.Status < 300 || p.hop.Status > 399 {
		return nil
	}
	at, err := url.Parse(p.hop.URL)
	location := p.hop.Header.Get("Location")
	if err != nil || location == "" {
		return nil
	}
	target, err := web.ResolveReference(at, location)
	if err != nil {
		return nil
	}
	return target
}

// read keeps the beginning of the body and closes the page. Further calls do nothing.
func (p *page) read() {
	p.once.Do(p.readBody)
}

func (p *page) readBody() {
	timer := time.AfterFunc(bodyTime, func() { p.cancel(errNoBody) })
	defer timer.Stop()
	defer p.close()
	var body []byte
	content, err := web.DecodeContent(p.response.Header, p.response.Body)
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(content, maxBody+1))
	}
	if obstacle := web.ObstacleOf(err); obstacle != "" {
		p.hop.Obstacle, p.hop.Error = obstacle, web.Explain(err).Error()
	}
	truncated := err != nil || len(body) > maxBody
	kept, _ := web.DecodeBody(body[:min(len(body), maxBody)], p.response.Header.Get("Content-Type"), truncated)
	if len(kept) > maxBody { // UTF-8 takes more room than many encodings
		kept, truncated = web.TruncateUTF8(kept, maxBody), true
	}
	p.hop.Body, p.hop.Truncated = kept, truncated
}

// close cancels what is not read. It may be called again.
func (p *page) close() {
	p.cancel(nil)
	_ = p.response.Body.Close()
}

// shorten makes foreign text fit for a detail or a reason. The mark where it is cut has half a secret before it masked
// later.
func shorten(text string) string {
	if len(text) > maxDetail {
		text = web.TruncateUTF8(text, maxDetail) + "…"
	}
	return strings.ToValidUTF8(text, "\ufffd")
}
