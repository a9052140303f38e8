package plugins

import (
	"fmt"
	"strings"
	"time"

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

// account looks up the inputs of a built-in helper that logs in with an account.
// Missing is the first one that the user did not give; without a name, none is.
func (j Job) account() (inputs map[string]portal.Value, missing flow.Input, err error) {
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
func (j Job) now() time.Time {
	if j.Now != nil {
		return j.Now()
	}
	return time.Now()
}

// progress tells the step that comes next.
func (j Job) progress(step string) {
	if j.Progress != nil {
		j.Progress(step)
	}
}

// keep is the result of a session that goes on as it was.
func keep(job Job) flow.Result {
	result := flow.Result{Outcome: flow.Submitted, Reason: "the session needs no keepalive", Captures: job.Session}
	if ends, err := time.Parse(time.RFC3339, job.Session[sessionEnds]); err == nil {
		result.Expires = max(0, ends.Sub(job.now()))
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
