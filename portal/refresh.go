package portal

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
)

const htmlSpace = " \t\n\f\r"

// Refresh returns where the page wants to go by itself, and after how long, at most
// MaxRefresh: its first meta refresh that can be read, or else its Refresh header.
// Without a target in it, that is the page itself. It reports false if there is none, or
// if the target is not http or https.
func (p *Page) Refresh() (u *url.URL, after time.Duration, ok bool) {
	p.Document().Find("meta[http-equiv][content]").EachWithBreak(func(_ int, meta *goquery.Selection) bool {
		if strings.EqualFold(meta.AttrOr("http-equiv", ""), "refresh") {
			u, after, ok = p.parseRefresh(meta.AttrOr("content", ""))
		}
		return !ok
	})
	if !ok {
		u, after, ok = p.parseRefresh(p.Header.Get("Refresh"))
	}
	return u, after, ok
}

// parseRefresh follows the shared declarative refresh steps (WHATWG HTML, section 4.2.5.3).
func (p *Page) parseRefresh(content string) (*url.URL, time.Duration, bool) {
	content = strings.TrimLeft(content, htmlSpace)
	rest := strings.TrimLeft(content, "0123456789")
	digits := content[:len(content)-len(rest)]
	if digits == "" && !strings.HasPrefix(rest, ".") {
		return nil, 0, false
	}
	rest = strings.TrimLeft(rest, "0123456789.")
	if rest != "" && !strings.ContainsAny(rest[:1], ";,"+htmlSpace) {
		return nil, 0, false
	}
	u, err := p.Resolve(refreshTarget(rest))
	if err != nil {
		return nil, 0, false
	}
	return u, refreshDelay(digits), true
}

// refreshTarget returns the URL after the delay, "" for none.
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
	return rest
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
