package probe

import "time"

// How long a probe takes and how much it keeps, whatever the network does.
const (
	totalTime  = 15 * time.Second // a whole probe, the way to the portal's page included
	checkTime  = 5 * time.Second  // from the start to the verdict
	settleTime = 2 * time.Second  // from a first success to the verdict, for a second operator to confirm it
	apiTime    = 2 * time.Second  // from the verdict, for an RFC 8908 document that is still out
	hopTime    = 8 * time.Second  // from a request to the head of its answer, on the way to the portal's page: small gateways are slow
	bodyTime   = 2 * time.Second  // from the head of an answer to the end of what is kept of its body

	maxHops     = 10       // answers kept on the way to the portal's page
	maxHeader   = 64 << 10 // octets of header kept of an answer
	maxBody     = 64 << 10 // octets of body kept of an answer
	maxWanted   = 4096     // octets of an endpoint's right body
	maxDocument = 4096     // characters of an RFC 8908 document, as in Android
	maxDetail   = 200      // octets of an answer's or an error's description
)

// userAgent is a desktop browser's: portals treat it as what a person would
// use, and some answer the operating systems' own checkers with a false success.
const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// What requests accept. openNDS compares the type of RFC 8908 octet by octet, so
// nothing may stand beside it.
const (
	acceptPage     = "text/html,application/xhtml+xml,*/*;q=0.8"
	acceptDocument = "application/captive+json"
)
