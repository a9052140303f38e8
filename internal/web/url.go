package web

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ResolveReference returns ref relative to base, which may be nil. Like the WHATWG URL
// parser, and unlike net/url alone, it accepts what portals write: white space around and
// in it, backslashes, stray percent signs, too few or too many slashes before the host. A port
// that is the scheme's default goes, so that one URL has one spelling.
func ResolveReference(base *url.URL, ref string) (*url.URL, error) {
	ref = tidyReference(base, ref)
	u, err := resolve(base, ref, strayPercent)
	if err != nil {
		return nil, err
	}
	if verbatim, err := resolve(base, ref, strayMark); err == nil && u.RawPath == "" && !hasMark(base, ref) {
		if path := strings.ReplaceAll(verbatim.EscapedPath(), url.PathEscape(strayMark), "%"); path != verbatim.EscapedPath() {
			u.RawPath = path
		}
	}
	dropDefaultPort(u)
	return u, nil
}

// What stands for a "%" that begins no percent-encoded byte: what net/url reads as a "%", and
// characters of private use, by which the place of the sign is found again.
const (
	strayPercent = "%25"
	strayMark    = "\uf8fe\uf8ff"
)

func hasMark(base *url.URL, ref string) bool {
	return strings.Contains(ref, strayMark) || strings.Contains(strings.ToUpper(ref), url.PathEscape(strayMark)) || base != nil && strings.Contains(base.Path, strayMark)
}

// resolve resolves a tidy reference with another text for each stray percent sign.
func resolve(base *url.URL, ref, stray string) (*url.URL, error) {
	path := ref
	if end := strings.IndexAny(ref, "?#"); end >= 0 {
		path = ref[:end]
	}
	u, err := url.Parse(escapePath(replaceStrayPercent(path, stray)) + ref[len(path):])
	if err != nil {
		if detail, ok := errors.AsType[*url.Error](err); ok {
			err = detail.Err // the rest is the whole URL with its query
		}
		return nil, fmt.Errorf("parse URL: %w", err)
	}
	if base == nil {
		return u, nil
	}
	page := *base // net/url hands its fragment on to an empty reference
	page.Fragment, page.RawFragment = "", ""
	if path := replaceStrayPercent(base.RawPath, stray); path != base.RawPath {
		if page.Path, err = url.PathUnescape(path); err != nil {
			return nil, fmt.Errorf("parse URL: %w", err)
		}
		page.RawPath = ""
	}
	return page.ResolveReference(u), nil
}

// escapePath escapes what the WHATWG URL standard escapes in a path, not in the host before it.
// net/url would take such a path apart and write it anew.
func escapePath(path string) string {
	start := 0
	if slashes := strings.Index(path, "//"); slashes == 0 || slashes > 0 && path[slashes-1] == ':' && isScheme(path[:slashes-1]) {
		start = len(path)
		if end := strings.IndexByte(path[slashes+2:], '/'); end >= 0 {
			start = slashes + 2 + end
		}
	}
	return path[:start] + escapeBytes(path[start:], "\"<>^`{|}")
}

func dropDefaultPort(u *url.URL) {
	port := u.Port()
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		u.Host = strings.TrimSuffix(strings.TrimSuffix(u.Host, port), ":")
	}
}

// RequestURL returns the URL to request for one of [ResolveReference]: net/url would write a
// stray percent sign of its path as "%25", and a browser sends it as it stands.
func RequestURL(u *url.URL) *url.URL {
	odd := strings.ContainsFunc(u.RawPath, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '?' || r == '#' })
	escaped := replaceStrayPercent(u.RawPath, strayPercent)
	if odd || escaped == u.RawPath || escaped != u.EscapedPath() || !strings.HasPrefix(escaped, "/") || strings.HasPrefix(escaped, "//") {
		return u
	}
	sent := *u
	sent.Opaque = u.RawPath
	return &sent
}

// isWeb reports whether a URL is http or https.
func isWeb(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

// tidyReference does what the WHATWG URL parser does before and while it reads. Stray percent
// signs stay in the path.
func tidyReference(base *url.URL, ref string) string {
	ref = strings.TrimFunc(ref, func(r rune) bool { return r <= ' ' })
	ref = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(ref)
	rest, fragment, hasFragment := strings.Cut(ref, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	ref = tidySlashes(base, path)
	if hasQuery {
		ref += "?" + EscapeQuery(query)
	}
	if hasFragment {
		ref += "#" + replaceStrayPercent(fragment, strayPercent)
	}
	return ref
}

// tidySlashes returns a reference up to its query with the slashes that are wanted: two before
// a host. A scheme without any, or with one, that is the page's own precedes a path.
func tidySlashes(base *url.URL, path string) string {
	scheme, rest, found := strings.Cut(path, ":")
	isHTTP := found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
	if !isHTTP {
		if found && isScheme(scheme) {
			return path // backslashes of another scheme mean something else
		}
		path = strings.ReplaceAll(path, `\`, "/")
		if strings.HasPrefix(path, "//") {
			return "//" + strings.TrimLeft(path, "/")
		}
		return path
	}
	rest = strings.ReplaceAll(rest, `\`, "/")
	if base != nil && strings.EqualFold(scheme, base.Scheme) && !strings.HasPrefix(rest, "//") {
		return rest
	}
	return scheme + "://" + strings.TrimLeft(rest, "/")
}

// isScheme reports whether a text may stand before the colon of a URL.
func isScheme(text string) bool {
	for i, c := range text {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || strings.ContainsRune("+-.", c))) {
			return false
		}
	}
	return text != ""
}

// UnescapeQuery decodes a part of a query as browsers do: a "%" that begins no percent-encoded byte stays.
func UnescapeQuery(text string) string {
	plain, _ := url.QueryUnescape(replaceStrayPercent(text, strayPercent)) // has no other mistake
	return plain
}

// Unpercent decodes percent-encoded bytes as decodeURIComponent does, and keeps the rest: a "+", and a "%" that begins no
// percent-encoded byte.
func Unpercent(text string) string {
	plain, _ := url.PathUnescape(replaceStrayPercent(text, strayPercent)) // has no other mistake
	return plain
}

// replaceStrayPercent replaces each "%" that begins no percent-encoded byte.
func replaceStrayPercent(text, by string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		if text[i] == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			out.WriteString(by)
		} else {
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// EscapeQuery escapes the bytes of a query that the WHATWG URL standard escapes (its
// special-query percent-encode set); net/url would send a space or a quote as it is.
func EscapeQuery(query string) string { return escapeBytes(query, `"#<>'`) }

// escapeBytes escapes the bytes that are not visible ASCII, and these.
func escapeBytes(text, set string) string {
	var out strings.Builder
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(set, c) >= 0 {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// EscapeComponent escapes a text for a URL as encodeURIComponent does (ECMA-262, section
// 19.2.6.4): scripts write queries with it. A space becomes "%20", not the "+" of a form.
func EscapeComponent(text string) string {
	var out strings.Builder
	for i := range len(text) {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.!~*'()", c) >= 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}
