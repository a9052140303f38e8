package plugins

import (
	"fmt"

	"hotspot-helper/consent"
	"hotspot-helper/portal/flow"
)

// refuseTerms asks for the user's word before a helper accepts terms in the user's
// name. The result is how the login ends where that word is missing.
func (j Job) refuseTerms(helper, terms string) (flow.Result, bool) {
	refusal := j.termsRefusal(helper, terms)
	if refusal == "" {
		return flow.Result{}, false
	}
	return flow.Result{Outcome: flow.NeedsUser, Reason: refusal}, true
}

// termsRefusal says what the user's word is missing for, and how to give it; empty: the
// user agreed.
func (j Job) termsRefusal(helper, terms string) string {
	command := j.Consent.TermsCommand(helper, j.Network.SSID)
	switch j.Consent.Terms {
	case consent.Always:
		return ""
	case consent.Never:
		return fmt.Sprintf("it would accept %q in your name, and you said never; to allow it: %s", terms, command)
	default:
		return fmt.Sprintf("it would accept %q in your name, and waits for your word: %s", terms, command)
	}
}
