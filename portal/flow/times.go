package flow

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Unix times in seconds and milliseconds are numbers of these ranges; smaller numbers are
// durations in seconds. The first Unix time is in September 2001.
const (
	firstUnix      = 1e9
	firstUnixMilli = 1e12
	lastUnixMilli  = 1e13
)

// layouts are the spellings of a time, after those of RFC 9110 (HTTP). One without an
// offset is UTC.
var layouts = [...]string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}

// parseTime reads a time: ISO 8601, the date of an HTTP header, or a Unix time.
func parseTime(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if number, err := strconv.ParseFloat(text, 64); err == nil {
		return unixTime(number)
	}
	if t, err := http.ParseTime(text); err == nil {
		return t, true
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func unixTime(number float64) (time.Time, bool) {
	switch {
	case firstUnix <= number && number < firstUnixMilli:
		return time.UnixMilli(int64(number * 1000)), true
	case firstUnixMilli <= number && number < lastUnixMilli:
		return time.UnixMilli(int64(number)), true
	}
	return time.Time{}, false
}

// parseSpan reads seconds, a Go duration, or a time, which is that far from now. It may be
// negative. False means none of them.
func parseSpan(text string, now time.Time) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	if t, ok := parseTime(text); ok {
		return t.Sub(now), true // at most 292 years
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(seconds) {
		const most = maxExpires + time.Second // longer than any limit
		return time.Duration(min(max(seconds, -1), most.Seconds()) * float64(time.Second)), true
	}
	span, err := time.ParseDuration(text)
	return span, err == nil
}

// parseExpires reads how long a login lasts. A span that is negative or too long is not
// known: 0.
func parseExpires(text string, now time.Time) time.Duration {
	lasts, ok := parseSpan(text, now)
	if !ok || lasts < 0 || lasts > maxExpires {
		return 0
	}
	return lasts
}

// parseAfter reads when another attempt may work. A span that has passed is not known: 0; a
// longer one than the limit is the limit.
func parseAfter(text string, now time.Time) time.Duration {
	span, ok := parseSpan(text, now)
	if !ok {
		return 0
	}
	return min(max(span, 0), maxAfter)
}
