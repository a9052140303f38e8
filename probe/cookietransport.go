package probe

import (
	"context"
	"net/http"
	"net/url"

	"hotspot-helper/internal/web"
)

// cookieTransport keeps the cookies of one redirect chain: portals that set one on the way
// turn back clients without it. The checks themselves carry none.
type cookieTransport struct {
	http.RoundTripper

	jar *web.Jar
}

// newCookieTransport starts with the cookies of the first response.
func newCookieTransport(transport http.RoundTripper, first Hop) *cookieTransport {
	t := &cookieTransport{transport, web.NewJar()}
	if u, err := url.Parse(first.URL); err == nil {
		t.jar.Keep(u, first.Header)
	}
	return t
}

// RoundTrip adds the cookies for the request and keeps those of the response.
func (t *cookieTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	if cookies := t.jar.Header(request.URL, anyCookie); cookies != "" {
		request.Header.Set("Cookie", cookies)
	}
	response, err := t.RoundTripper.RoundTrip(request)
	if err == nil {
		t.jar.Keep(request.URL, response.Header)
	}
	return response, err
}

// keepScript keeps what the scripts of a page set.
func (t *cookieTransport) keepScript(ctx context.Context, h Hop) {
	if u, err := url.Parse(h.URL); err == nil {
		t.jar.KeepScript(ctx, u, h.Header, h.Body)
	}
}

// key identifies a request: what the server sees of the URL, and the cookies. The same URL
// with a new cookie is no loop.
func (t *cookieTransport) key(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return rawURL
	}
	return requestURL(rawURL) + "\n" + t.jar.Header(u, anyCookie)
}

func anyCookie(*http.Cookie) bool { return true }
