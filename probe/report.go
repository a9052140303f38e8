package probe

import (
	"strings"

	"hotspot-helper/internal/web"
)

// evidence puts together what was seen.
func (r *run) evidence(decided ruling) Evidence {
	at := r.elapsed()
	if r.teller.holds(decided.verdict) {
		at = r.teller.at
	}
	e := Evidence{
		Verdict: decided.verdict, Reason: decided.reason, Time: r.start.Add(at), Elapsed: at,
		Link: r.link, CAPPORT: r.api.document, Notes: r.notes(decided.verdict),
	}
	for _, side := range r.sides {
		for _, o := range side.known.checks {
			e.Checks = append(e.Checks, o.Check)
		}
		ruling := judge(side.known)
		e.Families = append(e.Families, FamilyVerdict{side.family, ruling.verdict, ruling.reason})
	}
	if decided.verdict == VerdictPortal {
		e.Hops = r.hops()
		message := r.wispr()
		e.WISPr = message.Text
		e.PortalURL = r.portalURL(message)
	}
	return e
}

// wispr returns the WISPr message met on the way or sent to a WISPr client.
func (r *run) wispr() web.WISPr {
	seen := r.hops()
	for _, side := range r.sides {
		for _, o := range side.known.with(CheckPortal, false) {
			if o.endpoint.Agent == AgentWISPr && o.page != nil {
				seen = append(seen[:len(seen):len(seen)], o.page.hop)
			}
		}
	}
	return findWISPr(seen)
}

// portalURL returns where a person would log in: the page at the end of the way, by the
// address that sends people back to where they wanted to go; where no page is there, what WISPr or the API names; else how far the way is known.
func (r *run) portalURL(message web.WISPr) string {
	hops := r.hops()
	page := lastPage(hops)
	switch {
	case page != "" && len(hops) == 2 && r.walk.better != "":
		return r.walk.better
	case page != "":
		return page
	}
	if login := loginURL(message); login != "" {
		return login
	}
	if len(hops) > 0 {
		return hops[min(1, len(hops)-1)].URL
	}
	return r.userPortal()
}

// notes tell what is remarkable, but did not decide.
func (r *run) notes(verdict Verdict) []string {
	var notes []string
	if verdict == VerdictPortal && r.link.API == unrestricted {
		notes = append(notes, "the link says that it has no portal ("+unrestricted+")")
	}
	if d := r.api.document; verdict == VerdictPortal && d != nil && !d.Captive {
		notes = append(notes, "the captive portal API says that the link is not captive")
	}
	if r.api.page != "" {
		notes = append(notes, "the captive portal API "+brief(web.RedactURLText(r.api.page))+" is a page for people")
	}
	if verdict == VerdictFull {
		notes = append(notes, r.tlsNotes()...)
	}
	for _, h := range r.hops() {
		if strings.HasPrefix(h.Error, untrusted) {
			notes = append(notes, "the portal's page "+brief(web.RedactURLText(h.URL))+" has a certificate that nobody vouches for")
		}
	}
	return notes
}

// tlsNotes tell what is wrong over TLS where http is clear.
func (r *run) tlsNotes() []string {
	var notes []string
	for _, side := range r.sides {
		if foreign := side.known.with(CheckPortal, true); len(foreign) > 0 {
			notes = append(notes, "somebody inspects TLS: "+describe(foreign[:1]))
		} else if failed := side.known.with(CheckFailed, true); len(failed) > 0 && len(side.known.with(CheckOnline, true)) == 0 {
			notes = append(notes, "nothing is answered over TLS: "+describe(failed[:1]))
		}
	}
	return notes
}
