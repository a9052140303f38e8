package remember

import (
	"fmt"
	"strings"

	"hotspot-helper/portal"
)

// Offer is a login that could be remembered: a draft that passed all checks, until the user decides.
type Offer struct {
	Login

	Values   map[string]portal.Value // what was typed, by field
	Replaces *Login                  // the remembered login whose place it takes; nil: none

	made string // directory of the draft
	home string // that one is in, to be removed
}

// Does says in a few sentences what the login would do, and where what was typed would be kept.
func (o *Offer) Does(kept string) []string {
	var does []string
	if len(o.Terms) > 0 {
		does = append(does, "accepts "+joined(o.quotedTerms()))
	}
	if len(o.Fields) > 0 {
		does = append(does, fmt.Sprintf("sends %s to %s", joined(o.quotedPrompts()), joined(o.Hosts)))
	}
	var sentences []string
	if len(does) > 0 {
		sentences = append(sentences, "It "+strings.Join(does, ", and ")+".")
	}
	if len(o.Fields) > 0 {
		sentences = append(sentences, "What you typed is kept in the "+kept+".")
	}
	if o.Cleartext != "" {
		sentences = append(sentences, "It goes unprotected, as it did now: others may read it.")
	}
	if o.SharedHost != "" {
		sentences = append(sentences, fmt.Sprintf("It goes to %s, a host that many networks share: another one of them could get it.", o.SharedHost))
	}
	return sentences
}

// Text is the question whether to remember the login, with what it does.
func (o *Offer) Text(kept string) string {
	return strings.Join(append([]string{"Log in here by itself next time?"}, o.Does(kept)...), " ")
}

// Difference says what the login that it replaces did not do, and the other way round; empty: it replaces none.
func (o *Offer) Difference() string {
	if o.Replaces == nil {
		return ""
	}
	changes := o.Changes(o.Replaces)
	if len(changes) == 0 {
		return "It replaces " + o.Replaces.Name + ", and does the same."
	}
	return "It replaces " + o.Replaces.Name + ": " + strings.Join(changes, "; ") + "."
}
