package probe

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"hotspot-helper/internal/web"
)

// walker is a transport for one walk to the portal's page. It keeps the cookies
// of that walk: portals that set one on the way turn back whoever does not bring
// it along. The checks themselves carry none.
type walker struct {
	http.RoundTripper

	jar *cookiejar.Jar
}

// newWalker starts with the cookies of the first answer.
func newWalker(transport http.RoundTripper, first Hop) *walker {
	w := &walker{transport, web.NewJar()}
	if u, err := url.Parse(first.URL); err == nil {
		w.jar.SetCookies(u, (&http.Response{Header: first.Header}).Cookies())
	}
	return w
}

// RoundTrip adds the cookies that belong to the request, and keeps those of the answer.
func (w *walker) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	for _, cookie := range w.jar.Cookies(request.URL) {
		request.AddCookie(cookie)
	}
	response, err := w.RoundTripper.RoundTrip(request)
	if err == nil {
		w.jar.SetCookies(request.URL, response.Cookies())
	}
	return response, err
}

// state tells one visit of a URL from another: what the server sees of the URL,
// and the cookies it gets. Who comes back with a new cookie is not going in circles.
func (w *walker) state(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	var cookies []string
	for _, cookie := range w.jar.Cookies(u) {
		cookies = append(cookies, cookie.String())
	}
	return requestURL(text) + "\n" + strings.Join(cookies, ";")
}
