package flow

import (
	"cmp"
	"net/url"
	"slices"

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
func (r *run) mayPress() error {
	terms := cmp.Or(r.terms, r.flow.terms)
	if terms == "" && !r.gave && r.flow.kind != Logoff {
		terms = UnnamedTerms
	}
	if refusal := r.env.refusal(terms); refusal != "" {
		return &termsNeeded{terms, refusal}
	}
	return nil
}

// minReturned is how many bytes a secret must have to be recognised in what the portal returns. A
// page has any shorter text by accident, such as a price.
const minReturned = 4

// noteGiven notes the secrets of the user's that a template sends, so that they are recognised if the
// portal returns them. A secret that makes no difference to what is sent is none of them, and neither
// is what the template makes of one: the flow may have chosen most of it.
func (r *run) noteGiven(t *template, f found, part func(string) (string, bool)) {
	for name := range f.own {
		text := f.values[name.space][name.name]
		if f.secret[name] && len(text) >= minReturned && t.changesWith(r.scope(f), map[ref]bool{name: true}, part) {
			if r.given == nil {
				r.given = map[string]bool{}
			}
			r.given[text] = true
		}
	}
}

// isReturned reports whether a value that the portal chose is a secret that the flow sent, as a whole.
func (r *run) isReturned(value string) bool { return r.given[value] }

// hasReturned reports whether a query has such a value.
func (r *run) hasReturned(u *url.URL) bool {
	for _, values := range u.Query() {
		if slices.ContainsFunc(values, r.isReturned) {
			return true
		}
	}
	return false
}

// mayOpen is mayPress for a URL. To open one presses a button if it sends fields of a form to
// the address of that form. A URL that was opened before does not, nor does that of the portal.
func (r *run) mayOpen(address string) error {
	u, err := r.session.Resolve(address)
	if err != nil || r.flow.kind == Logoff || r.isOpened(u) {
		return nil // of an error the session says why
	}
	offers := r.offers
	if page := r.session.Page(); page != nil {
		offers = slices.Concat(offers, page.Offers()) // also if there is no room to remember them
	}
	if slices.ContainsFunc(offers, func(o portal.Offer) bool { return o.IsTaken(u) }) {
		if err := r.mayPress(); err != nil {
			return err
		}
	}
	r.noteURL(u)
	return nil
}

// isOpened reports whether the flow or the probe opened a URL before.
func (r *run) isOpened(u *url.URL) bool {
	if !r.probed {
		r.probed = true
		if start, err := r.session.Resolve(r.env.Probe["url"]); err == nil {
			r.noteURL(start)
		}
		for _, hop := range r.env.Hops {
			r.remember(hop)
		}
	}
	return r.opened[u.String()]
}

func (r *run) noteURL(u *url.URL) {
	if r.opened == nil {
		r.opened = map[string]bool{}
	}
	r.opened[u.String()] = true
}

// remember keeps the forms of a page, because a flow may use them when it is on another one.
func (r *run) remember(page *portal.Page) {
	if page == nil || page == r.last || r.flow.kind == Logoff {
		return
	}
	r.last = page
	if page.URL != nil {
		r.noteURL(page.URL)
	}
	for _, o := range page.Offers() {
		if r.offered += o.Size(); r.offered > maxOffered {
			return
		}
		r.offers = append(r.offers, o)
	}
}

// UnnamedSteps returns what the steps may press whose terms the flow does not name, by ID. A logoff is the user's command.
func (f *Flow) UnnamedSteps() map[string]Press {
	unnamed := map[string]Press{}
	for _, s := range f.steps {
		if press := s.press(); press != 0 && s.terms == "" && f.terms == "" && f.kind != Logoff {
			unnamed[s.id] = press
		}
	}
	return unnamed
}

// asksUnnamed reports whether the flow may ask for consent to [UnnamedTerms].
func (f *Flow) asksUnnamed() bool { return len(f.UnnamedSteps()) > 0 }

// Press is how a step may press a button: whether it does is known when the page is. A greater one may do more; zero: not at all.
type Press uint8

// The ways to press a button.
const (
	Opens     Press = iota + 1 // by a URL, of which the user is asked
	OpensWith                  // by a URL and what the user gave, of which nobody is asked
	Submits                    // in any case
)

// press returns how the step may press a button.
func (s *step) press() Press {
	var address *template
	switch a := s.action.(type) {
	case *followAction:
		if a.meta {
			return 0
		}
		return OpensWith // the link may have what the portal returned
	case *openAction, *pollAction:
		address = addressOf(a)
	}
	switch {
	case submits(s.action):
		return Submits
	case address == nil:
		return 0
	case slices.ContainsFunc(s.templates, (*template).readsGiven):
		return OpensWith
	case address.canHaveQuery():
		return Opens
	}
	return 0
}

// Pressed returns the steps that submit something that changes with no input of the user's, and without
// terms: they need consent to [UnnamedTerms].
func (f *Flow) Pressed() []string {
	var ids []string
	if f.terms != "" || f.kind != Authenticate {
		return nil
	}
	for _, s := range f.steps {
		if submits(s.action) && s.terms == "" && !s.sendsInput() {
			ids = append(ids, s.id)
		}
	}
	return ids
}

// submits reports whether an action sends something in any case.
func submits(a action) bool {
	switch a := a.(type) {
	case *submitAction, *postAction:
		return true
	case *openAction:
		return a.basic != nil
	}
	return false
}

// sendsInput reports whether what the step sends in any case changes with an input, as far as the flow
// tells. Of a step that opens a URL the credentials count, too, since they are all that it submits.
func (s *step) sendsInput() bool {
	var unsent *basic
	switch a := s.action.(type) {
	case *submitAction:
		unsent = a.basic
	case *postAction:
		unsent = a.basic
	}
	return slices.ContainsFunc(s.templates, func(t *template) bool {
		return (unsent == nil || t != unsent.user && t != unsent.password) && t.canCarryInput()
	})
}

// canCarryInput reports whether the text changes with an input. It does if that depends on the values.
func (t *template) canCarryInput() bool {
	values, inputs := map[string]map[string]string{}, map[ref]bool{}
	for _, name := range t.refs {
		put(values, name, placeholder)
		if name.space == spaceInput {
			inputs[name] = true
		}
	}
	if len(inputs) == 0 {
		return false
	}
	s := scope{values: values, work: tryWork()}
	_, isKnown := t.variant(s, inputs, 0, whole)
	return !isKnown || t.changesWith(s, inputs, whole)
}
