package flow

import (
	"context"
	"fmt"
	"time"
)

// Outcome is how a flow ended. It does not say whether the link is online: only the
// connectivity probe does. Zero means not known.
type Outcome uint8

// The outcomes.
const (
	OutcomeUnknown Outcome = iota
	Submitted              // all was sent; the probe verifies it
	Denied                 // the portal refused, for example because of a wrong PIN
	NeedsUser              // a person must act: an input is missing, or the portal asks for what no flow can answer
	Unsupported            // the flow does not support this variant of the portal
	Later                  // a limit that passes: the same login may work later, see Result.After
)

var outcomeNames = [...]string{"unknown", "submitted", "denied", "needs-user", "unsupported", "later"}

// String returns the word that flows, JSON and logs use.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("unknown(%d)", uint8(o))
}

// MarshalText returns [Outcome.String].
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Cause says what a flow that ended as [Later] or [NeedsUser] waits for. Empty: nothing more is
// known than the outcome says.
type Cause string

// The causes.
const (
	CauseUnreachable Cause = "unreachable" // of Later: the service that decides on logins does not answer
	CauseCode        Cause = "code"        // of NeedsUser: the portal asks for a one-time code
)

// outcome returns the one that a cause goes with, OutcomeUnknown if there is no such cause.
func (c Cause) outcome() Outcome {
	switch c {
	case CauseUnreachable:
		return Later
	case CauseCode:
		return NeedsUser
	default:
		return OutcomeUnknown
	}
}

// Result is the result of a flow.
type Result struct {
	Outcome  Outcome           `json:"outcome"`
	Step     string            `json:"step"`                 // the step that decided
	Cause    Cause             `json:"cause,omitempty"`      // of Later and NeedsUser: what it waits for
	Reason   string            `json:"reason"`               // one sentence; for a missing input, its prompt
	Missing  string            `json:"missing,omitempty"`    // name of the input without a value
	Terms    string            `json:"terms,omitempty"`      // the terms without consent
	Captures map[string]string `json:"captures,omitempty"`   // hostile bytes, without captures that contain a secret; an optional one not found is ""
	Expires  time.Duration     `json:"expires_ns,omitempty"` // how long the login lasts; 0: not known
	After    time.Duration     `json:"after_ns,omitempty"`   // of Later: when another attempt may work; 0: not known
	Every    time.Duration     `json:"every_ns,omitempty"`   // the interval of the keepalive; 0: not known. The pack sets it
}

func (r *run) result(i int, outcome Outcome, reason string) Result {
	result := Result{Outcome: outcome, Step: r.flow.steps[i].id, Reason: reason, Captures: map[string]string{}}
	for name := range r.captures {
		if value, _ := r.kept(name); !value.IsSecret() {
			result.Captures[name] = value.Reveal()
		}
	}
	if outcome == Submitted {
		result.Expires = r.expires()
	}
	return result
}

// ended returns the result of a case. One that needs an absent input names the input.
func (r *run) ended(ctx context.Context, i int, b *branch) Result {
	result := r.result(i, b.outcome, "")
	result.Cause = b.cause
	for _, q := range b.when {
		if name, ok := q.absentInput(); ok && b.outcome == NeedsUser && result.Missing == "" {
			in, _ := r.flow.input(name)
			result.Missing, result.Reason = name, in.Prompt
		}
	}
	if b.outcome == Later {
		result.After = r.after(b)
	}
	if b.reason != "" || result.Reason == "" {
		result.Reason = r.reason(ctx, b)
	}
	return result
}

// reason returns the reason in the file, else what the portal shows.
func (r *run) reason(ctx context.Context, b *branch) string {
	if b.reason != "" {
		return b.reason
	}
	v := r.view(ctx)
	for _, q := range b.when {
		if text, _ := q.first(v); text != "" && q.isForPeople() {
			return "the portal says " + v.quote(text)
		}
	}
	return fmt.Sprintf("%s %s", b.when[0], v.where())
}

// expires returns how long the login lasts, 0 if the flow or the portal gives no valid
// duration.
func (r *run) expires() time.Duration {
	if r.flow.expires == nil {
		return 0
	}
	text, err := r.plain(r.flow.expires)
	if err != nil {
		return 0 // a capture of a step that was skipped
	}
	return parseExpires(text, r.env.now())
}

// after returns when another attempt may work, 0 if the flow or the portal does not say.
func (r *run) after(b *branch) time.Duration {
	if b.after == nil {
		return 0
	}
	text, err := r.plain(b.after)
	if err != nil {
		return 0 // a capture that was not found
	}
	return parseAfter(text, r.env.now())
}

func parseOutcome(text string) (Outcome, bool) {
	for i, name := range outcomeNames {
		if i > 0 && name == text {
			return Outcome(i), true
		}
	}
	return OutcomeUnknown, false
}
