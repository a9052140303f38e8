package probe

import (
	"maps"
	"net/http"
	"slices"

	"hotspot-helper/internal/web"
)

// Shown returns evidence for people, reports and other programs. Anyone who has the address
// of a session could take it over, so of the query of each address only the names stay,
// and a long part of a path that may be a token goes. Bodies stay as they are. A claim needs
// the evidence itself.
func (e Evidence) Shown() Evidence {
	e.PortalURL = web.RedactURLText(e.PortalURL)
	e.Hops = slices.Clone(e.Hops)
	for i, hop := range e.Hops {
		e.Hops[i].URL = web.RedactURLText(hop.URL)
		e.Hops[i].Header = shownHeader(hop.Header)
	}
	e.CAPPORT = e.CAPPORT.Shown()
	return e
}

// shownHeader returns a header with the addresses redacted that a browser follows.
func shownHeader(header http.Header) http.Header {
	shown := maps.Clone(header)
	for name, redact := range map[string]func(string) string{"Location": web.RedactURLText, "Refresh": web.RedactRefresh} {
		values := slices.Clone(header[name])
		for i, value := range values {
			values[i] = redact(value)
		}
		if values != nil {
			shown[name] = values
		}
	}
	return shown
}

// Shown returns the document for people, as [Evidence.Shown] does. Nil becomes nil.
func (c *CAPPORT) Shown() *CAPPORT {
	if c == nil {
		return nil
	}
	shown := *c
	for _, address := range []*string{&shown.URL, &shown.UserPortalURL, &shown.VenueInfoURL} {
		*address = web.RedactURLText(*address)
	}
	return &shown
}
