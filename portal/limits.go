package portal

import "time"

// The limits of one session. What a portal sends is hostile until proven dull, so
// each answer is bounded in size, time, hops and count, and all bounds stand here.
const (
	// MaxBody is how many bytes of one response body are kept, counted after
	// decompression and before conversion to UTF-8. What is beyond it is not read.
	MaxBody = 1 << 20
	// MaxHeader is how many bytes the header of one response may have.
	MaxHeader = 64 << 10
	// MaxURL is how many bytes the URL of one request may have.
	MaxURL = 16 << 10
	// MaxHops is how many redirects one Open, Submit or Post follows.
	MaxHops = 20
	// MaxRequests is how many requests one session sends, redirects included.
	MaxRequests = 100
	// MaxCookies is how many cookies of one response are kept, and how many are sent.
	MaxCookies = 50
	// MaxCookie is how many bytes the name and the value of one cookie may have together.
	MaxCookie = 4 << 10
	// MaxTraceFields is how many field names one line of the trace lists.
	MaxTraceFields = 100
	// StepTimeout bounds one request, from dialling to the last byte of its body.
	// RADIUS servers behind a portal were seen to take 50 s to say no.
	StepTimeout = 60 * time.Second
	// FlowTimeout bounds a whole login; the session's user puts it into the context.
	FlowTimeout = 5 * time.Minute
	// MaxRefresh is the longest delay that [Page.Refresh] reports.
	MaxRefresh = 24 * time.Hour
)
