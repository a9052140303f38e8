package web

import (
	"strconv"
	"strings"
	"time"
)

const (
	htmlSpace  = " \t\n\f\r"
	maxRefresh = 24 * time.Hour
)

// ParseRefresh reads the value of a Refresh header or of a meta element's content (shared
// declarative refresh steps, WHATWG HTML, section 4.2.5.3). It returns the URL, "" for the
// page itself, and the delay in whole seconds, at most a day. It reports false for a value
// that browsers ignore.
func ParseRefresh(value string) (target string, after time.Duration, ok bool) {
	value = strings.TrimLeft(value, htmlSpace)
	rest := strings.TrimLeft(value, "0123456789")
	digits := value[:len(value)-len(rest)]
	if digits == "" && !strings.HasPrefix(rest, ".") {
		return "", 0, false
	}
	rest = strings.TrimLeft(rest, "0123456789.")
	if rest != "" && !strings.ContainsAny(rest[:1], ";,"+htmlSpace) {
		return "", 0, false
	}
	return refreshTarget(rest), refreshDelay(digits), true
}

// refreshTarget returns the URL that follows the delay, "" for none.
func refreshTarget(rest string) string {
	rest = strings.TrimLeft(rest, htmlSpace)
	if rest != "" && (rest[0] == ';' || rest[0] == ',') {
		rest = strings.TrimLeft(rest[1:], htmlSpace)
	}
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		if value, ok := strings.CutPrefix(strings.TrimLeft(rest[3:], htmlSpace), "="); ok {
			rest = strings.TrimLeft(value, htmlSpace)
		}
	}
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		rest, _, _ = strings.Cut(rest[1:], rest[:1])
	}
	return strings.Trim(rest, htmlSpace)
}

func refreshDelay(digits string) time.Duration {
	if digits == "" {
		return 0
	}
	seconds, err := strconv.Atoi(digits)
	if err != nil || seconds > int(maxRefresh/time.Second) {
		return maxRefresh
	}
	return time.Duration(seconds) * time.Second
}
