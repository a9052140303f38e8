package flow

import (
	"net/url"
	"strings"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// setQuery sets a parameter of a URL's query, in the place of the first of its name. It
// keeps the rest verbatim, because gateways sign it.
func setQuery(rawURL, name, value string) string {
	address, fragment, hasFragment := strings.Cut(rawURL, "#")
	address, query, _ := strings.Cut(address, "?")
	set := urlEncode(name) + "=" + urlEncode(value)
	var kept []string
	placed := false
	for part := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(part, "=")
		switch {
		case web.Unpercent(key) != name:
			kept = append(kept, part)
		case !placed:
			kept, placed = append(kept, set), true
		}
	}
	if !placed {
		kept = append(kept, set)
	}
	address += "?" + strings.TrimPrefix(strings.Join(kept, "&"), "&")
	if hasFragment {
		address += "#" + fragment
	}
	return address
}

func urlEncode(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// rawQueryOf returns the verbatim query of a URL.
func rawQueryOf(rawURL string) string {
	address, _, _ := strings.Cut(rawURL, "#")
	_, query, _ := strings.Cut(address, "?")
	return query
}

// urlHost returns the host of a URL with its port, if any.
func urlHost(rawURL string) (string, bool) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return "", false
	}
	return u.Host, true
}

// resolve resolves a reference on a page, as a browser does.
func resolve(base, ref string) (string, error) {
	wrong := &valueError{"resolve wants the whole URL of a page, and a reference to an http or https URL"}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return "", wrong
	}
	target, err := (&portal.Page{URL: u}).Resolve(ref)
	if err != nil {
		return "", wrong
	}
	return target.String(), nil
}
