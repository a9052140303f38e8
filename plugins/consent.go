package plugins

import (
	"fmt"

	"hotspot-helper/consent"
)

// TermsRefusal says why a helper may not accept terms in the user's name; empty: the
// user agreed.
func (j Job) TermsRefusal(terms string) string {
	switch j.Consent.Terms {
	case consent.Always:
		return ""
	case consent.Never:
		return fmt.Sprintf("it would accept %q in your name, and you said never", terms)
	default:
		return fmt.Sprintf("it would accept %q in your name, and waits for your word", terms)
	}
}
