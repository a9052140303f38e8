package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// shortestRetry and longestRetry bound what [RetryAfter] returns.
const shortestRetry, longestRetry = time.Second, 10 * time.Minute

// RetryAfter reports whether a response says that its server is busy: status 429 (RFC 6585,
// section 4) or 503 (RFC 9110, section 15.6.4). It also returns when to ask again, from 1 s to 10 min;
// 0 if the response does not say. A date counts from that of the response, since the server's clock
// may be wrong.
func RetryAfter(status int, header http.Header) (after time.Duration, isBusy bool) {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return 0, false
	}
	text := strings.TrimSpace(header.Get("Retry-After"))
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		after = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		now, err := http.ParseTime(header.Get("Date"))
		if err != nil {
			now = time.Now()
		}
		after = at.Sub(now)
	} else {
		return 0, true
	}
	return min(max(after, shortestRetry), longestRetry), true
}

// DescribeBusy says that a host is busy, and when it wants to be asked again; 0: it did not say.
func DescribeBusy(host string, status int, after time.Duration) string {
	text := fmt.Sprintf("%s answers %d", oneLine(host), status)
	if after == 0 {
		return text + " without a time"
	}
	return text + fmt.Sprintf(", to be asked again in %v (Retry-After)", after)
}
