package probe

import (
	"cmp"
	"slices"
	"time"

	"hotspot-helper/internal/web"
)

// familyDecision is the decision on one address family.
type familyDecision struct {
	family Family
	decision
}

// capportState is what the link's captive portal API says.
type capportState struct {
	document *CAPPORT      // nil: none came
	at       time.Duration // from the start of the probe to when it came
	page     string        // the URL that the link offers, if it turned out to be a page for people
	pending  bool          // whether the answer is pending
	busy     bool          // it answered 429 or 503
	after    time.Duration // when it is to be asked again then; 0: it did not say
}

// conclude makes one verdict of the decisions on a link's address families and of its
// captive portal API (RFC 8908). A decision of [judge] that is not weak is strong; the
// first rule that matches decides:
//
//  1. A strong portal on one family: portal, when that family is decided. That another family
//     reaches the Internet does not count against it: what needs the captive one would be stuck.
//  2. A trusted document says captive: portal, at once. One that says captive: false
//     never overrides rule 1.
//  3. Full on one family: full; an undecided family gets one more round trip.
//  4. Weaker signs: a foreign certificate on one family; a document that is not trusted
//     says captive; the offered API is a page for people: portal, when every family is decided.
//     Such a document counts as much as a redirect, and no more.
//  5. limited, when every family is decided.
func conclude(families []familyDecision, api capportState) decision {
	with := func(verdict Verdict, weak bool) []familyDecision {
		found := slices.DeleteFunc(slices.Clone(families), func(f familyDecision) bool { return f.verdict != verdict || f.weak != weak })
		slices.SortStableFunc(found, func(a, b familyDecision) int { return cmp.Compare(a.until, b.until) })
		return found
	}
	if captured := with(VerdictPortal, false); len(captured) > 0 {
		return mentionFamilies(captured[0], families)
	}
	if api.document != nil && api.document.Captive && api.document.Trusted {
		return decision{verdict: VerdictPortal, reason: "the captive portal API " + shortURL(api.document.URL) + " says captive", at: api.at}
	}
	latest := slices.MaxFunc(families, func(a, b familyDecision) int { return cmp.Compare(a.until, b.until) })
	if full := with(VerdictFull, false); len(full) > 0 {
		d := mentionFamilies(full[0], families)
		d.until = max(d.until, min(latest.until, nextRoundTrip(d.at)))
		return d
	}
	until := latest.until
	if api.pending {
		until = max(until, deadTime)
	}
	d := decision{verdict: VerdictPortal, until: until, weak: true}
	limited, why := families[0], "no check was answered"
	if i := slices.IndexFunc(families, func(f familyDecision) bool { return f.plain }); i >= 0 {
		limited, why = families[i], families[i].reason
	}
	if foreign := with(VerdictPortal, true); len(foreign) > 0 {
		d.reason = mentionFamilies(foreign[0], families).reason
		return d
	}
	switch {
	case api.document != nil && api.document.Captive:
		d.reason = "the captive portal API " + shortURL(api.document.URL) + " says captive, and " + why
	case api.page != "":
		d.reason = "the link offers the page " + shortURL(api.page) + " as its captive portal API, and " + why
	default:
		d = mentionFamilies(limited, families)
		d.until = until
		d.silent = slices.ContainsFunc(families, func(f familyDecision) bool { return f.silent })
	}
	return d
}

// shortURL redacts and shortens a URL for reasons and notes.
func shortURL(text string) string { return shorten(web.RedactURLText(text)) }

// mentionFamilies names in the reason the family that decided and the verdicts of the
// others if they differ.
func mentionFamilies(decided familyDecision, all []familyDecision) decision {
	d := decided.decision
	same := func(f familyDecision) bool { return f.obstacle == d.obstacle }
	if len(all) < 2 || d.obstacle != "" && len(slices.DeleteFunc(slices.Clone(all), same)) == 0 {
		return d
	}
	d.reason = "over " + decided.family.String() + ", " + d.reason
	for _, other := range all {
		if other.family == decided.family {
			continue
		}
		switch {
		case other.verdict == d.verdict:
		case other.verdict == VerdictLimited && other.until > d.until:
			d.reason += "; " + other.family.String() + " is not decided"
		default:
			d.reason += "; " + other.family.String() + " is " + other.verdict.String()
		}
	}
	return d
}
