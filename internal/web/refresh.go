package web

import (
	"strconv"
	"strings"
	"time"
)

// MaxRefresh is the longest delay of a refresh that is reported.
const MaxRefresh = 24 * time.Hour

// Space is ASCII white space as HTML has it (WHATWG Infra, section 4.6).
const Space = " \t\n\f\r"

// ParseRefresh reads the value of a Refresh header or of a meta element's content (shared
// declarative refresh steps, WHATWG HTML, section 4.2.5.3). It returns the URL, "" for the
// page itself, and the delay in whole seconds, at most [MaxRefresh]. It reports false for a value
// that browsers ignore.
func ParseRefresh(value string) (target string, after time.Duration, ok bool) {
	value = strings.TrimLeft(value, Space)
	rest := strings.TrimLeft(value, "0123456789")
	digits := value[:len(value)-len(rest)]
	if digits == "" && !strings.HasPrefix(rest, ".") {
		return "", 0, false
	}
	rest = strings.TrimLeft(rest, "0123456789.")
	if rest != "" && !strings.ContainsAny(rest[:1], ";,"+Space) {
		return "", 0, false
	}
	return refreshTarget(rest), refreshDelay(digits), true
}

// refreshTarget returns the URL that follows the delay, "" for none.
func refreshTarget(rest string) string {
	rest = strings.TrimLeft(rest, Space)
	if rest != "" && (rest[0] == ';' || rest[0] == ',') {
		rest = strings.TrimLeft(rest[1:], Space)
	}
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		if value, ok := strings.CutPrefix(strings.TrimLeft(rest[3:], Space), "="); ok {
			rest = strings.TrimLeft(value, Space)
		}
	}
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		rest, _, _ = strings.Cut(rest[1:], rest[:1])
	}
	return strings.Trim(rest, Space)
}

func refreshDelay(digits string) time.Duration {
	if digits == "" {
		return 0
	}
	seconds, err := strconv.Atoi(digits)
	if err != nil || seconds > int(MaxRefresh/time.Second) {
		return MaxRefresh
	}
	return time.Duration(seconds) * time.Second
}
