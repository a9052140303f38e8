package portal

import (
	"time"

	"hotspot-helper/internal/web"
)

// The limits of one session. A portal is hostile until proven otherwise, so each response
// is bounded in size, time, redirects and count.
const (
	// MaxBody is the maximum size of a response body in bytes, after decompression, both before
	// and after conversion to UTF-8. The rest is not read.
	MaxBody = 1 << 20
	// MaxHeader is the maximum size of a response header in bytes.
	MaxHeader = web.MaxHead
	// MaxURL is the maximum length of a URL in bytes.
	MaxURL = 16 << 10
	// MaxHops is the maximum number of redirects that one Open, Submit or Post follows.
	MaxHops = 20
	// MaxRequests is the maximum number of requests of a session, with redirects.
	MaxRequests = 100
	// MaxWork bounds one search of a page, in the units of [web.Search]: about 150 ms.
	MaxWork = 15_000_000
	// MaxTraceFields is the maximum number of field names in an exchange of the trace.
	MaxTraceFields = 100
	// StepTimeout bounds one request, from dialling to the last byte of its body.
	// RADIUS servers behind a portal take up to 50 s to refuse.
	StepTimeout = 60 * time.Second
	// FlowTimeout bounds a whole login; the caller puts it into the context.
	FlowTimeout = 5 * time.Minute
)
