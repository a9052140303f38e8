package web

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// redacted replaces what is left out.
const redacted = "…"

// minToken is how long a part of a URL's path must be to be taken for a token, not a word.
const minToken = 16

// RedactURL returns a URL for reasons, notes, errors and logs, which people pass on. Query
// values and path segments may identify a session; with them others could take it over.
// Scheme, host, path and the names of the query remain. Each query value, a part of the query
// without a name, the fragment and each path segment that may be a token become "…". User and
// password are removed. Nil becomes "".
func RedactURL(u *url.URL) string {
	switch {
	case u == nil:
		return ""
	case u.Opaque != "":
		return u.Scheme + ":" + redacted
	}
	place := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath, OmitHost: u.OmitHost}
	path := u.EscapedPath()
	text := strings.TrimSuffix(place.String(), path) + redactPath(path)
	if u.RawQuery != "" || u.ForceQuery {
		text += "?" + redactQuery(u.RawQuery)
	}
	if u.Fragment != "" {
		text += "#" + redacted
	}
	return text
}

// RedactURLText is [RedactURL] of a text. A text that is no URL is redacted in the same way.
func RedactURLText(text string) string {
	rest, _, hasFragment := strings.Cut(text, "#")
	address, query, hasQuery := strings.Cut(rest, "?")
	if u, err := url.Parse(address); err == nil {
		address = RedactURL(u)
	} else {
		address = redactPath(address)
	}
	if hasQuery {
		address += "?" + redactQuery(query)
	}
	if hasFragment {
		address += "#" + redacted
	}
	return address
}

// RedactRefresh is [RedactURLText] for the URL in the value of a Refresh header. Of a value that
// browsers ignore nothing remains.
func RedactRefresh(value string) string {
	target, after, ok := ParseRefresh(value)
	text := strconv.Itoa(int(after.Seconds()))
	switch {
	case !ok:
		return redacted
	case target == "":
		return text
	}
	return text + "; url=" + RedactURLText(target)
}

// RedactError describes an error with the URL in it redacted.
func RedactError(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return (&url.Error{Op: e.Op, URL: RedactURLText(e.URL), Err: e.Err}).Error()
	}
	return err.Error()
}

// redactPath replaces the segments that may be tokens.
func redactPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if IsToken(part) {
			parts[i] = redacted
		}
	}
	return strings.Join(parts, "/")
}

// IsToken reports whether a segment of a URL's path looks like a token: it is long, and not all
// small letters with marks between them, as words are.
func IsToken(part string) bool {
	return len(part) >= minToken && strings.Trim(part, "abcdefghijklmnopqrstuvwxyz-_.") != ""
}

// redactQuery replaces a part without "=" whole: gateways put bare session tokens there.
func redactQuery(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, named := strings.Cut(part, "=")
		switch {
		case named:
			parts[i] = name + "=" + redacted
		case part != "":
			parts[i] = redacted
		}
	}
	return strings.Join(parts, "&")
}
