package link

import (
	"context"
	"net/url"
	"strings"
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
// the lease of a standalone DHCP client; then router advertisements.
func (r *reader) api(ctx context.Context, nm manager, s State) (uri, source string) {
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
			r.log().Debug("captive portal API is no URI", "interface", s.Interface, "source", candidate.name, "value", found)
		case uri == "":
			uri, source = found, candidate.name
		case found != uri:
			// RFC 8910, section 3, requires a warning, because the network is misconfigured.
			r.log().Warn("two captive portal APIs offered", "interface", s.Interface, "used", uri, "source", source, "other", found, "other_source", candidate.name)
		}
	}
	return uri, source
}
