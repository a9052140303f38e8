package probe

import (
	"context"
	"errors"
	"net/http"
)

// askAPI asks for an RFC 8908 document. What an intercepted URL answers is the
// portal's page anyway; what the link offers as its API may be one.
func (r *run) askAPI(ctx context.Context, transport http.RoundTripper, url string, offered bool) {
	api := r.api
	api.asking = true
	r.do(func() func() {
		document, err := askAPI(ctx, transport, url)
		return func() {
			api.document, api.at, api.asking = document, r.elapsed(), false
			if offered && errors.Is(err, errIsPage) {
				api.page = url
			}
			if err != nil {
				r.logger.Debug("no captive portal API document", "error", err)
			}
		}
	})
}

// inquire asks an intercepted check for a captive portal API's document, which openNDS
// answers there. It is done once, and only of a portal that is told: where a filter was
// taken for one, nothing comes of it.
func (r *run) inquire(ctx context.Context) {
	o, _ := r.interception()
	if o == nil || r.inquiry != nil || apiURL(r.link) != "" {
		return
	}
	asking, cancel := context.WithCancel(ctx)
	r.inquiry = cancel
	r.askAPI(asking, r.transportFrom(o.Family), o.URL, false)
}

// hush gives that question up, and forgets its answer.
func (r *run) hush() {
	if r.inquiry != nil {
		r.inquiry()
		r.inquiry, r.api = nil, &opinion{}
	}
}
