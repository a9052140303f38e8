package probe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// startAPIQuery requests an RFC 8908 document. What an intercepted check answers is the
// portal's page anyway; the API that the link offers may turn out to be one.
func (r *run) startAPIQuery(ctx context.Context, transport http.RoundTripper, url string, offered bool) {
	api := r.api
	api.pending = true
	r.start(func() func() {
		document, err := fetchDocument(ctx, transport, url)
		return func() {
			api.document, api.at, api.pending = document, r.elapsed(), false
			if offered && errors.Is(err, errIsPage) {
				api.page = url
			}
			if busy, ok := errors.AsType[*busyError](err); offered && ok {
				api.busy, api.after = true, busy.after
			}
			if err != nil {
				r.logger.Debug("no captive portal API document", "error", err)
			}
		}
	})
}

// queryInterceptor requests the document from an intercepted check, because openNDS answers
// there. It does so once, and only after the portal was announced: a filter that was taken
// for a portal has no API.
func (r *run) queryInterceptor(ctx context.Context) {
	check, _ := r.bestInterception()
	if check == nil || r.isGentle || r.cancelQuery != nil || apiURL(r.link) != "" || diesOfAPIQuery(check.page.redirectTarget()) {
		return
	}
	ctx, r.cancelQuery = context.WithCancel(ctx)
	r.startAPIQuery(ctx, r.transportFrom(check.Family), check.URL, false)
}

// diesOfAPIQuery reports whether a redirect is of openNDS: the versions 10.1.3 to 11.0.0beta
// answer a request for a document and then crash, and with them the network of everybody there.
func diesOfAPIQuery(redirect *url.URL) bool {
	return redirect != nil && strings.HasPrefix(redirect.Path, "/opennds_preauth/")
}

// cancelAPIQuery cancels that request and drops its answer.
func (r *run) cancelAPIQuery() {
	if r.cancelQuery != nil {
		r.cancelQuery()
		r.cancelQuery, r.api = nil, &capportState{}
	}
}
