package claims

import (
	"errors"

	"hotspot-helper/internal/web"
)

// Claim is the answer of one helper about one network.
type Claim struct {
	Helper      string     `json:"helper"`
	Confidence  Confidence `json:"confidence"`
	Specificity int        `json:"specificity"`      // how unlikely the rule matches by chance; greater is more specific
	Priority    int        `json:"priority"`         // set by the user, among equal claims; greater first
	Label       string     `json:"label,omitempty"`  // for the network list
	Rule        string     `json:"rule,omitempty"`   // the rule that matched; empty if none did
	Reason      string     `json:"reason,omitempty"` // why the helper declined

	unread error // why the page was not read; nil: it was, or need not be
}

// IsUndecided reports whether the helper declined because it could not see all of the
// evidence: it had no time, or the page is too complex or too much work.
func (c Claim) IsUndecided() bool {
	return c.Confidence == None && (c.Reason == ReasonLate || c.unread != nil)
}

// Decline returns the claim with confidence none and the error as its reason. The helper is
// undecided if the error is [web.ErrTooComplex] or [web.ErrTooMuchWork].
func (c Claim) Decline(err error) Claim {
	c.Confidence, c.Reason, c.unread = None, err.Error(), nil
	for _, unread := range []error{web.ErrTooComplex, web.ErrTooMuchWork} {
		if errors.Is(err, unread) {
			c.unread = unread
		}
	}
	return c
}

// Reasons of a helper that declines.
const (
	ReasonLate     = "no answer in time" // the evaluation ended first
	ReasonNoPortal = "claims by evidence only, and no portal was seen"
)
