// Package builtin holds the helpers that are part of the program: they speak a protocol that no
// flow can.
package builtin

import (
	"cmp"
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

// accountInputs is what the user stored of an account.
type accountInputs struct {
	user, password portal.Value
	missing        flow.Input // the first input that is not stored; without a name: none
	err            error      // why the first one cannot be read that is; nil: all can
}

// lookUpAccount looks up the inputs of an account, and declares them to the session. It is called before anything is
// sent: what the store holds is a secret, the user name too, and the portal may know it from an earlier login.
func lookUpAccount(j plugins.Job, session *portal.Session) accountInputs {
	var a accountInputs
	for _, input := range account() {
		value, ok, err := portal.Value{}, false, error(nil)
		if j.Inputs != nil {
			value, ok, err = j.Inputs(input.Name)
		}
		switch {
		case err != nil:
			a.err = cmp.Or(a.err, fmt.Errorf("look up input %s: %w", input.Name, err))
			continue
		case !ok:
			a.missing = cmp.Or(a.missing, input)
			continue
		case input.Secret:
			value = portal.Secret(value.Reveal()) // regardless of what the lookup returned
		}
		session.Declare(value)
		if input.Name == inputUser {
			a.user = value
		} else {
			a.password = value
		}
	}
	return a
}

// wanting is how a login ends that needs the account, if it is not known in full.
func (a accountInputs) wanting(step string) (result flow.Result, isWanting bool, err error) {
	switch {
	case a.err != nil:
		return flow.Result{}, true, a.err
	case a.missing.Name != "":
		return needsInput(step, a.missing), true, nil
	}
	return flow.Result{}, false, nil
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
