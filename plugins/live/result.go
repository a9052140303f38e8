package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"hotspot-helper/portal/flow"
)

// resultReply is how a flow ended, as the helper says it.
type resultReply struct {
	Outcome string            `json:"outcome"`
	Reason  string            `json:"reason"`
	Missing string            `json:"missing"`
	Session map[string]string `json:"session"`
	Expires int64             `json:"expires"`
	Every   int64             `json:"every"`
	After   int64             `json:"after"`
}

// answerReply is the answer to a flow.
type answerReply struct {
	Result resultReply `json:"result"`
}

// The limits of a result.
const (
	maxSession      = 20       // values
	maxSessionValue = 16 << 10 // bytes
	maxExpires      = 366 * 24 * time.Hour
	minEvery        = 5 * time.Second
	maxEvery        = 24 * time.Hour
	maxAfter        = 31 * 24 * time.Hour
)

// outcomes are the words of results.
func outcomes() map[string]flow.Outcome {
	return map[string]flow.Outcome{
		"submitted": flow.Submitted, "denied": flow.Denied, "needs-user": flow.NeedsUser,
		"unsupported": flow.Unsupported, "later": flow.Later,
	}
}

// conclude makes the result of what the helper says. What only the user can allow decides, unless the
// login went on without it.
func (h *Helper) conclude(x *exchanger, step string, reply json.RawMessage) (flow.Result, error) {
	var raw answerReply
	h.notes.compare(step, reply, raw)
	err := decode(reply, &raw)
	outcome, isKnown := outcomes()[raw.Result.Outcome]
	if x.refused != nil && outcome != flow.Submitted {
		if needed, ok := errors.AsType[*termsError](x.refused); ok {
			return flow.Result{Outcome: flow.NeedsUser, Step: step, Reason: needed.refusal, Terms: needed.terms}, nil
		}
		return flow.Result{}, x.refused
	}
	switch {
	case err != nil:
		return flow.Result{}, fmt.Errorf("run helper %s: read its result: %s", h.name, shown(err.Error(), x.session.Redact, maxReported))
	case raw.Result.Outcome == "":
		return flow.Result{}, fmt.Errorf("run helper %s: read its result: it has no result.outcome", h.name)
	case !isKnown:
		return flow.Result{}, fmt.Errorf("run helper %s: read its result: there is no outcome %q", h.name, shown(raw.Result.Outcome, x.session.Redact, maxReason))
	}
	return h.result(x, step, outcome, raw.Result), nil
}

// result bounds all that a helper says. Session values that contain a secret, or whose names do, are left out.
func (h *Helper) result(x *exchanger, step string, outcome flow.Outcome, raw resultReply) flow.Result {
	result := flow.Result{
		Outcome: outcome, Step: step,
		Reason: shown(raw.Reason, x.session.Redact, maxReported),
	}
	if outcome == flow.NeedsUser && raw.Missing != "" {
		result.Reason = fmt.Sprintf("the helper wants an input %q, which it does not describe", shown(raw.Missing, x.session.Redact, maxReason))
		for _, in := range h.description.Inputs {
			if in.Name == raw.Missing {
				result.Missing, result.Reason = in.Name, in.Prompt
			}
		}
	}
	if outcome == flow.Later {
		result.After = bounded(raw.After, 0, maxAfter)
	}
	if outcome != flow.Submitted {
		return result
	}
	result.Expires, result.Every = bounded(raw.Expires, 0, maxExpires), bounded(raw.Every, minEvery, maxEvery)
	for _, name := range slices.Sorted(maps.Keys(raw.Session)) {
		value := raw.Session[name]
		if len(result.Captures) == maxSession || !inputName.MatchString(name) || len(value) > maxSessionValue || x.session.ContainsSecret(name) || x.session.ContainsSecret(value) {
			continue
		}
		if result.Captures == nil {
			result.Captures = map[string]string{}
		}
		result.Captures[name] = value
		x.session.DeclareTokens(value)
	}
	return result
}

// bounded is a number of seconds; 0 if there is none.
func bounded(seconds int64, least, most time.Duration) time.Duration {
	if seconds <= 0 {
		return 0
	}
	return max(least, time.Duration(min(seconds, int64(most.Seconds())))*time.Second)
}
