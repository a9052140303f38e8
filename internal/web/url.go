package web

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ResolveReference returns ref relative to base, which may be nil. Like the WHATWG URL
// parser, and unlike net/url alone, it accepts what portals write: white space around and
// in it, backslashes, stray percent signs.
func ResolveReference(base *url.URL, ref string) (*url.URL, error) {
	u, err := url.Parse(tidyReference(ref))
	if err != nil {
		if detail, ok := errors.AsType[*url.Error](err); ok {
			err = detail.Err // the rest is the whole URL with its query
		}
		return nil, fmt.Errorf("parse URL: %w", err)
	}
	if base != nil {
		page := *base // net/url hands its fragment on to an empty reference
		page.Fragment, page.RawFragment = "", ""
		u = page.ResolveReference(u)
	}
	return u, nil
}

// isWeb reports whether a URL is http or https.
func isWeb(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

// tidyReference does what the WHATWG URL parser does before and while it reads.
func tidyReference(ref string) string {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' })
	ref = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(ref)
	rest, fragment, hasFragment := strings.Cut(ref, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	ref = escapeStrayPercent(strings.ReplaceAll(path, `\`, "/"))
	if hasQuery {
		ref += "?" + EscapeQuery(query)
	}
	if hasFragment {
		ref += "#" + escapeStrayPercent(fragment)
	}
	return ref
}

// escapeStrayPercent escapes each "%" that begins no percent-encoded byte.
func escapeStrayPercent(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		out.WriteByte(text[i])
		if text[i] == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			out.WriteString("25")
		}
	}
	return out.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// EscapeQuery escapes the bytes of a query that the WHATWG URL standard escapes (its
// special-query percent-encode set); net/url would send a space or a quote as it is.
func EscapeQuery(query string) string {
	var out strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"#<>'`, c) >= 0 {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}
