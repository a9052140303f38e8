package flow

import "time"

// What one flow may hold. A real portal needs a fraction of it; the limits keep
// a broken file from costing anything.
const (
	maxHosts   = 50
	maxInputs  = 20
	maxSteps   = 100
	maxCases   = 20      // of a step
	maxQueries = 20      // of one expect, when or until
	maxFields  = 100     // of one submit, post or capture, and of each table or list in a JSON body
	maxDepth   = 8       // of nested tables and lists in a JSON body
	maxText    = 4 << 10 // bytes of one template, selector or pattern
	maxName    = 64      // bytes of the name of a step, input or capture
	maxTerms   = 120     // characters of the name of somebody's terms
	maxDecode  = 4       // decoders of one query
	minEvery   = 10      // seconds between two runs of a flow that keeps a session
	maxEvery   = 86400   // as above
)

// What one run takes from a page, and how long it waits.
const (
	maxFound     = 1000     // values that one query looks at
	maxTokens    = 1 << 17  // tokens of the inline scripts of one page
	maxRead      = 1 << 20  // tokens of expressions that one query reads
	maxCapture   = 16 << 10 // bytes of one captured value
	maxQuote     = 120      // bytes of hostile text that an error or a reason shows
	maxRefresh   = 10 * time.Second
	maxExpires   = 366 * 24 * time.Hour
	randomDigits = 128 // hexadecimal digits that random_hex gives at most
)
