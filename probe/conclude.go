package probe

import (
	"cmp"
	"slices"
	"time"

	"hotspot-helper/internal/web"
)

// side is what is concluded about one address family.
type side struct {
	family Family
	ruling ruling
}

// opinion is what the link's captive portal API says of it.
type opinion struct {
	document *CAPPORT      // where one came
	at       time.Duration // from the start of the probe to when it came
	page     string        // the address the link offers, where a page for people is there
	asking   bool          // whether the answer is still out
}

// conclude makes one verdict of what is known about a link's address families and of
// what its captive portal API says (RFC 8908). Rulings of [judge] that an answer over
// http showed are strong; the first rule that fits decides:
//
//  1. A portal on one family: portal, when it is so there. That another family is clear
//     does not count against it: what needs the captive one would be stuck.
//  2. A trusted document says captive: portal, at once. One that says captive: false
//     never undoes rule 1.
//  3. Full on one family: full; another one that is not decided is given one more
//     round trip.
//  4. Weaker signs: a foreign certificate on one family; a document that is not trusted
//     says captive; the offered API is a page for people: portal, when every family is decided.
//     Such a document is as good as a redirect, but no better.
//  5. limited, when every family is decided.
func conclude(sides []side, api opinion) ruling {
	with := func(verdict Verdict, weak bool) []side {
		found := slices.DeleteFunc(slices.Clone(sides), func(s side) bool { return s.ruling.verdict != verdict || s.ruling.weak != weak })
		slices.SortStableFunc(found, func(a, b side) int { return cmp.Compare(a.ruling.until, b.ruling.until) })
		return found
	}
	if captured := with(VerdictPortal, false); len(captured) > 0 {
		return explain(captured[0], sides)
	}
	if api.document != nil && api.document.Captive && api.document.Trusted {
		return ruling{verdict: VerdictPortal, reason: "the captive portal API " + brief(web.RedactURLText(api.document.URL)) + " says captive", at: api.at}
	}
	latest := slices.MaxFunc(sides, func(a, b side) int { return cmp.Compare(a.ruling.until, b.ruling.until) })
	if clear := with(VerdictFull, false); len(clear) > 0 {
		r := explain(clear[0], sides)
		r.until = max(r.until, min(latest.ruling.until, oneMore(r.at)))
		return r
	}
	until := latest.ruling.until
	if api.asking {
		until = max(until, deadTime)
	}
	r := ruling{verdict: VerdictPortal, until: until, weak: true}
	if foreign := with(VerdictPortal, true); len(foreign) > 0 {
		r.reason = explain(foreign[0], sides).reason
		return r
	}
	switch {
	case api.document != nil && api.document.Captive:
		r.reason = "the captive portal API " + brief(web.RedactURLText(api.document.URL)) + " says captive, and no check was answered"
	case api.page != "":
		r.reason = "the link offers the page " + brief(web.RedactURLText(api.page)) + " as its captive portal API, and no check was answered"
	default:
		r = explain(sides[0], sides)
		r.until = until
	}
	return r
}

// explain names the family that decided and, where they differ, what became of the others.
func explain(decided side, all []side) ruling {
	r := decided.ruling
	if len(all) < 2 {
		return r
	}
	r.reason = "over " + decided.family.String() + ", " + r.reason
	for _, other := range all {
		if other.family == decided.family {
			continue
		}
		switch {
		case other.ruling.verdict == r.verdict:
		case other.ruling.verdict == VerdictLimited && other.ruling.until > r.until:
			r.reason += "; " + other.family.String() + " is not decided"
		default:
			r.reason += "; " + other.family.String() + " is " + other.ruling.verdict.String()
		}
	}
	return r
}
