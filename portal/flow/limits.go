package flow

import "time"

// The limits of a file. Real portals need a fraction of them; they bound the cost of a
// broken file.
const (
	maxHosts   = 50
	maxInputs  = 20
	maxSteps   = 100
	maxCases   = 20      // of a step
	maxQueries = 20      // of one expect, when or until
	maxFields  = 100     // of one submit, post or capture, and of each table or list in a JSON body
	maxHeaders = 20      // of a step
	maxDepth   = 8       // of nesting in a JSON body
	maxText    = 4 << 10 // bytes of one template, selector or pattern
	maxName    = 64      // bytes of the name of a step, input or capture
	maxTerms   = 120     // characters of the name of terms
	maxDecode  = 4       // decoders of one query
	minEvery   = 5       // seconds between two keepalives
	maxEvery   = 86400   // seconds between two keepalives
)

// The limits of a run.
const (
	maxWork      = 400_000_000 // units of work of one step, of about 10 ns: its queries and templates together
	maxTryWork   = 4_000_000   // units of work of a template that is tried without its values
	maxFound     = 1000        // values that one query tests
	maxRead      = 1 << 20     // tokens of expressions, and bytes of literals, that one query reads
	maxNodes     = 200_000     // values and keys of the JSON bodies of a page
	maxCapture   = 16 << 10    // bytes of one captured value
	maxCaptured  = 256 << 10   // bytes of the captures of a flow together
	maxValue     = 64 << 10    // bytes of one value within a template, and of its result
	maxTainted   = 1 << 10     // bytes of one text computed from a secret that is searched for
	maxOffered   = 1 << 20     // bytes of remembered forms
	maxQuote     = 120         // bytes of hostile text that an error or a reason shows
	maxRefresh   = 30 * time.Second
	maxExpires   = 366 * 24 * time.Hour
	maxAfter     = 31 * 24 * time.Hour // of Result.After
	randomDigits = 128                 // maximum of random_hex

	// closedLate is how long a connection stays open at least if the portal waited in vain for its
	// authentication server. That takes 50 s with CoovaChilli; a refusal, with the delay of FreeRADIUS, a
	// second or two.
	closedLate = 10 * time.Second
)
