package claims

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

// Reasons of a helper that declines.
const (
	ReasonLate     = "no answer in time" // the evaluation ended first
	ReasonNoPortal = "claims by evidence only, and no portal was seen"
)
