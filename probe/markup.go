package probe

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDelay is the longest a refresh may take, in seconds, to count as a hop: a
// longer one reloads a page that people are meant to read.
const maxDelay = 10

// The value of a refresh (HTML, section 4.2.5.3), with what browsers forgive, and
// a WISPr element (WISPr 1.0, section 6) with any prefix, in a comment or not.
// XML parsers refuse what gateways send: bare ampersands, a declaration in mid-document.
var (
	refreshForm = regexp.MustCompile(`(?s)^\s*(\d{1,9})[\d.]*\s*[;,\s]\s*(.+)$`)
	refreshKey  = regexp.MustCompile(`(?i)^url\s*=\s*`)
	wisprForm   = regexp.MustCompile(`(?is)<(?:[a-z][\w.-]*:)?WISPAccessGatewayParam\b.*?</(?:[a-z][\w.-]*:)?WISPAccessGatewayParam\s*>`)
)

// findWISPr returns the first WISPr element of the hops as sent, or "".
func findWISPr(hops []Hop) string {
	for _, h := range hops {
		if found := wisprForm.FindString(h.Body); found != "" {
			return found
		}
	}
	return ""
}

// parseRefresh returns the URL of a refresh that is due within maxDelay, or "".
func parseRefresh(value string) string {
	match := refreshForm.FindStringSubmatch(value)
	if match == nil {
		return ""
	}
	if delay, err := strconv.Atoi(match[1]); err != nil || delay > maxDelay {
		return ""
	}
	target := strings.TrimSpace(refreshKey.ReplaceAllLiteralString(match[2], ""))
	if quote := target[:min(1, len(target))]; quote == `"` || quote == "'" {
		target, _, _ = strings.Cut(target[1:], quote)
	}
	return strings.TrimSpace(target)
}

// metaRefresh returns the target of the first meta refresh of an HTML document,
// relative to its own base, or nil. Text, scripts, comments and noscript hold none.
func metaRefresh(body string, at *url.URL) *url.URL {
	base := at
	tokenizer := html.NewTokenizer(strings.NewReader(body))
	for kind := tokenizer.Next(); kind != html.ErrorToken; kind = tokenizer.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := tokenizer.Token()
		switch token.DataAtom {
		case atom.Base:
			if u, err := at.Parse(attribute(token, "href")); err == nil && base == at {
				base = u
			}
		case atom.Meta:
			if u := refreshOf(token, base); u != nil {
				return u
			}
		}
	}
	return nil
}

// refreshOf returns the target of a meta element that is a refresh, or nil.
func refreshOf(meta html.Token, base *url.URL) *url.URL {
	if !strings.EqualFold(attribute(meta, "http-equiv"), "refresh") {
		return nil
	}
	target := parseRefresh(attribute(meta, "content"))
	if target == "" {
		return nil
	}
	u, err := base.Parse(target)
	if err != nil {
		return nil
	}
	return u
}

func attribute(token html.Token, name string) string {
	for _, a := range token.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}
