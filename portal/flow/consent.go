package flow

import (
	"cmp"

	"hotspot-helper/portal"
)

// UnnamedTerms is the terms text for a button whose terms the flow does not name.
const UnnamedTerms = "whatever a button on the portal's page accepts"

// termsNeeded is the error of a submission that needs consent. It ends the flow as needs-user.
type termsNeeded struct{ terms, refusal string }

func (e *termsNeeded) Error() string { return e.refusal }

// mayPress returns an error unless the user agreed to what the submission accepts. One that
// carries a value that the user gave needs no consent, if the flow names no terms. Any other
// presses a button in the user's name, regardless of what the flow says. A keepalive may also carry a
// value of the session that it continues, and a logoff is the user's command.
func (r *run) mayPress(form *portal.Form) error {
	terms := cmp.Or(r.terms, r.flow.terms)
	if terms == "" && !r.carries(form) {
		terms = UnnamedTerms
	}
	if refusal := r.env.refusal(terms); refusal != "" {
		return &termsNeeded{terms, refusal}
	}
	return nil
}

// carries reports whether the submission has a value of the user's, or continues a session.
// A form may have one that the portal returned.
func (r *run) carries(form *portal.Form) bool {
	if r.gave || r.flow.kind == Logoff {
		return true
	}
	if form == nil {
		return false
	}
	for _, control := range form.Controls() {
		if r.session.ContainsSecret(control.Value) {
			return true
		}
	}
	return false
}

// asksUnnamed reports whether the flow may ask for consent to [UnnamedTerms].
func (f *Flow) asksUnnamed() bool {
	for _, s := range f.steps {
		switch s.action.(type) {
		case *submitAction, *postAction:
			if f.terms == "" && s.terms == "" {
				return true
			}
		}
	}
	return false
}

// Pressed returns the steps that submit something without an input of the user's, and without
// terms: they need consent to [UnnamedTerms].
func (f *Flow) Pressed() []string {
	var ids []string
	if f.terms != "" || f.kind != Authenticate {
		return nil
	}
	for _, s := range f.steps {
		switch s.action.(type) {
		case *submitAction, *postAction:
			if s.terms == "" && !s.readsInput() {
				ids = append(ids, s.id)
			}
		}
	}
	return ids
}

func (s *step) readsInput() bool {
	for _, t := range s.templates {
		for _, ref := range t.refs {
			if ref.space == spaceInput {
				return true
			}
		}
	}
	return false
}
