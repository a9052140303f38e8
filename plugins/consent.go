package plugins

import (
	"fmt"

	"hotspot-helper/consent"
	"hotspot-helper/portal/flow"
)

// refuseTerms asks for the user's word before a helper accepts terms in the user's
// name. The result is how the login ends where that word is missing.
func (j Job) refuseTerms(helper, terms string) (flow.Result, bool) {
	result := flow.Result{Outcome: flow.NeedsUser}
	command := j.Consent.TermsCommand(helper, j.Network.SSID)
	switch {
	case terms == "" || j.Consent.Terms == consent.Always:
		return flow.Result{}, false
	case j.Consent.Terms == consent.Never:
		result.Reason = fmt.Sprintf("it would accept %q in your name, and you said never; to allow it: %s", terms, command)
	default:
		result.Reason = fmt.Sprintf("it would accept %q in your name, and waits for your word: %s", terms, command)
	}
	return result, true
}
