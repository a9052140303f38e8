// Package builtin holds the helpers that are part of the program: they speak a protocol that no
// flow can.
package builtin

import (
	"fmt"
	"strings"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// The names of the inputs of an account.
const (
	inputUser     = "user"
	inputPassword = "password"
)

// account returns the inputs of helpers that log in with an account.
func account() []flow.Input {
	return []flow.Input{
		{Name: inputUser, Prompt: "User name, with realm where the operator wants one"},
		{Name: inputPassword, Prompt: "Password", Secret: true},
	}
}

// lookUpAccount looks up the inputs of an account. Missing is the first one that the user did
// not store; it has no name if there is none.
func lookUpAccount(j plugins.Job) (inputs map[string]portal.Value, missing flow.Input, err error) {
	inputs = map[string]portal.Value{}
	for _, input := range account() {
		value, ok, err := portal.Value{}, false, error(nil)
		if j.Inputs != nil {
			value, ok, err = j.Inputs(input.Name)
		}
		switch {
		case err != nil:
			return nil, missing, fmt.Errorf("look up input %s: %w", input.Name, err)
		case !ok:
			return nil, input, nil
		case input.Secret:
			value = portal.Secret(value.Reveal()) // regardless of what the lookup returned
		}
		inputs[input.Name] = value
	}
	return inputs, missing, nil
}

// needsInput is the result of a login that waits for an input.
func needsInput(step string, missing flow.Input) flow.Result {
	return flow.Result{Outcome: flow.NeedsUser, Step: step, Reason: missing.Prompt, Missing: missing.Name}
}

// now returns the time of the job.
func now(j plugins.Job) time.Time {
	if j.Now != nil {
		return j.Now()
	}
	return time.Now()
}

// progress reports the start of a step.
func progress(j plugins.Job, step string) {
	if j.Progress != nil {
		j.Progress(step)
	}
}

// keep is the result of Maintain for a session that needs no keepalive.
func keep(job plugins.Job) flow.Result {
	result := flow.Result{Outcome: flow.Submitted, Reason: "the session needs no keepalive", Captures: job.Session}
	if ends, err := time.Parse(time.RFC3339, job.Session[sessionEnds]); err == nil {
		result.Expires = max(0, ends.Sub(now(job)))
	}
	return result
}

func unsupported(step, reason string) flow.Result {
	return flow.Result{Outcome: flow.Unsupported, Step: step, Reason: reason}
}

// maxSaid is how many characters of a portal's message are quoted.
const maxSaid = 200

// shorten makes one line of a portal's message, of at most maxSaid characters.
func shorten(said string) string {
	said = strings.Join(strings.Fields(said), " ")
	if chars := []rune(said); len(chars) > maxSaid {
		return string(chars[:maxSaid]) + "…"
	}
	return said
}

// quoted appends a portal's message, if there is one.
func quoted(text, said string) string {
	if said == "" {
		return text
	}
	return fmt.Sprintf("%s: %q", text, said)
}

// refuseTerms returns how a login ends if the user has not agreed that the helper
// accepts the terms.
func refuseTerms(j plugins.Job, terms string) (flow.Result, bool) {
	refusal := j.TermsRefusal(terms)
	if refusal == "" {
		return flow.Result{}, false
	}
	return flow.Result{Outcome: flow.NeedsUser, Reason: refusal, Terms: terms}, true
}
