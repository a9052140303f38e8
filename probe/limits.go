package probe

import "time"

// How long a probe takes and how much it keeps, whatever the network does.
const (
	totalTime   = 15 * time.Second        // a whole probe, the way to the portal's page included
	deadTime    = 2800 * time.Millisecond // from the start to "limited" where nothing happens
	slowTime    = 6 * time.Second         // the same where the network is slow, but does something
	settleTime  = 2 * time.Second         // from a lone success to the verdict, for a second operator to confirm it
	confirmTime = time.Second             // from a lone interception to the verdict, for others to confirm or outvote it
	leastTrip   = 50 * time.Millisecond   // what one more round trip is taken for at least
	apiTime     = 2 * time.Second         // from the verdict, for an RFC 8908 document that is still out
	hopTime     = 8 * time.Second         // from a request to the head of its answer, on the way to the portal's page: small gateways are slow
	bodyTime    = 2 * time.Second         // from the head of an answer to the end of what is kept of its body

	maxRefresh  = 10 * time.Second // delay of a refresh that is followed; a page with a longer one is meant to be read
	maxHops     = 10               // answers kept on the way to the portal's page
	maxHeader   = 64 << 10         // octets of header kept of an answer
	maxBody     = 64 << 10         // octets of body kept of an answer
	maxWanted   = 4096             // octets of an endpoint's right body
	maxDocument = 4096             // characters of an RFC 8908 document, as in Android
	maxDetail   = 200              // octets of an answer's or an error's description
)

// Whose requests the checks imitate. A desktop browser's gets what a person would
// see, while some portals answer the operating systems' own checkers with a false
// success, and some with their WISPr message.
const (
	browserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	wisprAgent   = "CaptiveNetworkSupport-346.50.1 wispr"
)

// What requests accept. openNDS compares the type of RFC 8908 octet by octet, so
// nothing may stand beside it.
const (
	acceptPage     = "text/html,application/xhtml+xml,*/*;q=0.8"
	acceptDocument = "application/captive+json"
)
