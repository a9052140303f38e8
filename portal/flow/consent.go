package flow

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

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
// value of the session that it continues, and a logoff is the user's command. Texts are the
// names and values of a form's fields.
func (r *run) mayPress(texts []string) error {
	terms := cmp.Or(r.terms, r.flow.terms)
	if terms == "" && !r.carries(texts) {
		terms = UnnamedTerms
	}
	if refusal := r.env.refusal(terms); refusal != "" {
		return &termsNeeded{terms, refusal}
	}
	return nil
}

// carries reports whether the submission has a value of the user's, or continues a session.
// A form may have one that the portal returned.
func (r *run) carries(texts []string) bool {
	return r.gave || r.flow.kind == Logoff || slices.ContainsFunc(texts, func(text string) bool { return r.session.ContainsSecret(text) })
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
		if err := r.mayPress([]string{address}); err != nil {
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

// asksUnnamed reports whether the flow may ask for consent to [UnnamedTerms].
func (f *Flow) asksUnnamed() bool {
	return f.terms == "" && slices.ContainsFunc(f.steps, func(s step) bool { return s.terms == "" && canPress(s.action) })
}

// canPress reports whether an action may press a button: whether it does is known when the
// page is.
func canPress(a action) bool {
	switch a := a.(type) {
	case *submitAction, *postAction:
		return true
	case *followAction:
		return !a.meta
	case *openAction:
		return a.basic != nil || a.url.canHaveQuery()
	case *pollAction:
		return a.url.canHaveQuery()
	}
	return false
}

// canHaveQuery reports whether a URL may have a query of the flow's own making.
func (t *template) canHaveQuery() bool {
	return strings.Contains(t.source, "?") || strings.Contains(t.source, "setquery") || strings.Contains(t.source, ".capture.")
}

// Pressed returns the steps that submit something without an input of the user's, and without
// terms: they need consent to [UnnamedTerms].
func (f *Flow) Pressed() []string {
	var ids []string
	if f.terms != "" || f.kind != Authenticate {
		return nil
	}
	for _, s := range f.steps {
		if submits(s.action) && s.terms == "" && !s.readsInput() {
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

// readsInput reports whether the step reads an input for what it sends in any case. Of a step
// that opens a URL the credentials count, too, since they are all that it submits.
func (s *step) readsInput() bool {
	var unsent *basic
	switch a := s.action.(type) {
	case *submitAction:
		unsent = a.basic
	case *postAction:
		unsent = a.basic
	}
	return slices.ContainsFunc(s.templates, func(t *template) bool {
		if unsent != nil && (t == unsent.user || t == unsent.password) {
			return false
		}
		return slices.ContainsFunc(t.refs, func(r ref) bool { return r.space == spaceInput })
	})
}
