package probe

import (
	"errors"
	"net/url"
	"strings"
)

// masked returns a URL for reasons, notes, errors and logs, which people pass on: what a
// portal puts into its query tells one session from another. The names of the query
// stay; each value, a part without a name and the fragment become "…"; user and
// password go. What is no URL is masked in the same way.
func masked(text string) string {
	text, _, fragment := strings.Cut(text, "#")
	address, query, asks := strings.Cut(text, "?")
	if u, err := url.Parse(address); err == nil && u.Opaque != "" {
		return u.Scheme + ":…"
	} else if err == nil && u.User != nil {
		u.User = nil
		address = u.String()
	}
	if asks {
		address += "?" + maskedQuery(query)
	}
	if fragment {
		address += "#…"
	}
	return address
}

func maskedQuery(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, named := strings.Cut(part, "=")
		switch {
		case named:
			parts[i] = name + "=…"
		case part != "":
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "&")
}

// maskedError describes an error; one of a URL repeats it.
func maskedError(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return (&url.Error{Op: e.Op, URL: masked(e.URL), Err: e.Err}).Error()
	}
	return err.Error()
}
