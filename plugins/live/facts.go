package live

import (
	"net/http"
	"regexp"

	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// network is a network as helpers see it.
type network struct {
	SSID     string   `json:"ssid"` // \xNN is a byte that is not printable text
	Security string   `json:"security"`
	BSSIDs   []string `json:"bssids"`
}

// maxBSSIDs is how many access points of a network a helper sees.
const maxBSSIDs = 20

func networkOf(n wifi.Network) network {
	shown := network{SSID: n.SSID.String(), Security: n.Security().String(), BSSIDs: []string{}}
	for _, bss := range n.BSSs[:min(len(n.BSSs), maxBSSIDs)] {
		shown.BSSIDs = append(shown.BSSIDs, bss.BSSID.String())
	}
	return shown
}

// portalFacts are the evidence as helpers see it.
type portalFacts struct {
	URL     string `json:"url"`
	Hops    []hop  `json:"hops"`
	WISPr   string `json:"wispr"`
	API     string `json:"api"` // of the portal (RFC 8908), if the link names one
	Gateway string `json:"gateway"`
	Address string `json:"address"` // of this computer on the link; not in a claim
}

// hop is one response on the way to the portal's page.
type hop struct {
	URL       string      `json:"url"`
	Status    int         `json:"status"` // 0: there was none
	Headers   http.Header `json:"headers"`
	Body      string      `json:"body"`
	Truncated bool        `json:"truncated"`
	Error     string      `json:"error"`
}

func factsOf(e probe.Evidence) portalFacts {
	facts := portalFacts{URL: e.PortalURL, Hops: []hop{}, WISPr: e.WISPr, API: e.Link.API}
	if len(e.Link.Gateways) > 0 {
		facts.Gateway = e.Link.Gateways[0].String()
	}
	if len(e.Link.Addresses) > 0 {
		facts.Address = e.Link.Addresses[0].Addr().String()
	}
	for _, h := range e.Hops {
		facts.Hops = append(facts.Hops, hop{h.URL, h.Status, h.Header, h.Body, h.Truncated, h.Error})
	}
	return facts
}

// hardwareAddress matches one with separators, which may be percent-encoded.
var hardwareAddress = regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:(?::|-|%3a|%2d)[0-9a-f]{2}){5}\b`)

// shownFacts are the evidence for a claim, which says what kind of portal it is and not who asks:
// without values of queries, cookies, and addresses of this computer, as in reports. Secrets that are
// known are masked in all evidence.
func shownFacts(e probe.Evidence) portalFacts {
	e = e.Shown()
	facts := factsOf(e)
	facts.Address = ""
	mask := func(text string) string { return hardwareAddress.ReplaceAllString(text, "02:00:00:00:00:00") }
	facts.WISPr = mask(facts.WISPr)
	for i := range facts.Hops {
		facts.Hops[i].Body = mask(facts.Hops[i].Body)
	}
	return facts
}
