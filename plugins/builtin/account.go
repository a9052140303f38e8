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

// The inputs of an account.
const (
	inputUser     = "user"
	inputPassword = "password"
)

// account is what a built-in helper asks for that logs in with an account.
func account() []flow.Input {
	return []flow.Input{
		{Name: inputUser, Prompt: "User name, with realm where the operator wants one"},
		{Name: inputPassword, Prompt: "Password", Secret: true},
	}
}

// lookUpAccount looks up the inputs of a built-in helper that logs in with an account.
// Missing is the first one that the user did not give; without a name, none is.
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
			value = portal.Secret(value.Reveal()) // whatever the look-up made of it
		}
		inputs[input.Name] = value
	}
	return inputs, missing, nil
}

// needsInput is how a login ends that waits for an input of the user's.
func needsInput(step string, missing flow.Input) flow.Result {
	return flow.Result{Outcome: flow.NeedsUser, Step: step, Reason: missing.Prompt, Missing: missing.Name}
}

// now is the time.
func now(j plugins.Job) time.Time {
	if j.Now != nil {
		return j.Now()
	}
	return time.Now()
}

// progress tells the step that comes next.
func progress(j plugins.Job, step string) {
	if j.Progress != nil {
		j.Progress(step)
	}
}

// keep is the result of a session that goes on as it was.
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

// maxSaid is how many characters of what a portal says are repeated.
const maxSaid = 200

// shorten makes one line of what a portal says, of at most maxSaid characters.
func shorten(said string) string {
	said = strings.Join(strings.Fields(said), " ")
	if chars := []rune(said); len(chars) > maxSaid {
		return string(chars[:maxSaid]) + "…"
	}
	return said
}

// quoted adds what a portal says to people, if it says anything.
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
