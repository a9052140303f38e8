package record

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"hotspot-helper/internal/web"
	"hotspot-helper/plugins/replay"
)

// captureTransport answers requests with the responses of a capture.
type captureTransport struct {
	exchanges []*exchange
	used      map[*exchange]bool
}

func newCaptureTransport(s *session) *captureTransport {
	t := &captureTransport{used: map[*exchange]bool{}, exchanges: slices.Clone(s.hops)}
	for _, a := range s.actions {
		t.exchanges = append(t.exchanges, a.exchanges...)
	}
	return t
}

// RoundTrip returns the next response to the URL, else to the same path with a query of the
// same names, because tokens differ at each view of a page.
func (t *captureTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		_ = request.Body.Close()
	}
	target := *request.URL
	target.Fragment, target.RawFragment = "", ""
	for _, fits := range []func(*exchange) bool{
		func(x *exchange) bool { return !t.used[x] && x.url.String() == target.String() },
		func(x *exchange) bool { return x.url.String() == target.String() },
		func(x *exchange) bool {
			names := slices.Equal(slices.Sorted(maps.Keys(x.url.Query())), slices.Sorted(maps.Keys(target.Query())))
			return !t.used[x] && x.url.Host == target.Host && x.url.Path == target.Path && names
		},
	} {
		i := slices.IndexFunc(t.exchanges, func(x *exchange) bool { return x.method == request.Method && fits(x) })
		if i >= 0 {
			x := t.exchanges[i]
			t.used[x] = true
			return replay.NewResponse(request, x.page.Status, x.page.Header.Clone(), x.page.Body), nil
		}
	}
	return nil, fmt.Errorf("%s %s is not in the capture", request.Method, web.RedactURL(&target))
}
