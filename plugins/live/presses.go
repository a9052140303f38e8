package live

import (
	"net/url"
	"slices"
	"strings"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// maxOffered is how many bytes of forms are remembered.
const maxOffered = 1 << 20

// presses knows which exchanges press a button in the user's name. A flow has the same rule: what has
// nothing of the user's in it accepts something, and needs consent. Values of the session are none of the user's: a flow
// has them from the portal, and a program from itself.
type presses struct {
	terms    []string               // that the helper names
	isLogin  bool                   // which accepts them, whatever it sends
	isLogoff bool                   // which is the user's command
	given    []string               // values of the user's
	hasInput func(text string) bool // reports whether a text has a secret input in some spelling
	offers   []portal.Offer
	offered  int             // bytes of them
	opened   map[string]bool // URLs that are known
}

// termsError is the error of an exchange that needs consent.
type termsError struct{ terms, refusal string }

func (e *termsError) Error() string { return e.refusal }

// see remembers what the probe saw.
func (p *presses) see(e probe.Evidence) {
	p.opened = map[string]bool{e.PortalURL: true}
	for _, hop := range e.Hops {
		if u, err := url.Parse(hop.URL); err == nil {
			p.remember(&portal.Page{URL: u, Status: hop.Status, Header: hop.Header, Body: hop.Body})
		}
	}
}

// remember keeps the forms of a page, because a helper may use them when it is on another one.
func (p *presses) remember(page *portal.Page) {
	p.opened[page.URL.String()] = true
	if p.isLogoff {
		return
	}
	for _, offer := range page.Offers() {
		if p.offered += offer.Size(); p.offered > maxOffered {
			return
		}
		p.offers = append(p.offers, offer)
	}
}

// permit returns an error unless the user agreed to what an exchange does, or gave something of it: one of the texts,
// or of the URL's path, has a value of the user's. That the helper says so of a field proves nothing, and what
// stands before the host of a URL, or in its fragment, is not sent. A URL does something if it sends the fields of a form,
// unless it was opened before.
func (p *presses) permit(job plugins.Job, session *portal.Session, rawURL string, texts []string, isPost bool) error {
	if p.isLogoff {
		return nil
	}
	u, err := session.Resolve(rawURL)
	switch {
	case err != nil:
		return nil // the session says why
	case (!p.isLogin || len(p.terms) == 0) && slices.ContainsFunc(append(texts, u.Path, u.RawQuery), p.isGiven):
		return nil
	case !isPost && (p.opened[u.String()] || !slices.ContainsFunc(p.offers, func(o portal.Offer) bool { return o.IsTaken(u) })):
		return nil
	}
	terms := p.terms
	if len(terms) == 0 {
		terms = []string{flow.UnnamedTerms}
	}
	for _, text := range terms {
		if refusal := job.TermsRefusal(text); refusal != "" {
			return &termsError{text, refusal}
		}
	}
	return nil
}

// minGiven is how long a value must be to count within a text.
const minGiven = 3

func (p *presses) isGiven(text string) bool {
	return p.hasInput(text) || slices.ContainsFunc(p.given, func(value string) bool {
		return value == text || len(value) >= minGiven && strings.Contains(text, value)
	})
}
