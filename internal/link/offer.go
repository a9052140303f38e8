package link

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
)

// unrestricted says that there is no portal (RFC 8910, section 2).
const unrestricted = "urn:ietf:params:capport:unrestricted"

// isAPI reports whether the text may be the URI of a captive portal API.
func isAPI(text string) bool {
	if text == unrestricted {
		return true
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || strings.ContainsAny(text, " \t\r\n") {
		return false
	}
	return parsed.Scheme == "https" || parsed.Scheme == "http"
}

// api returns the captive portal API that the network offers (RFC 8910) and its source. The
// manager of the link comes first, because it knows DHCP and router advertisements; then
// the lease of a standalone DHCP client; then router advertisements. The log gets no text of the network: the
// secrets that it may repeat are not known here.
func (r *reader) api(ctx context.Context, nm manager, s State) (uri, source string) {
	var others, uris []string
	for _, candidate := range []struct {
		name string
		read func() (string, error)
	}{
		{"systemd-networkd", func() (string, error) { return r.networkd(s.Index, "CAPTIVE_PORTAL") }},
		{"networkmanager", func() (string, error) { return nm.api(ctx) }},
		{"dhclient", func() (string, error) { return r.leasedAPI(s) }},
		{"router-advertisement", func() (string, error) { return r.adverts.of(s) }},
	} {
		found, err := candidate.read()
		switch {
		case err != nil:
			r.log().Debug("captive portal API not found", "interface", s.Interface, "source", candidate.name, "cause", err)
		case !isAPI(found):
			r.log().Debug("captive portal API is no URI", "interface", s.Interface, "source", candidate.name, "bytes", len(found))
		case uri == "":
			uri, source = found, candidate.name
		case found != uri:
			others = append(others, candidate.name)
			uris = append(uris, found)
		}
	}
	if len(others) > 0 && r.conflicts.isNew(s.Interface, append(uris, uri, source)) {
		// RFC 8910, section 3, requires a warning, because the network is misconfigured.
		r.log().Warn("different captive portal APIs offered", "interface", s.Interface, "used", source, "others", strings.Join(others, " "))
	}
	return uri, source
}

// conflictPace is the time between warnings about one link: a network can offer another API all the time.
const conflictPace = 10 * time.Minute

// conflicts are the offers that were warned of last on each link. The zero value is empty.
type conflicts map[string]conflict

type conflict struct {
	offers []string
	said   time.Time
}

// isNew reports whether offers have to be warned of: they differ from the last ones, and those were long ago.
func (c *conflicts) isNew(iface string, offers []string) bool {
	last, ok := (*c)[iface]
	if ok && (slices.Equal(last.offers, offers) || time.Since(last.said) < conflictPace) {
		return false
	}
	if *c == nil {
		*c = conflicts{}
	}
	(*c)[iface] = conflict{offers, time.Now()}
	return true
}
