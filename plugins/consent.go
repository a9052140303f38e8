package plugins

import (
	"fmt"

	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/portal"
)

// TermsRefusal returns why a helper may not accept terms in the user's name; empty: the
// user agreed. It reads the consent, so that one that was revoked counts at once.
func (j Job) TermsRefusal(terms string) string {
	var given consent.Given
	if j.Consent != nil {
		given = j.Consent()
	}
	switch answer := given.Accepts(terms); {
	case answer == consent.Always:
		return ""
	case answer == consent.Never:
		return fmt.Sprintf("it would accept %q in your name, and you said never", terms)
	case given.Terms == consent.Always:
		return fmt.Sprintf("it would accept %q in your name, you agreed to other terms, and it waits for your consent", terms)
	default:
		return fmt.Sprintf("it would accept %q in your name, and waits for your consent", terms)
	}
}

// Permission is what a consent allows a session.
func Permission(given consent.Given) portal.Permission {
	return portal.Permission{Cleartext: given.Cleartext, SharedHosts: given.SharedHosts}
}

// Identity returns whom secrets and consents for a helper are given to. A helper that does
// not say who made it comes with the program.
func Identity(helper Helper) maker.ID {
	id := maker.ID{Helper: helper.Name(), Maker: maker.Program}
	if made, ok := helper.(Made); ok {
		id.Maker = made.Maker()
	}
	return id
}
