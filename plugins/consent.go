package plugins

import (
	"fmt"

	"hotspot-helper/consent"
)

// TermsRefusal says what the user's word is missing for, and how to give it; empty: the
// user agreed.
func (j Job) TermsRefusal(helper, terms string) string {
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
