package claims

import (
	"strings"

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
}

// IsUndecided reports whether the helper declined because it could not see all of the
// evidence: it had no time, or the page is too complex or too much work.
func (c Claim) IsUndecided() bool {
	return c.Confidence == None && (c.Reason == ReasonLate || c.unread() != "")
}

// unread returns why the page was not read, as the reason says.
func (c Claim) unread() string {
	for _, err := range []error{web.ErrTooComplex, web.ErrTooMuchWork} {
		if strings.Contains(c.Reason, err.Error()) {
			return err.Error()
		}
	}
	return ""
}

// Reasons of a helper that declines.
const (
	ReasonLate     = "no answer in time" // the evaluation ended first
	ReasonNoPortal = "claims by evidence only, and no portal was seen"
)
