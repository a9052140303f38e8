package probe

import "time"

// How long a probe takes and how much it keeps, regardless of what the network does.
const (
	totalTime   = 15 * time.Second        // a whole probe, with the chain to the portal's page
	deadTime    = 2800 * time.Millisecond // from the start to "limited" if the network does nothing
	slowTime    = 6 * time.Second         // the same if the network is slow
	settleTime  = 2 * time.Second         // from a lone success to the verdict, for a second operator to confirm it
	confirmTime = time.Second             // from a lone interception to the verdict, for others to confirm or outvote it
	leastTrip   = 50 * time.Millisecond   // one more round trip, at least
	apiTime     = 2 * time.Second         // from the verdict, for an RFC 8908 document that is pending
	hopTime     = 8 * time.Second         // from a request to the head of its response, in the chain to the portal's page: small gateways are slow
	gentleTime  = 20 * time.Second        // the same, and from a check to its answer, of a gateway that answers one request after the other
	gentleTotal = 90 * time.Second        // a whole probe of such a gateway, as long as it does not answer otherwise
	bodyTime    = 2 * time.Second         // from the head of a response to the end of what is kept of its body

	maxRefresh  = 10 * time.Second // delay of a refresh that is followed; a page with a longer one is meant to be read
	maxHops     = 10               // responses kept of the chain to the portal's page
	maxHeader   = 64 << 10         // bytes of header kept of a response
	maxBody     = 64 << 10         // bytes of body kept of a response
	maxWanted   = 4096             // bytes of an endpoint's right body
	maxDocument = 4096             // characters of an RFC 8908 document, as in Android
	maxDetail   = 200              // bytes of the description of a response or an error
)

// The User-Agents. A desktop browser gets what a person would see; some portals answer the
// checks of operating systems with a false success, and some with their WISPr message.
const (
	browserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	wisprAgent   = "CaptiveNetworkSupport-346.50.1 wispr"
)

// The Accept headers. openNDS compares the type of RFC 8908 byte by byte, so the header
// must have no other.
const (
	acceptPage     = "text/html,application/xhtml+xml,*/*;q=0.8"
	acceptDocument = "application/captive+json"

	// On the way to the portal's page, as in a login.
	acceptHop      = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"
	acceptLanguage = "en"
)
