package probe

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hotspot-helper/internal/web"
)

// Shown returns evidence for people, reports and other programs. Anyone who has the address
// of a session could take it over, so of the query of each address only the names stay,
// and a long part of a path that may be a token goes. Of headers only those values stay that describe
// the response. Bodies stay as they are, and so does WISPr, which is of one. A claim needs
// the evidence itself.
func (e Evidence) Shown() Evidence {
	e.PortalURL = web.RedactURLText(e.PortalURL)
	e.Hops = slices.Clone(e.Hops)
	for i, hop := range e.Hops {
		e.Hops[i].URL = web.RedactURLText(hop.URL)
		e.Hops[i].Header = shownHeader(hop.Header)
	}
	e.CAPPORT = e.CAPPORT.Shown()
	if e.Link.API != unrestricted {
		e.Link.API = web.RedactURLText(e.Link.API)
	}
	return e
}

// shownHeader returns a header without what may identify a session: of most values only the
// length stays, and addresses are redacted. Nil becomes nil.
func shownHeader(header http.Header) http.Header {
	if header == nil {
		return nil
	}
	shown := http.Header{}
	for name, values := range header {
		show := headerShown(name)
		for _, value := range values {
			shown[name] = append(shown[name], show(value))
		}
	}
	return shown
}

// headerShown returns what shows a value of a header.
func headerShown(name string) func(string) string {
	switch name {
	case "Location", "Content-Location":
		return web.RedactURLText
	case "Refresh":
		return web.RedactRefresh
	case "Link":
		return shownLinks
	case "Cache-Control", "Connection", "Content-Encoding", "Content-Language", "Content-Length", "Content-Type",
		"Date", "Expires", "Pragma", "Retry-After", "Server", "Transfer-Encoding", "Vary", "Via":
		return func(value string) string { return value }
	}
	return shownLength
}

func shownLength(value string) string { return fmt.Sprintf("[%d bytes]", len(value)) }

// shownLinks returns the addresses of a Link header (RFC 8288, section 3), redacted.
func shownLinks(value string) string {
	var links []string
	for rest := value; ; {
		_, after, found := strings.Cut(rest, "<")
		address, next, closed := strings.Cut(after, ">")
		if !found || !closed {
			break
		}
		links, rest = append(links, "<"+web.RedactURLText(address)+">"), next
	}
	if links == nil {
		return shownLength(value)
	}
	return strings.Join(links, ", ")
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
