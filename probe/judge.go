package probe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// observation is what is known of one check so far. An empty result is still out.
type observation struct {
	Check
	operator string
	secure   bool  // asked over TLS
	page     *page // the answer, where there is one
}

// sight is all that is known so far.
type sight struct {
	checks []observation // of every endpoint asked
	api    *CAPPORT      // RFC 8908 document, where one came
	asking bool          // whether it is still out
}

// ruling is a conclusion: the verdict if nothing more came, and whether that is
// to be waited for.
type ruling struct {
	verdict  Verdict
	reason   string
	decisive bool
}

// judge concludes from what is known so far. It depends on nothing else, and not
// on the order of the answers. The first rule that fits decides:
//
//  1. A check over http was intercepted: portal, at once. That others succeeded
//     does not count against it, for portals let single probe hosts through; nor
//     does an RFC 8908 document that says captive: false.
//  2. A trusted RFC 8908 document says captive: portal, at once.
//  3. Two operators answered, one of them over http: full, at once. One that is
//     blocked for good, or silent, is not waited for.
//  4. Somebody answered over http: full, unless more comes.
//  5. Somebody answered over verified TLS only: full, unless more comes; http is blocked.
//  6. Over TLS somebody else answered (a foreign certificate): portal, unless more
//     comes. After rule 4 it is no more than an inspecting proxy.
//  7. An untrusted RFC 8908 document says captive: portal, unless more comes.
//     It is as good as a redirect, but no better.
//  8. limited, unless more comes.
func judge(s sight) ruling {
	online := s.with(CheckOnline, false)
	secure := s.with(CheckOnline, true)
	foreign := s.with(CheckPortal, true)
	done := !s.asking && len(s.with("", false))+len(s.with("", true)) == 0
	first := slices.Concat(online, secure)
	switch captured := s.with(CheckPortal, false); {
	case len(captured) > 0:
		return ruling{VerdictPortal, describe(captured[:1]) + ", which is not its operator's answer", true}
	case s.api != nil && s.api.Captive && s.api.Trusted:
		return ruling{VerdictPortal, "the captive portal API " + brief(s.api.URL) + " says captive", true}
	case len(online) > 0:
		confirmed := slices.ContainsFunc(first, func(o observation) bool { return o.operator != first[0].operator })
		return ruling{VerdictFull, describe(first), confirmed || done}
	case len(secure) > 0:
		return ruling{VerdictFull, describe(secure) + "; no answer over http", done}
	case len(foreign) > 0:
		return ruling{VerdictPortal, describe(foreign[:1]), done}
	case s.api != nil && s.api.Captive:
		return ruling{VerdictPortal, "the captive portal API " + brief(s.api.URL) + " says captive, and no check was answered", done}
	default:
		return ruling{VerdictLimited, s.silence(), done}
	}
}

// with returns the checks of one result over http or over TLS, first answer first.
func (s sight) with(result CheckResult, secure bool) []observation {
	var found []observation
	for _, o := range s.checks {
		if o.Result == result && o.secure == secure {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b observation) int { return cmp.Compare(a.Elapsed, b.Elapsed) })
	return found
}

// silence says why a link is limited, with the first failure for an example.
func (s sight) silence() string {
	failed := slices.Concat(s.with(CheckFailed, false), s.with(CheckFailed, true))
	if len(failed) == 0 {
		return fmt.Sprintf("none of %d checks was answered", len(s.checks))
	}
	return fmt.Sprintf("none of %d checks was answered as wanted; %s", len(s.checks), describe(failed[:1]))
}

// describe names checks with what came of them.
func describe(checks []observation) string {
	parts := make([]string, len(checks))
	for i, o := range checks {
		parts[i] = o.Endpoint + ": " + o.Detail
	}
	return strings.Join(parts, ", ")
}
