package link

import (
	"context"
	"net/url"
	"strings"
)

// unrestricted says that there is no portal (RFC 8910, section 2).
const unrestricted = "urn:ietf:params:capport:unrestricted"

// isAPI says whether a captive portal API may bear that URI.
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

// api finds the captive portal API that the network offers (RFC 8910), and who
// knows of it. Whoever manages the link comes first, for it knows all of the ways to
// learn it; then the lease of a DHCP client alone; then what routers advertise.
func (r *reader) api(ctx context.Context, nm manager, s State) (uri, source string) {
	for _, place := range []struct {
		name string
		read func() (string, error)
	}{
		{"systemd-networkd", func() (string, error) { return r.networkd(s.Index, "CAPTIVE_PORTAL") }},
		{"networkmanager", func() (string, error) { return nm.api(ctx) }},
		{"dhclient", func() (string, error) { return r.leasedAPI(s) }},
		{"router-advertisement", func() (string, error) { return r.adverts.of(s) }},
	} {
		found, err := place.read()
		switch {
		case err != nil:
			r.log().Debug("captive portal API not found", "interface", s.Interface, "source", place.name, "cause", err)
		case !isAPI(found):
			r.log().Debug("captive portal API is no URI", "interface", s.Interface, "source", place.name, "value", found)
		case uri == "":
			uri, source = found, place.name
		case found != uri:
			// A mistake of the network's that its owner should hear of (RFC 8910, section 3).
			r.log().Warn("two captive portal APIs offered", "interface", s.Interface, "used", uri, "source", source, "other", found, "other_source", place.name)
		}
	}
	return uri, source
}
