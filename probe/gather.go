package probe

import (
	"strings"

	"hotspot-helper/internal/web"
)

// evidence gathers what is known.
func (r *run) evidence(decided decision) Evidence {
	at := r.elapsed()
	if r.reporter.hasReported(decided.verdict) {
		at = r.reporter.at
	}
	e := Evidence{
		Verdict: decided.verdict, Reason: decided.reason, Time: r.began.Add(at), Elapsed: at,
		Link: r.link, CAPPORT: r.api.document, Notes: r.notes(decided.verdict),
		Silent: decided.silent, Gentle: r.isGentle, APIBusy: r.api.busy, APIAfter: r.api.after,
		LocalObstacle: decided.obstacle,
	}
	for _, family := range r.families {
		for _, check := range family.seen.checks {
			e.Checks = append(e.Checks, check.Check)
		}
		d := judge(family.seen)
		e.Families = append(e.Families, FamilyVerdict{family.family, d.verdict, d.reason})
	}
	if decided.verdict == VerdictPortal {
		e.Hops, e.Undisturbed = r.hops(), r.isUndisturbed()
		message := r.wispr()
		e.WISPr = message.Text
		e.PortalURL = r.portalURL(message)
		e.Silent = e.PortalURL != "" && lastPage(e.Hops) == "" && isLate(e.Hops)
		if why := e.Unread(); why != "" {
			e.Reason += "; the portal's page cannot be read: " + why
		}
		if busy := e.BusyText(); busy != "" {
			e.Reason += "; " + busy
		}
	}
	return e
}

// wispr returns the WISPr message that is in a hop or was sent to the check of a WISPr client.
func (r *run) wispr() web.WISPr {
	seen := r.hops()
	for _, family := range r.families {
		for _, check := range family.seen.with(CheckPortal, false) {
			if check.endpoint.Agent == AgentWISPr && check.page != nil {
				seen = append(seen[:len(seen):len(seen)], check.page.hop)
			}
		}
	}
	return findWISPr(seen)
}

// portalURL returns where a person would log in. That is the page at the end of the chain,
// by the URL that sends people back to the original one; without a page, what WISPr or the
// API names; else the last URL that is known of the chain.
func (r *run) portalURL(message web.WISPr) string {
	hops := r.hops()
	page := lastPage(hops)
	switch {
	case page != "" && len(hops) == 2 && r.chain.betterURL != "":
		return r.chain.betterURL
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

// notes returns what is remarkable but did not decide.
func (r *run) notes(verdict Verdict) []string {
	var notes []string
	if verdict == VerdictPortal && r.link.API == unrestricted {
		notes = append(notes, "the link says that it has no portal ("+unrestricted+")")
	}
	if d := r.api.document; verdict == VerdictPortal && d != nil && !d.Captive {
		notes = append(notes, "the captive portal API says that the link is not captive")
	}
	if r.api.page != "" {
		notes = append(notes, "the captive portal API "+shortURL(r.api.page)+" is a page for people")
	}
	if verdict == VerdictFull {
		notes = append(notes, r.tlsNotes()...)
	}
	for _, h := range r.hops() {
		if strings.HasPrefix(h.Error, untrusted) {
			notes = append(notes, "the portal's page "+shortURL(h.URL)+" has an untrusted certificate")
		}
	}
	return notes
}

// tlsNotes returns what is wrong over TLS although http works.
func (r *run) tlsNotes() []string {
	var notes []string
	for _, family := range r.families {
		if foreign := family.seen.with(CheckPortal, true); len(foreign) > 0 {
			notes = append(notes, "a proxy inspects TLS: "+describe(foreign[:1]))
		} else if failed := family.seen.with(CheckFailed, true); len(failed) > 0 && !family.seen.worksHTTPS() {
			notes = append(notes, "no check over TLS is answered: "+describe(failed[:1]))
		}
	}
	return notes
}
