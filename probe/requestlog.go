package probe

import (
	"log/slog"
	"net/http"
	"time"

	"hotspot-helper/internal/web"
)

// requestLog is a transport that logs each request when it has ended, so that a logger that
// waits delays none.
type requestLog struct {
	http.RoundTripper
	logger *slog.Logger
	family Family
}

// RoundTrip sends the request, and logs where it went, leaving out what identifies a session.
func (l requestLog) RoundTrip(request *http.Request) (*http.Response, error) {
	began := time.Now()
	response, err := l.RoundTripper.RoundTrip(request)
	attrs := []any{"url", web.RedactURLText(request.URL.String()), "family", l.family, "accept", request.Header.Get("Accept"), "elapsed", time.Since(began)}
	switch {
	case err == nil:
		attrs = append(attrs, "status", response.StatusCode)
	case request.Context().Err() != nil:
		attrs = append(attrs, "error", "not waited for")
	default:
		attrs = append(attrs, "error", errorDetail(err))
	}
	l.logger.DebugContext(request.Context(), "request", attrs...)
	return response, err
}

// CloseIdleConnections closes those of the transport.
func (l requestLog) CloseIdleConnections() {
	(&http.Client{Transport: l.RoundTripper}).CloseIdleConnections()
}
