package probe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// observation is what is known of one check so far. An empty result is still out.
type observation struct {
	Check
	endpoint Endpoint
	err      error         // why there is no answer
	page     *page         // the answer, where there is one
	stage    stage         // how far it came
	progress time.Duration // from the start of the probe to when it came there
}

// sight is all that is known so far of one address family.
type sight struct {
	checks       []observation // of every endpoint asked
	unrestricted bool          // the link says that it has no portal (RFC 8910, section 2)
}

// ruling is a conclusion: the verdict if nothing more came, and for how long more is
// to be waited for.
type ruling struct {
	verdict Verdict
	reason  string
	at      time.Duration // from the start of the probe to the answer that decided
	until   time.Duration // from the start to when it holds unless more came; not later than at: at once
	weak    bool          // a portal that no answer over http showed
	early   bool          // may be told before it is final
}

func (r ruling) final(now time.Duration) bool { return r.until <= now }

// judge concludes from what is known so far. It depends on nothing else, and not
// on the order of the answers. The first rule that fits decides:
//
//  1. Checks of two operators over http were intercepted: portal, at once. That
//     others succeeded does not count against it, for portals let single probe hosts
//     through. All decoys together count as one operator.
//  2. Of two checks that differ in nothing but the agent one succeeded and the other
//     was intercepted: the success is spoofed: portal, at once.
//  3. One operator's checks were intercepted, and two others answered over http (one, where the
//     link says that it has no portal): full; where another operator or a twin is still out, after
//     a third of the time again, which is one round trip. Somebody filters that operator.
//  4. One operator's checks were intercepted: portal, unless more comes; at once
//     where no more can come that rule 3 would need. A decoy's interception may be told
//     before, unless somebody answered: nobody is there, so it is no mistake of an operator's. Where
//     no name is resolved half as much time later, which is one round trip, nobody is waited for.
//  5. Two operators answered over http: full, at once; where one of two twins, the same check by
//     either agent, is still out, after one more round trip.
//  6. One operator answered over http: full; at once where another one answered over verified
//     TLS, else unless more comes.
//  7. Somebody answered over verified TLS only: full, unless more comes; http is blocked.
//  8. Over TLS somebody else answered (a foreign certificate): portal, unless more
//     comes. After rule 5 or 6 it is no more than an inspecting proxy.
//  9. limited, unless more comes.
//
// A success counts for rules 3, 5 and 6 only once its twin has succeeded as well. One
// that is blocked for good, or silent, is not waited for.
func judge(s sight) ruling {
	captured := operators(s.with(CheckPortal, false))
	if spoofed := s.spoofed(); len(captured) > 1 || len(spoofed) > 0 {
		return s.portal(captured, spoofed)
	}
	online := operators(s.honest())
	secure := operators(s.with(CheckOnline, true))
	foreign := s.with(CheckPortal, true)
	switch {
	case len(captured) == 1:
		return s.weigh(captured[0], without(online, captured[0].endpoint.Operator))
	case len(online) > 0:
		return s.clear(online, secure)
	case len(secure) > 0:
		first := secure[0].Elapsed
		return s.wait(ruling{verdict: VerdictFull, reason: describe(secure) + "; no answer over http", at: first}, first+settleTime)
	case len(foreign) > 0:
		return s.wait(ruling{verdict: VerdictPortal, reason: describe(foreign[:1]), at: foreign[0].Elapsed, weak: true}, s.deadline())
	default:
		return s.wait(ruling{verdict: VerdictLimited, reason: s.silence()}, s.deadline())
	}
}

// portal is rules 1 and 2.
func (s sight) portal(captured, spoofed []observation) ruling {
	if len(captured) > 1 {
		return ruling{verdict: VerdictPortal, reason: intercepted(captured[0]), at: captured[0].Elapsed}
	}
	return ruling{
		verdict: VerdictPortal,
		reason:  describe(spoofed[:1]) + ", but only for one kind of client; " + intercepted(captured[0]),
		at:      captured[0].Elapsed,
	}
}

// weigh is rules 3 and 4.
func (s sight) weigh(captured observation, online []observation) ruling {
	needed := 2
	if s.unrestricted {
		needed = 1
	}
	open := s.operatorsOut(captured.endpoint.Operator)
	if len(online) >= needed {
		r := ruling{verdict: VerdictFull, at: online[needed-1].Elapsed}
		r.reason = describe(online) + "; only " + captured.endpoint.Operator + " is intercepted, by a filter: " + describe([]observation{captured})
		if len(open) > 0 || s.twinOut() {
			r.until = oneMore(max(r.at, captured.Elapsed))
		}
		return r
	}
	r := ruling{verdict: VerdictPortal, reason: intercepted(captured), at: captured.Elapsed}
	r.early = captured.endpoint.Decoy && len(s.with(CheckOnline, false)) == 0
	if len(without(operators(slices.Concat(online, open)), captured.endpoint.Operator)) >= needed {
		r.until = captured.Elapsed + confirmTime
		if r.early && !s.underway() {
			r.until = captured.Elapsed + max(captured.Elapsed/2, leastTrip)
		}
	}
	return r
}

// underway says whether a check other than a decoy has an address to go to.
func (s sight) underway() bool {
	return slices.ContainsFunc(s.checks, func(o observation) bool { return !o.endpoint.Decoy && o.stage >= stageConnecting })
}

// clear is rules 5 and 6.
func (s sight) clear(online, secure []observation) ruling {
	r := ruling{verdict: VerdictFull, reason: describe(online[:min(2, len(online))]), at: online[0].Elapsed}
	others := without(secure, online[0].endpoint.Operator)
	switch {
	case len(online) > 1:
		r.at = online[1].Elapsed
		if s.twinOut() {
			r.until = oneMore(r.at)
		}
		return r
	case len(others) > 0:
		r.reason = describe(slices.Concat(online, others))
		r.at = max(r.at, others[0].Elapsed)
		return r
	default:
		return s.wait(r, r.at+settleTime)
	}
}

// oneMore is one round trip later, where a name, a connection and an answer have
// taken three; and not so little that chance decides.
func oneMore(at time.Duration) time.Duration { return at + max(at/3, leastTrip) }

// wait lets a ruling hold only from a moment on, where anything is still out. Decoys
// do not keep full waiting; after failures they are given a little time, for they
// may tell what names cannot.
func (s sight) wait(r ruling, until time.Duration) ruling {
	decoys, last := false, time.Duration(0)
	for _, o := range s.checks {
		switch {
		case o.Result != "":
			last = max(last, o.Elapsed)
		case !o.endpoint.Decoy:
			r.until = until
			return r
		default:
			decoys = true
		}
	}
	if decoys && r.verdict != VerdictFull {
		r.until = min(until, last+confirmTime)
	}
	return r
}

// deadline is when a network is given up: three times as late as the latest sign
// of life, for a name, a connection and an answer take a round trip each.
func (s sight) deadline() time.Duration {
	var latest time.Duration
	for _, o := range s.checks {
		if !o.endpoint.Decoy {
			latest = max(latest, o.progress)
		}
	}
	return min(max(deadTime, 3*latest), slowTime)
}

// with returns the checks of one result over http or over TLS, first answer first.
func (s sight) with(result CheckResult, secure bool) []observation {
	var found []observation
	for _, o := range s.checks {
		if o.Result == result && o.endpoint.secure() == secure {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b observation) int { return cmp.Compare(a.Elapsed, b.Elapsed) })
	return found
}

// honest returns the successes over http that were not for one agent alone.
func (s sight) honest() []observation {
	return slices.DeleteFunc(s.with(CheckOnline, false), func(o observation) bool {
		return slices.ContainsFunc(s.checks, func(twin observation) bool {
			return twins(o.endpoint, twin.endpoint) && twin.Result != CheckOnline
		})
	})
}

// spoofed returns the successes over http of which the twin was intercepted.
func (s sight) spoofed() []observation {
	captured := s.with(CheckPortal, false)
	return slices.DeleteFunc(s.with(CheckOnline, false), func(o observation) bool {
		return !slices.ContainsFunc(captured, func(twin observation) bool { return twins(o.endpoint, twin.endpoint) })
	})
}

// twinOut says whether a check is still out that has a twin.
func (s sight) twinOut() bool {
	return slices.ContainsFunc(s.checks, func(o observation) bool {
		return o.Result == "" && slices.ContainsFunc(s.checks, func(twin observation) bool { return twins(o.endpoint, twin.endpoint) })
	})
}

// operatorsOut returns a check over http of each other operator that may still be answered as wanted.
func (s sight) operatorsOut(but string) []observation {
	out := slices.DeleteFunc(s.with("", false), func(o observation) bool { return o.endpoint.Decoy })
	return without(operators(out), but)
}

// operators keeps the first check of each operator.
func operators(checks []observation) []observation {
	var first []observation
	for _, o := range checks {
		if !slices.ContainsFunc(first, func(f observation) bool { return f.endpoint.Operator == o.endpoint.Operator }) {
			first = append(first, o)
		}
	}
	return first
}

func without(checks []observation, operator string) []observation {
	return slices.DeleteFunc(slices.Clone(checks), func(o observation) bool { return o.endpoint.Operator == operator })
}

func intercepted(o observation) string {
	if o.endpoint.Decoy {
		return describe([]observation{o}) + ", where nobody is"
	}
	return describe([]observation{o}) + ", which is not its operator's answer"
}

// describe names checks with what came of them.
func describe(checks []observation) string {
	parts := make([]string, len(checks))
	for i, o := range checks {
		parts[i] = fmt.Sprintf("%s: %s", o.Endpoint, o.Detail)
	}
	return strings.Join(parts, ", ")
}
