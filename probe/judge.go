package probe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hotspot-helper/internal/web"
)

// checkState is what is known of one check so far. A check without a result is pending.
type checkState struct {
	Check
	endpoint Endpoint
	err      error         // why there is no response
	page     *page         // the response; nil: none
	stage    stage         // how far it came
	progress time.Duration // from the start of the probe to when it reached that stage
}

// observation is all that is known so far of one address family.
type observation struct {
	checks       []checkState // of every endpoint requested
	unrestricted bool         // the link says that it has no portal (RFC 8910, section 2)
	answersVia   string       // see [Link.AnswersVia]; empty: answers over the link are accepted
	noServers    bool         // no name server of the link is known
}

// decision is a verdict on what is known so far, and how long to wait for more.
type decision struct {
	verdict Verdict
	reason  string
	at      time.Duration // from the start of the probe to the result that decided
	until   time.Duration // from the start to when the verdict is final unless more is known; not later than at: at once
	weak    bool          // a portal that no response over http showed
	early   bool          // may be announced before it is final
	plain   bool          // limited, although http works: https does not
	silent  bool          // limited: connections are accepted, and nothing comes back

	obstacle web.Obstacle // limited: what of this computer keeps checks from being answered; "": nothing
}

func (d decision) final(now time.Duration) bool { return d.until <= now }

// judge decides on what is known so far. It depends on nothing else, and not on the order
// of the results. The first rule that matches decides:
//
//  1. Checks of two operators over http were intercepted: portal, at once. That others
//     succeeded does not count against it, because portals let single probe hosts
//     through. All decoys together count as one operator.
//  2. Of two checks that differ only in the agent one succeeded and the other was
//     intercepted: the success is spoofed: portal, at once.
//  3. One operator's checks were intercepted, and two others succeeded over http (one, if the
//     link says that it has no portal): full, because a filter blocks that operator; if another
//     operator or a twin is pending, after one more round trip. If HTTPS does not work: portal.
//  4. One operator's checks were intercepted: portal, after a wait for more results; at once
//     if the pending checks cannot satisfy rule 3. A decoy's interception may be announced
//     early unless a check succeeded: a decoy has no operator who could make a mistake. If no
//     name was resolved half as much time later, which is one round trip, it is final.
//  5. Two operators succeeded over http: full, at once; if one of two twins, the same check by
//     another agent, is pending, after one more round trip.
//  6. One operator succeeded over http: full; at once if another one succeeded over verified
//     TLS, else after a wait.
//     If HTTPS does not work, which takes the failures of two operators, rules 5 and 6 say limited
//     instead of full; see [observation.brokenHTTPS].
//  7. An operator succeeded over verified TLS only: full, after a wait; http is blocked.
//  8. Over TLS the certificate was foreign: portal, after a wait. After rule 5 or 6, if another
//     operator's is right, it is only an inspecting proxy.
//  9. limited, after a wait.
//
// A success counts for rules 3, 5 and 6 only after its twin has succeeded as well. A twin
// that stays blocked or silent is not waited for.
func judge(o observation) decision {
	captured := operators(o.with(CheckPortal, false))
	if spoofed := o.spoofed(); len(captured) > 1 || len(spoofed) > 0 {
		return o.portal(captured, spoofed)
	}
	online := operators(o.unspoofed())
	secure := operators(o.with(CheckOnline, true))
	foreign := o.with(CheckPortal, true)
	switch {
	case len(captured) == 1:
		return o.filterOrPortal(captured[0], without(online, captured[0].endpoint.Operator))
	case len(online) > 0:
		return o.unlessPlain(o.full(online, secure))
	case len(secure) > 0:
		first := secure[0].Elapsed
		return o.wait(decision{verdict: VerdictFull, reason: describe(secure) + "; no answer over http", at: first}, first+settleTime)
	case len(foreign) > 0:
		return o.wait(decision{verdict: VerdictPortal, reason: describe(foreign[:1]), at: foreign[0].Elapsed, weak: true}, o.deadline())
	default:
		return o.wait(o.limited(), o.deadline())
	}
}

// portal is rules 1 and 2.
func (o observation) portal(captured, spoofed []checkState) decision {
	if len(captured) > 1 {
		return decision{verdict: VerdictPortal, reason: intercepted(captured[0]), at: captured[0].Elapsed}
	}
	return decision{
		verdict: VerdictPortal,
		reason:  describe(spoofed[:1]) + ", but only for one kind of client; " + intercepted(captured[0]),
		at:      captured[0].Elapsed,
	}
}

// filterOrPortal is rules 3 and 4.
func (o observation) filterOrPortal(captured checkState, online []checkState) decision {
	needed := 2
	if o.unrestricted {
		needed = 1
	}
	pending := o.pendingOperators(captured.endpoint.Operator)
	broken := o.brokenHTTPS()
	if len(online) >= needed && len(broken) > 0 {
		reason := intercepted(captured) + "; https does not work: " + describe(broken)
		return decision{verdict: VerdictPortal, reason: reason, at: max(captured.Elapsed, broken[len(broken)-1].Elapsed)}
	}
	if len(online) >= needed {
		d := decision{verdict: VerdictFull, at: online[needed-1].Elapsed}
		d.reason = describe(online) + "; only " + captured.endpoint.Operator + " is intercepted, by a filter: " + describe([]checkState{captured})
		if len(pending) > 0 || o.twinPending() {
			d.until = nextRoundTrip(max(d.at, captured.Elapsed))
		}
		return d
	}
	d := decision{verdict: VerdictPortal, reason: intercepted(captured), at: captured.Elapsed}
	d.early = captured.endpoint.Decoy && len(o.with(CheckOnline, false)) == 0
	if len(without(operators(slices.Concat(online, pending)), captured.endpoint.Operator)) >= needed {
		d.until = captured.Elapsed + confirmTime
		if d.early && !o.hasAddress() {
			d.until = captured.Elapsed + max(captured.Elapsed/2, leastTrip)
		}
	}
	return d
}

// hasAddress reports whether the name of a check other than a decoy was resolved.
func (o observation) hasAddress() bool {
	return slices.ContainsFunc(o.checks, func(c checkState) bool { return !c.endpoint.Decoy && c.stage >= stageConnecting })
}

// full is rules 5 and 6.
func (o observation) full(online, secure []checkState) decision {
	d := decision{verdict: VerdictFull, reason: describe(online[:min(2, len(online))]), at: online[0].Elapsed}
	others := without(secure, online[0].endpoint.Operator)
	switch {
	case len(online) > 1:
		d.at = online[1].Elapsed
		if o.twinPending() {
			d.until = nextRoundTrip(d.at)
		}
		return d
	case len(others) > 0:
		d.reason = describe(slices.Concat(online, others))
		d.at = max(d.at, others[0].Elapsed)
		return d
	default:
		return o.wait(d, d.at+settleTime)
	}
}

// nextRoundTrip is one round trip later, if a name, a connection and an answer have taken
// three; the minimum keeps chance from deciding.
func nextRoundTrip(at time.Duration) time.Duration { return at + max(at/3, leastTrip) }

// wait delays a decision while checks are pending. Decoys do not delay full; after
// failures they get a little time, because they may show what names cannot.
func (o observation) wait(d decision, until time.Duration) decision {
	decoys, last := false, time.Duration(0)
	for _, c := range o.checks {
		switch {
		case c.Result != "":
			last = max(last, c.Elapsed)
		case !c.endpoint.Decoy:
			d.until = until
			return d
		default:
			decoys = true
		}
	}
	if decoys && d.verdict != VerdictFull {
		d.until = min(until, last+confirmTime)
	}
	return d
}

// deadline is when a network counts as silent: three times as late as the latest progress,
// because a name, a connection and an answer take a round trip each.
func (o observation) deadline() time.Duration {
	var latest time.Duration
	for _, c := range o.checks {
		if !c.endpoint.Decoy {
			latest = max(latest, c.progress)
		}
	}
	return min(max(deadTime, 3*latest), slowTime)
}

// with returns the checks with one result over http or over TLS, the earliest first.
func (o observation) with(result CheckResult, secure bool) []checkState {
	var found []checkState
	for _, c := range o.checks {
		if c.Result == result && c.endpoint.secure() == secure {
			found = append(found, c)
		}
	}
	return sortByTime(found)
}

// sortByTime sorts the earliest first.
func sortByTime(checks []checkState) []checkState {
	slices.SortStableFunc(checks, func(a, b checkState) int { return cmp.Compare(a.Elapsed, b.Elapsed) })
	return checks
}

// unspoofed returns the successes over http without those whose twin did not succeed.
func (o observation) unspoofed() []checkState {
	return slices.DeleteFunc(o.with(CheckOnline, false), func(c checkState) bool {
		return slices.ContainsFunc(o.checks, func(twin checkState) bool {
			return twins(c.endpoint, twin.endpoint) && twin.Result != CheckOnline
		})
	})
}

// spoofed returns the successes over http whose twin was intercepted.
func (o observation) spoofed() []checkState {
	captured := o.with(CheckPortal, false)
	return slices.DeleteFunc(o.with(CheckOnline, false), func(c checkState) bool {
		return !slices.ContainsFunc(captured, func(twin checkState) bool { return twins(c.endpoint, twin.endpoint) })
	})
}

// twinPending reports whether a check that has a twin is pending.
func (o observation) twinPending() bool {
	return slices.ContainsFunc(o.checks, func(c checkState) bool {
		return c.Result == "" && slices.ContainsFunc(o.checks, func(twin checkState) bool { return twins(c.endpoint, twin.endpoint) })
	})
}

// pendingOperators returns a check over http of each other operator that may still succeed.
func (o observation) pendingOperators(but string) []checkState {
	pending := slices.DeleteFunc(o.with("", false), func(c checkState) bool { return c.endpoint.Decoy })
	return without(operators(pending), but)
}

// operators keeps the first check of each operator.
func operators(checks []checkState) []checkState {
	var first []checkState
	for _, c := range checks {
		if !slices.ContainsFunc(first, func(f checkState) bool { return f.endpoint.Operator == c.endpoint.Operator }) {
			first = append(first, c)
		}
	}
	return first
}

func without(checks []checkState, operator string) []checkState {
	return slices.DeleteFunc(slices.Clone(checks), func(c checkState) bool { return c.endpoint.Operator == operator })
}

func intercepted(c checkState) string {
	if c.endpoint.Decoy {
		return describe([]checkState{c}) + ", where no server is"
	}
	return describe([]checkState{c}) + ", which is not its operator's answer"
}

// describe names checks with their details.
func describe(checks []checkState) string {
	parts := make([]string, len(checks))
	for i, c := range checks {
		parts[i] = fmt.Sprintf("%s: %s", c.Endpoint, c.Detail)
	}
	return strings.Join(parts, ", ")
}
