package flow

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
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
	Terms    string            `json:"terms,omitempty"`      // whose terms the user has not agreed to
	Captures map[string]string `json:"captures,omitempty"`   // any bytes, hostile, without those that hold a secret; an optional one not found is ""
	Expires  time.Duration     `json:"expires_ns,omitempty"` // how long the login lasts; 0: not told
	Every    time.Duration     `json:"every_ns,omitempty"`   // how often the session is to be kept; 0: not told. A flow leaves it to its pack
}

func (r *run) result(i int, outcome Outcome, reason string) Result {
	result := Result{Outcome: outcome, Step: r.flow.steps[i].id, Reason: reason, Captures: map[string]string{}}
	for name, value := range r.captures {
		if !value.IsSecret() {
			result.Captures[name] = value.Reveal()
		}
	}
	if outcome == Submitted {
		result.Expires = r.expires()
	}
	return result
}

// ended is the result of a case. One that asks the user for what is not given says what.
func (r *run) ended(i int, b *branch) Result {
	result := r.result(i, b.outcome, "")
	for _, q := range b.when {
		if name, ok := q.lacks(); ok && b.outcome == NeedsUser && result.Missing == "" {
			in, _ := r.flow.input(name)
			result.Missing, result.Reason = name, in.Prompt
		}
	}
	if b.reason != "" || result.Reason == "" {
		result.Reason = r.reason(b)
	}
	return result
}

// reason returns the author's reason, else what the portal shows there.
func (r *run) reason(b *branch) string {
	if b.reason != "" {
		return b.reason
	}
	v := r.view()
	for _, q := range b.when {
		if text, _ := q.first(v); text != "" && q.tells() {
			return "the portal says " + v.quote(text)
		}
	}
	return fmt.Sprintf("%s %s", b.when[0], v.where())
}

// expires reads how long the login lasts; 0 where the flow does not tell, or the
// portal told nonsense.
func (r *run) expires() time.Duration {
	if r.flow.expires == nil {
		return 0
	}
	text, err := r.plain(r.flow.expires)
	if err != nil {
		return 0 // a capture on a way that was not taken
	}
	return parseExpires(strings.TrimSpace(text))
}

// parseExpires reads seconds or a Go duration.
func parseExpires(text string) time.Duration {
	lasts, err := time.ParseDuration(text)
	if seconds, bad := strconv.ParseFloat(text, 64); bad == nil && !math.IsNaN(seconds) {
		lasts, err = time.Duration(min(max(seconds, 0), maxExpires.Seconds()+1)*float64(time.Second)), nil
	}
	if err != nil || lasts < 0 || lasts > maxExpires {
		return 0
	}
	return lasts
}

func parseOutcome(text string) (Outcome, bool) {
	for i, name := range outcomeNames {
		if i > 0 && name == text {
			return Outcome(i), true
		}
	}
	return OutcomeUnknown, false
}
