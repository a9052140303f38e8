// Package probe finds out whether a link reaches the Internet or stands behind
// a captive portal, the way the operating systems do, and keeps what it saw.
package probe

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"hotspot-helper/internal/web"
)

// Link is what is known of a network interface without a request.
type Link struct {
	Interface string         `json:"interface"`                // name, for example wlan0
	Index     int            `json:"index"`                    // kernel's number of it
	Carrier   bool           `json:"carrier"`                  // administratively up and connected
	Addresses []netip.Prefix `json:"addresses,omitempty"`      // usable ones: no link-local, none tentative
	Gateways  []netip.Addr   `json:"gateways,omitempty"`       // of its default routes, best metric first
	DNS       []netip.Addr   `json:"dns,omitempty"`            // name servers of this link, in order
	API       string         `json:"capport,omitempty"`        // RFC 8910: URI of the captive portal API that the link offers
	APISource string         `json:"capport_source,omitempty"` // where API comes from, in a word

	// AnswersVia is the interface at which this computer's strict reverse-path filter wants what
	// the Internet sends over IPv4, if not at this one, where it drops it.
	AnswersVia string `json:"answers_via,omitempty"`
}

// Evidence is what one probe saw on one link. It is gathered once and shared, so that a
// helper needs no network to claim. Saved evidence replays any claim.
type Evidence struct {
	Verdict   Verdict   `json:"verdict"`
	Reason    string    `json:"reason"` // one sentence: why this verdict
	Time      time.Time `json:"time"`   // when the verdict was reached
	Link      Link      `json:"link"`
	Network   string    `json:"network,omitempty"`    // identity of the joined network, filled in by the agent; empty: not known
	PortalURL string    `json:"portal_url,omitempty"` // where a person would log in
	Hops      []Hop     `json:"hops,omitempty"`       // from the intercepted check to the portal's page
	WISPr     string    `json:"wispr,omitempty"`      // the WISPAccessGatewayParam element that a hop had, as sent
	CAPPORT   *CAPPORT  `json:"api,omitempty"`        // the RFC 8908 document, if there is one
	Checks    []Check   `json:"checks,omitempty"`     // every endpoint requested, over each address family

	Elapsed  time.Duration   `json:"elapsed_ns"`             // from the start of the probe to the verdict
	Families []FamilyVerdict `json:"families,omitempty"`     // of each address family that was used
	Notes    []string        `json:"notes,omitempty"`        // what was wrong or remarkable, but did not decide
	APIBusy  bool            `json:"api_busy,omitempty"`     // the link's captive portal API answered 429 or 503
	APIAfter time.Duration   `json:"api_after_ns,omitempty"` // when it is to be asked again, if it said so
	// LocalObstacle is what of this computer itself keeps every check from being answered; Reason
	// explains it.
	LocalObstacle web.Obstacle `json:"obstacle,omitempty"`

	Look bool `json:"look,omitempty"` // only one operator was asked, because the link was believed online
	// Silent says of a limited link that connections are accepted and nothing comes back: its gateway
	// may be busy with other requests, see [Prober.Gently].
	Silent bool `json:"silent,omitempty"`
	// Gentle says that one thing was asked at a time, as the gateway needs it.
	Gentle bool `json:"gentle,omitempty"`
	// Undisturbed says that nothing else can have ended what the portal's page at the end of Hops began,
	// so that a login may begin there: see [Prober.Visit].
	Undisturbed bool `json:"-"`
}

// Hop is one response of the redirect chain to the portal's page.
type Hop struct {
	URL       string      `json:"url"`
	Status    int         `json:"status,omitempty"` // 0: no response, see Error
	Header    http.Header `json:"header,omitempty"`
	Body      string      `json:"body,omitempty"`      // beginning of it, in UTF-8
	Truncated bool        `json:"truncated,omitempty"` // the body goes on, or ended too early
	Error     string      `json:"error,omitempty"`
	// Obstacle is what keeps the page from being read; Error explains it.
	Obstacle web.Obstacle `json:"obstacle,omitempty"`
}

// Obstacle returns what of this computer keeps the checks from being answered, or what keeps the
// portal's page from being read; "" for nothing.
func (e Evidence) Obstacle() web.Obstacle {
	if e.LocalObstacle != "" || len(e.Hops) == 0 {
		return e.LocalObstacle
	}
	return e.Hops[len(e.Hops)-1].Obstacle
}

// Unread says why the portal's page was not read, as the end of a sentence; empty: it was, or there is
// none.
func (e Evidence) Unread() string {
	if e.Verdict != VerdictPortal || e.LocalObstacle != "" || e.Obstacle() == "" {
		return ""
	}
	return strings.TrimPrefix(e.Hops[len(e.Hops)-1].Error, untrusted)
}

// BusyText says that the portal's page is busy; empty: it is not.
func (e Evidence) BusyText() string {
	after, isBusy := e.Busy()
	if !isBusy {
		return ""
	}
	last := e.Hops[len(e.Hops)-1]
	host := last.URL
	if u, err := url.Parse(last.URL); err == nil {
		host = u.Host
	}
	return shorten(web.DescribeBusy(host, last.Status, after))
}

// CheckResult is what the response of one endpoint means. Zero means pending.
type CheckResult string

// The results.
const (
	CheckOnline CheckResult = "online" // the response that only the endpoint gives
	CheckPortal CheckResult = "portal" // an interceptor's response
	CheckFailed CheckResult = "failed" // no response, or one that means nothing
)

// Timeline is how long each stage of a check took; a stage that did not end is nil.
type Timeline struct {
	DNS       *time.Duration `json:"dns_ns,omitempty"`        // resolving the name
	Connect   *time.Duration `json:"connect_ns,omitempty"`    // TCP handshake
	TLS       *time.Duration `json:"tls_ns,omitempty"`        // TLS handshake
	FirstByte *time.Duration `json:"first_byte_ns,omitempty"` // from the request to the first byte of the response
	Address   string         `json:"address,omitempty"`       // connected to, or tried last
}

// Check is the request to one endpoint.
type Check struct {
	Endpoint string        `json:"endpoint"` // its name in the catalogue
	URL      string        `json:"url"`
	Result   CheckResult   `json:"result,omitempty"`
	Detail   string        `json:"detail,omitempty"` // the response or the error in a few words
	Elapsed  time.Duration `json:"elapsed_ns"`       // from the start of the probe to the response
	Family   Family        `json:"family,omitempty"` // of the connection
	Timeline Timeline      `json:"timeline"`
}

// CAPPORT is a captive portal API document (RFC 8908, section 5).
type CAPPORT struct {
	URL              string   `json:"url"`     // of the request
	Trusted          bool     `json:"trusted"` // fetched over verified TLS
	Captive          bool     `json:"captive"`
	UserPortalURL    string   `json:"user_portal_url,omitempty"`
	VenueInfoURL     string   `json:"venue_info_url,omitempty"`
	CanExtendSession bool     `json:"can_extend_session,omitempty"`
	SecondsRemaining *float64 `json:"seconds_remaining,omitempty"` // nil: not given
	BytesRemaining   *float64 `json:"bytes_remaining,omitempty"`   // nil: not given
	Notes            []string `json:"notes,omitempty"`             // what of it violates the RFC
}

// Busy reports whether the portal's page says that it is busy, and when to ask again: see
// [web.RetryAfter].
func (e Evidence) Busy() (after time.Duration, isBusy bool) {
	if e.Verdict != VerdictPortal || len(e.Hops) == 0 {
		return 0, false
	}
	last := e.Hops[len(e.Hops)-1]
	return web.RetryAfter(last.Status, last.Header)
}
