package plugins

import (
	"context"
	"slices"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// ClaimScanned is [Registry.Claims] for a network that was scanned and is not joined.
func (r *Registry) ClaimScanned(ctx context.Context, network wifi.Network) []claims.Claim {
	return r.Claims(ctx, claims.NewFacts(network, nil))
}

// Claims returns the claims above none. It asks only the helpers that the index does not
// rule out. Among them, with none, are the helpers that are undecided: see
// [claims.Claim.IsUndecided].
func (r *Registry) Claims(ctx context.Context, facts *claims.Facts) []claims.Claim {
	helpers := append(r.index.Candidates(facts), r.others...)
	return slices.DeleteFunc(r.ask(ctx, facts, helpers), func(c claims.Claim) bool {
		return c.Confidence == claims.None && !c.IsUndecided()
	})
}

// Explain asks every helper, also those that are sure to decline: each answers with a claim
// or the reason why not. It is for people; [Registry.Claims] is faster.
func (r *Registry) Explain(ctx context.Context, facts *claims.Facts) []claims.Claim {
	all := make([]int, len(r.entries))
	for i := range all {
		all[i] = i
	}
	return r.ask(ctx, facts, all)
}

// sequentialTime is how long helpers are asked one after the other before each of the rest gets a
// goroutine of its own.
const sequentialTime = 20 * time.Millisecond

// ask asks helpers, by their position in entries.
func (r *Registry) ask(ctx context.Context, facts *claims.Facts, helpers []int) []claims.Claim {
	made := make([]claims.Claim, len(helpers))
	soon := ctx
	if facts.Evidence != nil {
		soon = until{ctx, time.Now().Add(sequentialTime)}
	}
	var rest []int // positions in helpers
	for at, i := range helpers {
		if rules := r.rules[i]; r.entries[i].Disabled || rules != nil {
			made[at] = r.entries[i].claim(soon, facts)
		} else {
			made[at] = claims.Claim{Helper: r.entries[i].Helper.Name(), Reason: claims.ReasonLate}
		}
		if made[at].Reason == claims.ReasonLate {
			rest = append(rest, at)
		}
	}
	if len(rest) > 0 {
		askAtOnce(ctx, made, rest, func(at int) claims.Claim { return r.entries[helpers[at]].claim(ctx, facts) })
	}
	return made
}

// until is a context that also ends at a time. It has no timer, which costs as much as a claim:
// claims only ask whether it has ended.
type until struct {
	context.Context

	end time.Time
}

// Err returns [context.DeadlineExceeded] from the end on.
func (u until) Err() error {
	if err := u.Context.Err(); err != nil || time.Now().Before(u.end) {
		return err
	}
	return context.DeadlineExceeded
}

// askAtOnce replaces some of the claims with answers, which it waits for until the context
// ends. Each answer has a goroutine of its own, so that none waits for another. It
// ignores late answers.
func askAtOnce(ctx context.Context, made []claims.Claim, which []int, ask func(at int) claims.Claim) {
	type answer struct {
		at    int
		claim claims.Claim
	}
	answers := make(chan answer, len(which))
	for _, at := range which {
		go func() { answers <- answer{at, ask(at)} }()
	}
	for range which {
		var a answer
		select {
		case a = <-answers:
		case <-ctx.Done():
			select {
			case a = <-answers: // it was in before the end
			default:
				return
			}
		}
		made[a.at] = a.claim
	}
}

func (e Entry) claim(ctx context.Context, facts *claims.Facts) claims.Claim {
	if e.Disabled {
		return claims.Claim{Helper: e.Helper.Name(), Reason: "turned off in the configuration"}
	}
	claim := e.Helper.Claim(ctx, facts)
	claim.Priority = e.Priority
	return claim
}
