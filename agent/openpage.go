package agent

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
)

const (
	// maxOpenPage is how many bytes of a page are kept.
	maxOpenPage = 64 << 10
	// openTime is how long after its response a login may begin at a page.
	openTime = 15 * time.Second
)

// openPage is the page of a portal that was requested last, as it would be open in a browser: a
// login begins there, and does not request it again.
type openPage struct {
	mu   sync.Mutex
	last *keptPage
}

// keptPage is one response.
type keptPage struct {
	request  *http.Request
	response *http.Response
	at       time.Time
	body     bytes.Buffer
	complete bool
}

// keep takes the place of the page before.
func (o *openPage) keep(page *keptPage) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = page
}

// take returns the page, if it came whole, and forgets it.
func (o *openPage) take() *keptPage {
	o.mu.Lock()
	defer o.mu.Unlock()
	page := o.last
	o.last = nil
	if page == nil || !page.complete {
		return nil
	}
	return page
}

// keepingPath is a path that keeps the last page. Its connections stay for the login that follows.
type keepingPath struct {
	http.RoundTripper

	open *openPage
}

// RoundTrip keeps the response to a request for a page of the portal.
func (p keepingPath) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := p.RoundTripper.RoundTrip(r)
	if !web.IsToPortal(r.Context()) {
		return response, err
	}
	p.open.keep(nil)
	if err != nil {
		return response, err
	}
	page := &keptPage{request: r, at: time.Now()}
	head := *response
	head.Header, head.Request = response.Header.Clone(), nil
	page.response = &head
	response.Body = &keptBody{response.Body, page, p.open}
	p.open.keep(page)
	return response, nil
}

// keptBody is a body that is kept while it is read.
type keptBody struct {
	io.ReadCloser

	page *keptPage
	open *openPage
}

// Read keeps what it reads.
func (b *keptBody) Read(data []byte) (int, error) {
	n, err := b.ReadCloser.Read(data)
	b.open.mu.Lock()
	defer b.open.mu.Unlock()
	if b.page.body.Len()+n > maxOpenPage {
		b.page.response = nil // never complete
		return n, err
	}
	b.page.body.Write(data[:n])
	b.page.complete = err == io.EOF && b.page.response != nil
	return n, err
}

// loginPath is the path of a login. Its first request gets the open page if it is the same request.
type loginPath struct {
	Path

	open *openPage
}

// RoundTrip answers with the open page, or sends the request.
func (p loginPath) RoundTrip(r *http.Request) (*http.Response, error) {
	if page := p.open.take(); page != nil && page.answers(r) {
		return page.answer(r), nil
	}
	return p.Path.RoundTrip(r)
}

// answers reports whether the page is the response to a request: of the same URL, by the same kind of
// client, and with nothing else but cookies. A request that waits for its connection has a secret.
func (k *keptPage) answers(r *http.Request) bool {
	if r.Method != http.MethodGet || r.URL.String() != k.request.URL.String() || time.Since(k.at) > openTime || httptrace.ContextClientTrace(r.Context()) != nil {
		return false
	}
	for name := range r.Header {
		if name != "Cookie" && r.Header.Get(name) != k.request.Header.Get(name) {
			return false
		}
	}
	return true
}

// answer is the response.
func (k *keptPage) answer(r *http.Request) *http.Response {
	response := *k.response
	response.Request, response.Body = r, io.NopCloser(bytes.NewReader(k.body.Bytes()))
	return &response
}

// transports returns the transport of each address family for a prober. What it requests over the
// association's own path may be gone on with by a login.
func (a *Agent) transports(as *association) func(probe.Family) http.RoundTripper {
	link, path, open := as.link, as.path, as.open
	return func(f probe.Family) http.RoundTripper {
		if f == probe.FamilyAny && path != nil {
			return keepingPath{path, open}
		}
		return a.config.Dial(link, f)
	}
}
