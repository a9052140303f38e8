package probe

import (
	"net/http"
	"slices"

	"hotspot-helper/internal/web"
)

// Shown returns evidence for people, reports and other programs. Whoever has the address of
// a session could take the session over, so of the query of each address only the names stay,
// and a long part of a path that may be a token goes. Bodies stay as they are. A claim needs
// the evidence itself.
func (e Evidence) Shown() Evidence {
	e.PortalURL = web.RedactURLText(e.PortalURL)
	e.Hops = slices.Clone(e.Hops)
	for i, hop := range e.Hops {
		e.Hops[i].URL = web.RedactURLText(hop.URL)
		if hop.Header.Get("Location") != "" {
			header := http.Header{}
			for name, values := range hop.Header {
				header[name] = values
			}
			header.Set("Location", web.RedactURLText(header.Get("Location")))
			e.Hops[i].Header = header
		}
	}
	e.CAPPORT = e.CAPPORT.Shown()
	return e
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
