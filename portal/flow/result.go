package flow

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"hotspot-helper/portal"
)

// Outcome is what a flow says of itself. Whether the link is online is not
// among it: only the connectivity probe tells. Zero means not known.
type Outcome uint8

// The outcomes.
const (
	OutcomeUnknown Outcome = iota
	Submitted              // all was sent; the probe tells what came of it
	Denied                 // the portal refused, for example a wrong PIN
	NeedsUser              // a person must act: a value is missing, or the portal asks what no flow can answer
	Unsupported            // this variant of the portal is one the flow does not know, on purpose
)

var outcomeNames = [...]string{"unknown", "submitted", "denied", "needs-user", "unsupported"}

// String returns the word that flows, JSON and logs use.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("unknown(%d)", uint8(o))
}

// MarshalText writes the word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Result is how a flow ended.
type Result struct {
	Outcome  Outcome           `json:"outcome"`
	Step     string            `json:"step"`                 // the step that decided
	Reason   string            `json:"reason"`               // one sentence; for a missing input, its prompt
	Missing  string            `json:"missing,omitempty"`    // name of the input that the user has not given
	Captures map[string]string `json:"captures,omitempty"`   // any bytes, hostile, without those that hold a secret; an optional one not found is ""
	Expires  time.Duration     `json:"expires_ns,omitempty"` // how long the login lasts; 0: not told
	Every    time.Duration     `json:"every_ns,omitempty"`   // how often the session is to be kept; 0: not told. A flow leaves it to its pack
}

// Env is what a run of a flow knows beside the pages it meets.
type Env struct {
	// Inputs looks up what the user provided, at each use, so that a secret
	// is held no longer than needed. False means the user gave none.
	Inputs func(name string) (portal.Value, bool, error)
	// Terms says why the flow may not accept somebody's terms in the user's name, in a
	// sentence for people; empty: the user agreed. Nil: nobody was asked, so it may not.
	Terms           func(terms string) (refusal string)
	Probe           map[string]string // url: the portal's address, host: its host, api: the RFC 8908 API
	Hops            []*portal.Page    // what led the probe to the portal's page, first to last, without that page
	Link            map[string]string // interface, address, gateway
	Session         map[string]string // Captures of the flow that logged in, for keepalive and logoff
	SessionCaptures []string          // names of the captures that later flows read from Session: never told to anybody
	Progress        func(step string) // optional: told the id of each step as it starts
	Observe         func(Decision)    // optional: told what came of each step that did not fail

	// What makes each run different. Nil is the real one; a replay gives others.
	Now    func() time.Time                                 // the clock that now_ms tells
	Random io.Reader                                        // where random_hex takes its digits from
	Sleep  func(ctx context.Context, d time.Duration) error // lets time pass; an error where ctx ends before
}

// StepError is a step that failed: the portal did not answer, or not as the
// flow expects. Its text holds no secret.
type StepError struct {
	Flow string // file of the flow
	Step string // id of the step
	URL  string // current page, masked; empty before the first
	Err  error
}

// Error names the flow, the step and the page before the cause.
func (e *StepError) Error() string {
	at := ""
	if e.URL != "" {
		at = " at " + e.URL
	}
	cause := strings.TrimPrefix(e.Err.Error(), fmt.Sprintf("step %q: ", e.Step)) // a session names the step, too
	return fmt.Sprintf("run %s: step %q%s: %s", e.Flow, e.Step, at, cause)
}

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }
